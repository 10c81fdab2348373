#include "grant.h"

#include "text.h"

#include <string.h>

static const char *
complaint(const struct grant *g)
{
	if (g->epoch == 0)
		return "epochs count from 1";
	if (strncmp(g->key, "SHA256:", 7) != 0 || g->key[7] == '\0')
		return "key is not a SHA256 fingerprint";
	if (g->time <= 0)
		return "no time";
	return NULL;
}

size_t
grant_encode(const struct grant *g, char text[GRANT_MAX])
{
	struct text_out o = { text, 0, GRANT_MAX, false };

	if (complaint(g) != NULL)
		return 0;
	text_put_u64(&o, "kdcsync-grant", GRANT_VERSION);
	text_put_word(&o, "realm", g->realm);
	text_put_u64(&o, "epoch", g->epoch);
	text_put_word(&o, "key", g->key);
	text_put_digest(&o, "base", &g->base);
	text_put_when(&o, "time", g->time);
	return o.failed ? 0 : o.len;
}

int
grant_mark(uint64_t epoch, const struct grant *g, struct grant_mark *mark)
{
	char text[GRANT_MAX];
	size_t n;

	*mark = (struct grant_mark){ .epoch = epoch };
	if (g == NULL)
		return 0;
	/* It has one spelling: this is what was decoded. */
	n = grant_encode(g, text);
	mark->time = g->time;
	return n == 0 ? -1 : digest_of(text, n, &mark->digest);
}

bool
grant_mark_equal(const struct grant_mark *a, const struct grant_mark *b)
{
	return a->epoch == b->epoch && a->time == b->time &&
	    digest_equal(&a->digest, &b->digest);
}

enum grant_order
grant_order(const struct grant_mark *was, const struct grant_mark *now)
{
	if (now->epoch != was->epoch)
		return now->epoch > was->epoch ? GRANT_FOLLOWS
					       : GRANT_EPOCH_OVER;
	if (was->time == 0)
		return GRANT_FOLLOWS;
	if (now->time == 0)
		return GRANT_MISSING;
	if (now->time > was->time || digest_equal(&now->digest, &was->digest))
		return GRANT_FOLLOWS;
	return GRANT_OLD;
}

int
grant_decode(struct span text, struct grant *g, const char **why)
{
	struct text_in i = { text, false };
	char again[GRANT_MAX];
	size_t n;

	memset(g, 0, sizeof(*g));
	if (text_version(&i, "kdcsync-grant", why) == -1)
		return -1;
	text_get_word(&i, "realm", g->realm, sizeof(g->realm));
	text_get_u64(&i, "epoch", &g->epoch, UINT64_MAX);
	text_get_word(&i, "key", g->key, sizeof(g->key));
	text_get_digest(&i, "base", &g->base);
	text_get_when(&i, "time", &g->time);

	*why = i.failed ? "damaged grant" : complaint(g);
	if (*why != NULL)
		return -1;
	n = grant_encode(g, again);
	if (n == 0 || !span_equal((struct span){ again, n }, text)) {
		*why = "grant not in its one spelling";
		return -1;
	}
	return 0;
}
