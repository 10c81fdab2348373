#include "replica.h"

#include "../format/when.h"
#include "../store/generation.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CLOCK_SKEW 300

void
replica_read(struct replica *r, const struct state *s)
{
	char name[160], path[PATH_MAX];

	(void)snprintf(name, sizeof(name), "ship.%s.lock", r->name);
	state_path(s, name, path);
	/* The lock first: a verdict that came since is then not missed. */
	r->shipping = lock_held(path) != 0;
	r->read = ledger_read(s, r->name, &r->l);
}

/* The manifest of the generation that it says it has: 1; 0: we have none of that
 * name (any more); -1: ours is another. */
static int
find_manifest(
    const struct replica *r, const struct basis *b, struct manifest *m)
{
	const struct verdict *v = &r->l.verdict;
	char dir[PATH_MAX];

	if (r->equal) {
		*m = *b->m;
		return 1;
	}
	generation_dir(b->state, v->epoch, v->generation, dir);
	if (generation_manifest(dir, m) == -1)
		return 0;
	return digest_equal(&m->dump.digest, &v->digest) ? 1 : -1;
}

/* Is it ahead of us, or another's?  of gets the manifest of what it proved, when
 * r->known says so. */
static void
judge_generation(struct replica *r, const struct basis *b, struct manifest *of)
{
	const struct verdict *v = &r->l.verdict;
	const struct manifest *m = b->m;
	int rc;

	if (strcmp(v->realm, b->realm) != 0)
		notes_add(&r->notes, LEVEL_CRITICAL, "foreign",
		    "it serves realm %s; look at its configuration", v->realm);
	if (m == NULL)
		return;
	r->equal = digest_equal(&v->digest, &m->dump.digest);
	r->counted = v->epoch == m->epoch && v->generation <= m->generation;
	r->behind = r->counted ? m->generation - v->generation : 0;
	rc = find_manifest(r, b, of);
	r->known = rc == 1;
	if (v->epoch > m->epoch || (v->epoch == m->epoch && !r->counted))
		notes_add(&r->notes, LEVEL_CRITICAL, "ahead",
		    "it says that it has %" PRIu64 ".%" PRIu64
		    ", and this host only %" PRIu64 ".%" PRIu64
		    ": was this primary restored from a backup? kdc-verify "
		    "says what to do",
		    v->epoch, v->generation, m->epoch, m->generation);
	else if (r->counted && !r->equal && (r->behind == 0 || rc == -1))
		notes_add(&r->notes, LEVEL_CRITICAL, "different",
		    "what it has as %" PRIu64 ".%" PRIu64
		    " is not what this host signed; type there: kdc-verify",
		    v->epoch, v->generation);
	else if (v->as_of > m->as_of)
		notes_add(&r->notes, LEVEL_CRITICAL, "ahead",
		    "it says that its data are of a later time than this host "
		    "ever signed; type there: kdc-verify");
}

static void
judge_age(struct replica *r, const struct basis *b)
{
	char age[16], max[16];

	when_span(r->age, age);
	when_span(b->max_age, max);
	if (r->age < -CLOCK_SKEW)
		notes_add(&r->notes, LEVEL_CRITICAL, "clock",
		    "what it proved is dated after now; was this host's clock "
		    "set back?");
	else if (r->age > b->max_age)
		notes_add(&r->notes, LEVEL_CRITICAL, "stale",
		    "the data it proved are %s old (max_age %s)", age, max);
	else if (r->age > 3 * b->interval)
		notes_add(&r->notes, LEVEL_WARNING, "old",
		    "the data it proved are %s old, more than 3 intervals",
		    age);
}

/* How the last ship to it ended. */
static void
judge_answer(struct replica *r, const struct basis *b)
{
	const struct ledger *l = &r->l;
	char since[WHEN_TEXT] = "", span[16];

	if (l->answer == LEDGER_SEALED || l->answer == LEDGER_NEVER)
		return;
	(void)when_encode(l->since, since);
	when_span(b->now < l->since ? 0 : b->now - l->since, span);
	notes_add(&r->notes,
	    l->answer == LEDGER_AHEAD ? LEVEL_CRITICAL : LEVEL_WARNING,
	    ledger_word(l->answer), "since %s, %s: %s", since, span, l->why);
}

static void
judge_proof(struct replica *r)
{
	const struct verdict *v = &r->l.verdict;
	char when[WHEN_TEXT] = "";

	(void)when_encode(v->proof, when);
	if (v->proof == 0)
		notes_add(&r->notes, LEVEL_WARNING, "unproved",
		    "it never compared its database with the seal; type there: "
		    "kdc-verify");
	else if (strcmp(v->proof_result, "good") != 0)
		notes_add(&r->notes, LEVEL_CRITICAL, "altered",
		    "its deep proof of %s: %s; type there: kdc-verify", when,
		    v->proof_result);
}

/* Does it open every master key of m? */
static bool
opens_all(const struct verdict *v, const struct manifest *m)
{
	unsigned have = 0;

	for (unsigned i = 0; i < m->dump.n_mkey; i++)
		for (unsigned k = 0; k < v->n_mkey; k++)
			have += v->mkey_kvno[k] == m->dump.mkey_kvno[i];
	return have == m->dump.n_mkey;
}

static void
judge_stash(struct replica *r, const struct manifest *m)
{
	const struct verdict *v = &r->l.verdict;
	uint32_t newest =
	    m->dump.n_mkey == 0 ? 0 : m->dump.mkey_kvno[m->dump.n_mkey - 1];

	r->opens = opens_all(v, m);
	if (v->proof == 0)
		return; /* nobody looked */
	if (v->n_mkey == 0 || v->stash_kvno == 0)
		notes_add(&r->notes, LEVEL_CRITICAL, "stash",
		    "its stash opens nothing; carry this host's there");
	else if (!r->opens)
		notes_add(&r->notes, LEVEL_CRITICAL, "stash",
		    "its stash does not open every master key of its database; "
		    "carry this host's there");
	else if (v->stash_kvno < newest)
		notes_add(&r->notes, LEVEL_WARNING, "stash",
		    "its stash has master key %" PRIu32
		    ", the newest is %" PRIu32 "; type there: kdb5_util stash",
		    v->stash_kvno, newest);
}

static void
judge_verdict(struct replica *r, const struct basis *b)
{
	struct manifest m = { .epoch = 0 };

	r->age = b->now - r->l.verdict.as_of;
	judge_generation(r, b, &m);
	judge_age(r, b);
	judge_answer(r, b);
	judge_proof(r);
	if (!r->known)
		return;
	if (m.dump.krbtgt)
		r->krbtgt_kvno = m.dump.krbtgt_kvno;
	judge_stash(r, &m);
}

/* What is known of it is nobody's trouble. */
static void
judge_stray(struct replica *r, const struct basis *b)
{
	r->notes.n = 0;
	notes_add(&r->notes, LEVEL_GOOD, "removed",
	    "not in %s any more; to forget it: rm %s/" LEDGER_DIR "/%s",
	    b->config, b->state->dir, r->name);
}

void
replica_judge(struct replica *r, const struct basis *b)
{
	const struct ledger *l = &r->l;

	r->proved = r->read == 1 && l->has_verdict && l->verdict.epoch != 0;
	if (r->read == -1)
		notes_add(&r->notes, LEVEL_UNKNOWN, "damaged",
		    "its ledger, %s/" LEDGER_DIR "/%s, cannot be read; the "
		    "next kdc-snapshot writes it anew",
		    b->state->dir, r->name);
	else if (r->read == 0 || l->tried == 0)
		notes_add(&r->notes, LEVEL_WARNING, "never",
		    "nothing was shipped to it yet; type: kdc-snapshot --to %s",
		    r->name);
	else if (r->proved)
		judge_verdict(r, b);
	else {
		notes_add(&r->notes, LEVEL_CRITICAL, "unproved",
		    "it never proved anything");
		judge_answer(r, b);
	}
	if (!r->configured)
		judge_stray(r, b);
}

const char *
replica_state(const struct replica *r)
{
	const struct note *worst = notes_worst(&r->notes);

	if (worst != NULL)
		return worst->what;
	return r->counted && r->behind == 0 ? "current" : "behind";
}
