#include "manifest.h"

#include "text.h"
#include "when.h"

#include <stdio.h>
#include <string.h>

#define YEAR UINT64_C(31536000)

/* What a text in the right shape can still say wrong.  NULL: nothing. */
static const char *
complaint(const struct manifest *m)
{
	static const struct digest none;

	if (m->epoch == 0 || m->generation == 0)
		return "epoch and generation count from 1";
	if (m->taken <= 0 || m->as_of < m->taken)
		return "as-of before the moment it was taken";
	if (m->interval == 0 || m->interval > YEAR)
		return "interval outside 1 second to 1 year";
	if (m->dump.size < strlen(DUMP_HEADER))
		return "dump size below that of an empty dump";
	if (digest_equal(&m->dump.digest, &none))
		return "no digest of the dump";
	if (m->dump.n_mkey > DUMP_MKEYS)
		return "more master keys than we can name";
	return NULL;
}

static void
put_held(struct text_out *o, const struct manifest *m)
{
	char value[WHEN_TEXT + HELD_MAX], when[WHEN_TEXT];

	if (!m->held) {
		text_put(o, "held", "-");
		return;
	}
	if (when_encode(m->held_since, when) == -1 || m->held_why[0] == '\0')
		o->failed = true;
	else
		snprintf(value, sizeof(value), "%s %s", when, m->held_why);
	if (!o->failed)
		text_put(o, "held", value);
}

size_t
manifest_encode(const struct manifest *m, char text[MANIFEST_MAX])
{
	struct text_out o = { text, 0, MANIFEST_MAX, false };

	if (complaint(m) != NULL)
		return 0;
	text_put_u64(&o, "kdcsync-manifest", MANIFEST_VERSION);
	text_put_word(&o, "realm", m->realm);
	text_put_u64(&o, "epoch", m->epoch);
	text_put_u64(&o, "generation", m->generation);
	text_put_when(&o, "taken", m->taken);
	text_put_when(&o, "as-of", m->as_of);
	text_put_u64(&o, "interval", m->interval);
	text_put_u64(&o, "dump-size", m->dump.size);
	text_put_digest(&o, "dump-sha256", &m->dump.digest);
	text_put_u64(&o, "principals", m->dump.principals);
	text_put_u64(&o, "policies", m->dump.policies);
	text_put_u64(&o, "mangled", m->dump.mangled);
	text_put_list(&o, "mkey-kvnos", m->dump.mkey_kvno, m->dump.n_mkey);
	text_put_maybe(&o, "krbtgt-kvno", m->dump.krbtgt, m->dump.krbtgt_kvno);
	put_held(&o, m);
	text_put(&o, "source", m->source);
	text_put(&o, "krb5", m->krb5);
	text_put(&o, "kdcsync", m->kdcsync);
	return o.failed ? 0 : o.len;
}

static void
get_held(struct text_in *i, struct manifest *m)
{
	char value[WHEN_TEXT + HELD_MAX];
	const size_t at = WHEN_TEXT - 1;

	text_get(i, "held", value, sizeof(value));
	m->held = strcmp(value, "-") != 0;
	if (!m->held)
		return;
	if (strlen(value) < at + 2 || value[at] != ' ' ||
	    when_decode(value, at, &m->held_since) == -1) {
		i->failed = true;
		return;
	}
	memcpy(m->held_why, value + at + 1, strlen(value + at + 1) + 1);
}

int
manifest_decode(struct span text, struct manifest *m, const char **why)
{
	struct text_in i = { text, false };
	char again[MANIFEST_MAX];
	uint64_t kvno;
	size_t n;

	memset(m, 0, sizeof(*m));
	if (text_version(&i, "kdcsync-manifest", why) == -1)
		return -1;
	text_get_word(&i, "realm", m->realm, sizeof(m->realm));
	text_get_u64(&i, "epoch", &m->epoch, UINT64_MAX);
	text_get_u64(&i, "generation", &m->generation, UINT64_MAX);
	text_get_when(&i, "taken", &m->taken);
	text_get_when(&i, "as-of", &m->as_of);
	text_get_u64(&i, "interval", &m->interval, UINT64_MAX);
	text_get_u64(&i, "dump-size", &m->dump.size, UINT64_MAX);
	text_get_digest(&i, "dump-sha256", &m->dump.digest);
	text_get_u64(&i, "principals", &m->dump.principals, UINT64_MAX);
	text_get_u64(&i, "policies", &m->dump.policies, UINT64_MAX);
	text_get_u64(&i, "mangled", &m->dump.mangled, UINT64_MAX);
	text_get_list(
	    &i, "mkey-kvnos", m->dump.mkey_kvno, DUMP_MKEYS, &m->dump.n_mkey);
	text_get_maybe(&i, "krbtgt-kvno", &m->dump.krbtgt, &kvno, UINT32_MAX);
	m->dump.krbtgt_kvno = (uint32_t)kvno;
	get_held(&i, m);
	text_get(&i, "source", m->source, sizeof(m->source));
	text_get(&i, "krb5", m->krb5, sizeof(m->krb5));
	text_get(&i, "kdcsync", m->kdcsync, sizeof(m->kdcsync));

	*why = i.failed ? "damaged manifest" : complaint(m);
	if (*why != NULL)
		return -1;
	n = manifest_encode(m, again);
	if (n == 0 || !span_equal((struct span){ again, n }, text)) {
		*why = "manifest not in its one spelling";
		return -1;
	}
	return 0;
}

static int
order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

int
manifest_compare(const struct manifest *a, const struct manifest *b)
{
	if (a->epoch != b->epoch)
		return order(a->epoch, b->epoch);
	if (a->generation != b->generation)
		return order(a->generation, b->generation);
	return (a->as_of > b->as_of) - (a->as_of < b->as_of);
}
