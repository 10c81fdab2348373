#include "take.h"

#include "deep.h"
#include "epoch.h"
#include "generation.h"
#include "issue.h"
#include "proof.h"

#include "../format/when.h"
#include "../sys/say.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define CLOCK_SKEW 300 /* seconds, Kerberos' own */
#define DAY 86400      /* walk that often in any case */
#define SHRINK_FROM 20 /* principals */

/* as-of never runs backwards, and never far ahead of the clock. */
static int
set_as_of(struct taking *t)
{
	int64_t now = time(NULL), last = t->last.m.as_of;
	char then[WHEN_TEXT];

	t->as_of = now;
	if (t->first || last < now)
		return 0;
	t->as_of = last + 1;
	if (last - now <= CLOCK_SKEW)
		return 0;
	(void)when_encode(last, then);
	say("%s: the last manifest is as of %s, ahead of this host's clock; "
	    "set the clock right; if it was wrong then, wait until that time",
	    t->state->dir, then);
	return -1;
}

/* Is the dump that `current` describes there, as far as its size tells? */
static bool
has_dump(const struct taking *t)
{
	char dir[PATH_MAX], path[PATH_MAX];
	struct stat st;

	generation_dir(t->state, t->last.m.epoch, t->last.m.generation, dir);
	generation_file(dir, "dump", path);
	return lstat(path, &st) == 0 &&
	    (uint64_t)st.st_size == t->last.m.dump.size;
}

/* Is the current generation what the last walk found, which was not long ago?  With
 * t->proof. */
static bool
walked(struct taking *t)
{
	const struct proof *p = &t->proof;
	int64_t now = time(NULL);

	if (t->first || t->opens || t->how == EXAMINE_LIBKDB5 || !has_dump(t) ||
	    proof_read(t->state, &t->proof) != 1)
		return false;
	return p->good && digest_equal(&p->digest, &t->last.m.dump.digest) &&
	    now >= p->time && now - p->time < DAY;
}

static void __attribute__((format(printf, 2, 3)))
hold(struct taking *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(t->held, sizeof(t->held), fmt, ap);
	va_end(ap);
}

/* Is this what a careful person would send to every replica? */
static void
judge(struct taking *t)
{
	const struct examination *e = &t->copy.e;
	uint64_t was = t->last.m.dump.principals, is = e->facts.principals;

	if (e->flaw != EXAMINE_NONE)
		hold(t, "the database failed its proof: %s", e->why);
	else if (e->facts.n_mkey == 0)
		hold(t, "no K/M of this realm in the database");
	else if (!e->facts.krbtgt)
		hold(t, "no krbtgt of this realm in the database");
	else if (!t->first && !t->allow_shrink && was > SHRINK_FROM &&
	    is * 100 < was * (100 - t->cf->max_shrink))
		hold(t,
		    "%" PRIu64 " principals where there were %" PRIu64
		    ": more than max_shrink are gone",
		    is, was);
}

/* Of the database, and then of its copy. */
static int
remember(struct taking *t)
{
	struct proof p = { .time = time(NULL),
		.good = t->held[0] == '\0',
		.digest = t->copy.e.facts.digest,
		.stamp = t->copy.stamp,
		.locked = true,
		.locked_ms = t->copy.held_ms };

	(void)snprintf(
	    p.result, sizeof(p.result), "%s", p.good ? "good" : "held");
	if (proof_write(t->state, &p) == -1)
		return -1;
	return p.good ? standing_proved(t->state, &t->copy, &p.digest) : 0;
}

/* Nobody walked: only the stamps are others. */
static int
remember_same(struct taking *t)
{
	t->proof.stamp = t->copy.stamp;
	t->proof.locked = true;
	t->proof.locked_ms = t->copy.held_ms;
	if (proof_write(t->state, &t->proof) == -1)
		return -1;
	return standing_proved(t->state, &t->copy, &t->proof.digest);
}

static void
tell(struct taking *t, enum take_answer answer, const struct seal *now)
{
	if (answer == TAKE_HELD)
		say("%s: publication is held: %s; look at the database, then "
		    "%s",
		    t->place->db, t->held,
		    t->copy.e.flaw == EXAMINE_NONE && t->copy.e.facts.krbtgt &&
			    t->copy.e.facts.n_mkey > 0
			? "run again with --allow-shrink if it is meant"
			: "repair or restore it; the replicas keep what they "
			  "have");
	if (answer != TAKE_NEW && answer != TAKE_SAME)
		return;
	say_info("generation %" PRIu64 ".%" PRIu64 "%s: %" PRIu64
		 " principals, %" PRIu64 " policies, %" PRIu64 " bytes",
	    now->m.epoch, now->m.generation,
	    answer == TAKE_NEW ? "" : " is still current",
	    now->m.dump.principals, now->m.dump.policies, now->m.dump.size);
	if (t->copy.e.facts.size > 0)
		say_info("locked %" PRId64 " ms, copied in %" PRId64
			 " ms, %s and proved in %" PRId64 " ms, delta %" PRId64
			 " ms, signed in %" PRId64 " ms",
		    t->copy.held_ms, t->copy.copy_ms,
		    t->how == EXAMINE_LIBKDB5 ? "walked" : "read",
		    t->copy.examine_ms, t->delta_ms, t->sign_ms);
}

/* Of what the copy's examination found. */
static enum take_answer
found(struct taking *t, struct seal *now)
{
	enum take_answer answer;

	judge(t);
	/* Of the last generation there is no heartbeat in another epoch. */
	if (t->held[0] != '\0' && t->opens) {
		tell(t, TAKE_HELD, now);
		if (!t->first)
			say("epoch %" PRIu64 " does not begin before that, and "
			    "nothing is shipped",
			    epoch_number(&t->last, now));
		return TAKE_HELD;
	}
	if (t->held[0] != '\0' ||
	    (!t->opens &&
		digest_equal(&t->copy.e.facts.digest, &t->last.m.dump.digest)))
		answer = issue_heartbeat(t, now);
	else
		answer = issue_generation(t, now);
	if (answer == TAKE_SAME)
		issue_dump_again(t, now);
	if (answer != TAKE_FAILED && remember(t) == -1)
		answer = TAKE_FAILED;
	tell(t, answer, now);
	return answer;
}

/* Only logins wrote. */
static enum take_answer
counted(struct taking *t, struct seal *now)
{
	enum take_answer answer = issue_heartbeat(t, now);

	if (answer != TAKE_FAILED && remember_same(t) == -1)
		answer = TAKE_FAILED;
	tell(t, answer, now);
	if (answer != TAKE_FAILED)
		say_info("nothing but login counters moved: locked %" PRId64
			 " ms, compared in %" PRId64 " ms",
		    t->copy.held_ms, t->copy.copy_ms);
	return answer;
}

static enum take_answer
look(struct taking *t, bool known, struct seal *now)
{
	int rc = standing_take(t->cf, t->place, t->state,
	    known ? &t->last.m.dump.digest : NULL, t->how, &t->copy);

	if (rc == STANDING_SAME)
		return counted(t, now);
	if (rc != 0)
		return rc == LOCK_BUSY ? TAKE_BUSY : TAKE_FAILED;
	/* If that cannot be remembered, it walks again next time. */
	if (t->how == EXAMINE_LIBKDB5 && t->copy.e.flaw == EXAMINE_NONE)
		(void)deep_done(t->state);
	return found(t, now);
}

static enum take_answer
take_in(struct taking *t, struct seal *now)
{
	enum take_answer answer;
	bool known = walked(t);
	int rc = 0;

	if (known)
		rc = proof_holds(t->cf, t->place, t->state,
		    &t->last.m.dump.digest, &t->proof);
	if (rc == -1)
		return TAKE_BUSY;
	if (rc == 0)
		return look(t, known, now);
	answer = issue_heartbeat(t, now);
	tell(t, answer, now);
	return answer;
}

enum take_answer
take(const struct config *cf, const struct place *p, struct state *s,
    bool allow_shrink, bool anew, struct take_soon soon, struct seal *now)
{
	struct taking t = { .cf = cf,
		.place = p,
		.state = s,
		.allow_shrink = allow_shrink,
		.soon = soon,
		.copy = LIVE_COPY_NONE };
	enum take_answer answer = TAKE_FAILED;
	char path[PATH_MAX];
	int rc;

	*now = (struct seal)SEAL_NONE;
	state_path(s, STATE_CURRENT, path);
	rc = seal_read(path, &t.last);
	if (rc == -1) {
		say("%s: damaged; make it anew from the newest generation: "
		    "tar cf %s -C %s/generations/NEWEST manifest manifest.sig "
		    "(and grant grant.sig, if they are there)",
		    path, path, s->dir);
		return TAKE_FAILED;
	}
	t.first = rc == 0;
	if (!t.first && strcmp(t.last.m.realm, p->realm) != 0) {
		say("%s: belongs to realm %s, not %s; give each realm a "
		    "state_dir of its own",
		    s->dir, t.last.m.realm, p->realm);
		goto out;
	}
	if (set_as_of(&t) == -1 ||
	    epoch_choose(cf, p->realm, &t.last, now) == -1)
		goto out;
	t.opens = epoch_opens(&t.last, now);
	t.how = anew || deep_due(s) ? EXAMINE_LIBKDB5 : EXAMINE_BEST;
	live_copy_sweep_idle(p, s, LIVE_COPY_DIFF);
	answer = take_in(&t, now);
out:
	live_copy_drop(&t.copy);
	seal_release(&t.last);
	return answer;
}
