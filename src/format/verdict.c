#include "verdict.h"

#include "number.h"
#include "text.h"

#include <string.h>

static const char *const words[] = {
	[VERDICT_SEALED] = "sealed",
	[VERDICT_NEED_FULL] = "need-full",
	[VERDICT_REFUSED] = "refused",
	[VERDICT_BUSY] = "busy",
	[VERDICT_FAILED] = "failed",
};
#define WORDS (sizeof(words) / sizeof(words[0]))

static const char *
complaint(const struct verdict *v)
{
	if ((size_t)v->outcome >= WORDS)
		return "unknown outcome";
	if ((v->epoch == 0) != (v->generation == 0))
		return "epoch and generation count from 1";
	if (v->as_of < 0 || v->proof < 0)
		return "a time before 1970";
	if (v->n_mkey > DUMP_MKEYS)
		return "more master keys than we can name";
	return NULL;
}

static void
put_generation(struct text_out *o, const struct verdict *v)
{
	char value[2 * NUMBER_MAX + 2] = "-", *p;

	if (v->epoch != 0) {
		p = number_put_u64(value, v->epoch);
		*p++ = '.';
		*number_put_u64(p, v->generation) = '\0';
	}
	text_put(o, "generation", value);
}

size_t
verdict_encode(const struct verdict *v, char text[VERDICT_MAX])
{
	struct text_out o = { text, 0, VERDICT_MAX, false };

	if (complaint(v) != NULL)
		return 0;
	text_put_u64(&o, "kdcsync-verdict", VERDICT_VERSION);
	text_put_word(&o, "realm", v->realm);
	text_put(&o, "outcome", words[v->outcome]);
	text_put(&o, "why", v->why);
	put_generation(&o, v);
	text_put_digest(&o, "digest", &v->digest);
	text_put_when(&o, "as-of", v->as_of);
	text_put_when(&o, "proof", v->proof);
	text_put(&o, "proof-result", v->proof_result);
	text_put_maybe(&o, "stash-kvno", v->stash_kvno != 0, v->stash_kvno);
	text_put_list(&o, "mkey-kvnos", v->mkey_kvno, v->n_mkey);
	text_put_u64(&o, "receive-ms", v->receive_ms);
	text_put_u64(&o, "apply-ms", v->apply_ms);
	return o.failed ? 0 : o.len;
}

static void
get_outcome(struct text_in *i, struct verdict *v)
{
	char value[16];
	unsigned o;

	text_get(i, "outcome", value, sizeof(value));
	for (o = 0; o < WORDS; o++) {
		if (strcmp(value, words[o]) == 0) {
			v->outcome = (enum verdict_outcome)o;
			return;
		}
	}
	i->failed = true;
}

static void
get_generation(struct text_in *i, struct verdict *v)
{
	char value[2 * NUMBER_MAX + 2];
	struct span rest = { value, 0 };

	text_get(i, "generation", value, sizeof(value));
	if (strcmp(value, "-") == 0)
		return;
	rest.len = strlen(value);
	if (!number_take_u64(&rest, UINT64_MAX, &v->epoch) || rest.len == 0 ||
	    *rest.p != '.')
		goto fail;
	rest.p++;
	rest.len--;
	if (!number_take_u64(&rest, UINT64_MAX, &v->generation) ||
	    rest.len != 0)
		goto fail;
	return;
fail:
	i->failed = true;
}

int
verdict_decode(struct span text, struct verdict *v, const char **why)
{
	struct text_in i = { text, false };
	char again[VERDICT_MAX];
	uint64_t kvno;
	bool there;
	size_t n;

	memset(v, 0, sizeof(*v));
	if (text_version(&i, "kdcsync-verdict", why) == -1)
		return -1;
	text_get_word(&i, "realm", v->realm, sizeof(v->realm));
	get_outcome(&i, v);
	text_get(&i, "why", v->why, sizeof(v->why));
	get_generation(&i, v);
	text_get_digest(&i, "digest", &v->digest);
	text_get_when(&i, "as-of", &v->as_of);
	text_get_when(&i, "proof", &v->proof);
	text_get(&i, "proof-result", v->proof_result, sizeof(v->proof_result));
	text_get_maybe(&i, "stash-kvno", &there, &kvno, UINT32_MAX);
	v->stash_kvno = (uint32_t)kvno;
	text_get_list(&i, "mkey-kvnos", v->mkey_kvno, DUMP_MKEYS, &v->n_mkey);
	text_get_u64(&i, "receive-ms", &v->receive_ms, UINT64_MAX);
	text_get_u64(&i, "apply-ms", &v->apply_ms, UINT64_MAX);

	*why = i.failed ? "damaged verdict" : complaint(v);
	if (*why != NULL)
		return -1;
	n = verdict_encode(v, again);
	if (n == 0 || !span_equal((struct span){ again, n }, text)) {
		*why = "verdict not in its one spelling";
		return -1;
	}
	return 0;
}
