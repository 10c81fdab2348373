#include "take.h"

#include "chain.h"
#include "epoch.h"
#include "generation.h"
#include "proof.h"
#include "sign.h"
#include "live/standing.h"
#include "past/expiry.h"

#include "../format/bundle.h"
#include "../format/when.h"
#include "../sys/file.h"
#include "../sys/newfile.h"
#include "../sys/proc.h"
#include "../sys/say.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CLOCK_SKEW 300 /* seconds, Kerberos' own */
#define DAY 86400      /* walk that often in any case */
#define SHRINK_FROM 20 /* principals */

struct run {
	const struct config *cf;
	const struct place *place;
	struct state *state;
	bool allow_shrink, anew;
	struct seal last;   /* `current` as it was */
	bool first;	    /* there was none */
	bool opens;	    /* another epoch than the last one's */
	int64_t as_of;	    /* of what is signed now */
	struct proof proof; /* where walked() */
	struct live_copy copy;
	char held[HELD_MAX]; /* why, or "" */
	int64_t delta_ms, sign_ms;
};

/* as-of never runs backwards, and never far ahead of the clock. */
static int
set_as_of(struct run *r)
{
	int64_t now = time(NULL), last = r->last.m.as_of;
	char then[WHEN_TEXT];

	r->as_of = now;
	if (r->first || last < now)
		return 0;
	r->as_of = last + 1;
	if (last - now <= CLOCK_SKEW)
		return 0;
	(void)when_encode(last, then);
	say("%s: the last manifest is as of %s, ahead of this host's clock; "
	    "set the clock right; if it was wrong then, wait until that time",
	    r->state->dir, then);
	return -1;
}

/* Is the dump that `current` describes there, as far as its size tells? */
static bool
has_dump(const struct run *r)
{
	char dir[PATH_MAX], path[PATH_MAX];
	struct stat st;

	generation_dir(r->state, r->last.m.epoch, r->last.m.generation, dir);
	generation_file(dir, "dump", path);
	return lstat(path, &st) == 0 &&
	    (uint64_t)st.st_size == r->last.m.dump.size;
}

/* Is the current generation what the last walk found, which was not long ago?  With
 * r->proof. */
static bool
walked(struct run *r)
{
	const struct proof *p = &r->proof;
	int64_t now = time(NULL);

	if (r->first || r->opens || r->anew || !has_dump(r) ||
	    proof_read(r->state, &r->proof) != 1)
		return false;
	return p->good && digest_equal(&p->digest, &r->last.m.dump.digest) &&
	    now >= p->time && now - p->time < DAY;
}

static void __attribute__((format(printf, 2, 3)))
hold(struct run *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(r->held, sizeof(r->held), fmt, ap);
	va_end(ap);
}

/* Is this what a careful person would send to every replica? */
static void
judge(struct run *r)
{
	const struct examination *e = &r->copy.e;
	uint64_t was = r->last.m.dump.principals, is = e->facts.principals;

	if (e->flaw != EXAMINE_NONE)
		hold(r, "the database failed its proof: %s", e->why);
	else if (e->facts.n_mkey == 0)
		hold(r, "no K/M of this realm in the database");
	else if (!e->facts.krbtgt)
		hold(r, "no krbtgt of this realm in the database");
	else if (!r->first && !r->allow_shrink && was > SHRINK_FROM &&
	    is * 100 < was * (100 - r->cf->max_shrink))
		hold(r,
		    "%" PRIu64 " principals where there were %" PRIu64
		    ": more than max_shrink are gone",
		    is, was);
}

/* Of the database, and then of its copy. */
static int
remember(struct run *r)
{
	struct proof p = { .time = time(NULL),
		.good = r->held[0] == '\0',
		.digest = r->copy.e.facts.digest,
		.stamp = r->copy.stamp };

	(void)snprintf(
	    p.result, sizeof(p.result), "%s", p.good ? "good" : "held");
	if (proof_write(r->state, &p) == -1)
		return -1;
	return p.good ? standing_proved(r->state, &r->copy, &p.digest) : 0;
}

/* Nobody walked: only the stamps are others. */
static int
remember_same(struct run *r)
{
	r->proof.stamp = r->copy.stamp;
	if (proof_write(r->state, &r->proof) == -1)
		return -1;
	return standing_proved(r->state, &r->copy, &r->proof.digest);
}

/* Encodes and signs now->m, under the grant that now has, if any. */
static int
sign(struct run *r, struct seal *now)
{
	char text[MANIFEST_MAX];
	size_t n = manifest_encode(&now->m, text);
	int64_t start = proc_now();
	struct span span = { text, n };

	if (n == 0) {
		say("the manifest cannot be written: a name in it (realm, "
		    "host) has no spelling as text");
		return -1;
	}
	now->text.len = now->sig.len = 0;
	if (bytes_add(&now->text, text, n) == -1 ||
	    sign_make(r->cf, span, &now->sig) == -1)
		return -1;
	r->sign_ms = proc_now() - start;
	return epoch_check_key(r->cf, now);
}

static int
make_current(struct run *r, const struct seal *now)
{
	char path[PATH_MAX];

	state_path(r->state, STATE_CURRENT, path);
	(void)newfile_sweep(path);
	return seal_write(path, now);
}

/* The current generation again, as of now, with or without a reason why it is
 * still that one. */
static enum take_answer
heartbeat(struct run *r, struct seal *now)
{
	now->m = r->last.m;
	now->m.as_of = r->as_of;
	now->m.interval = (uint64_t)r->cf->interval;
	now->m.held = r->held[0] != '\0';
	if (!r->last.m.held)
		now->m.held_since = r->as_of;
	(void)snprintf(now->m.held_why, sizeof(now->m.held_why), "%s", r->held);
	if (sign(r, now) == -1 || make_current(r, now) == -1)
		return TAKE_FAILED;
	return now->m.held ? TAKE_HELD : TAKE_SAME;
}

static int
fill_manifest(struct run *r, uint64_t epoch, struct manifest *m)
{
	memset(m, 0, sizeof(*m));
	(void)snprintf(m->realm, sizeof(m->realm), "%s", r->place->realm);
	m->epoch = epoch;
	m->generation = r->opens ? 1 : r->last.m.generation + 1;
	m->taken = r->copy.stamp.read / 1000000000;
	m->as_of = r->as_of;
	/* A clock that was set back may be behind the last as-of. */
	if (m->taken > m->as_of)
		m->taken = m->as_of;
	m->interval = (uint64_t)r->cf->interval;
	m->dump = r->copy.e.facts;
	if (gethostname(m->source, sizeof(m->source) - 1) == -1) {
		say("gethostname: %s", strerror(errno));
		return -1;
	}
	(void)snprintf(m->krb5, sizeof(m->krb5), "%s", place_krb5_version());
	(void)snprintf(m->kdcsync, sizeof(m->kdcsync), "%s", KDCSYNC_VERSION);
	return 0;
}

static int
put_delta(struct run *r, const char *dir, const struct seal *now)
{
	char base[PATH_MAX];
	int64_t start = proc_now();
	int rc;

	/* A new epoch may start from what there is. */
	if (r->first ||
	    digest_equal(&r->last.m.dump.digest, &now->m.dump.digest))
		return 0;
	generation_dir(r->state, r->last.m.epoch, r->last.m.generation, base);
	rc = generation_put_delta(dir, base, &r->last.m.dump, &now->m.dump);
	r->delta_ms = proc_now() - start;
	return rc;
}

static int
put_text(const char *dir, enum bundle_part part, const struct bytes *text)
{
	static const struct digest none;
	char name[BUNDLE_NAME_MAX], path[PATH_MAX];

	bundle_name(part, &none, name);
	generation_file(dir, name, path);
	return newfile_put(path, text->p, text->len);
}

static int
put_texts(const char *dir, const struct seal *now)
{
	if (put_text(dir, BUNDLE_MANIFEST, &now->text) == -1 ||
	    put_text(dir, BUNDLE_MANIFEST_SIG, &now->sig) == -1)
		return -1;
	if (!now->granted)
		return 0;
	if (put_text(dir, BUNDLE_GRANT, &now->grant) == -1)
		return -1;
	return put_text(dir, BUNDLE_GRANT_SIG, &now->grant_sig);
}

/* Of a current generation whose dump rotted, or is not here because the seal is a
 * replica's, nobody could get the whole dump; the copy has it, too. */
static void
keep_dump(struct run *r, const struct seal *now)
{
	const struct manifest *m = &now->m;
	char dir[PATH_MAX], path[PATH_MAX];

	generation_dir(r->state, m->epoch, m->generation, dir);
	if (generation_has_dump(dir, &m->dump.digest))
		return;
	generation_file(dir, "manifest", path);
	if (access(path, F_OK) == 0) {
		say("%s/dump: missing or damaged; made anew; look at the disk",
		    dir);
		generation_drop_full(dir);
		(void)generation_put_dump(dir, r->copy.dump, m->dump.size);
	} else if (generation_begin(r->state, m->epoch, m->generation, dir) ==
		0 &&
	    generation_put_dump(dir, r->copy.dump, m->dump.size) == 0) {
		(void)put_texts(dir, now);
	}
}

static enum take_answer
new_generation(struct run *r, struct seal *now)
{
	uint64_t epoch = epoch_number(&r->last, now);
	char dir[PATH_MAX];

	if (fill_manifest(r, epoch, &now->m) == -1 ||
	    generation_begin(r->state, now->m.epoch, now->m.generation, dir) ==
		-1 ||
	    generation_put_dump(dir, r->copy.dump, now->m.dump.size) == -1 ||
	    put_delta(r, dir, now) == -1 || sign(r, now) == -1 ||
	    put_texts(dir, now) == -1 || make_current(r, now) == -1)
		return TAKE_FAILED;
	chain_prune(r->state, &now->m);
	(void)expiry_backlog(r->state);
	return TAKE_NEW;
}

static void
tell(struct run *r, enum take_answer answer, const struct seal *now)
{
	if (answer == TAKE_HELD)
		say("%s: publication is held: %s; look at the database, then "
		    "%s",
		    r->place->db, r->held,
		    r->copy.e.flaw == EXAMINE_NONE && r->copy.e.facts.krbtgt &&
			    r->copy.e.facts.n_mkey > 0
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
	if (r->copy.e.facts.size > 0)
		say_info("locked %" PRId64 " ms, copied in %" PRId64
			 " ms, walked and proved in %" PRId64
			 " ms, delta %" PRId64 " ms, signed in %" PRId64 " ms",
		    r->copy.held_ms, r->copy.copy_ms, r->copy.examine_ms,
		    r->delta_ms, r->sign_ms);
}

/* Of what the copy's examination found. */
static enum take_answer
found(struct run *r, struct seal *now)
{
	enum take_answer answer;

	judge(r);
	/* Of the last generation there is no heartbeat in another epoch. */
	if (r->held[0] != '\0' && r->opens) {
		tell(r, TAKE_HELD, now);
		if (!r->first)
			say("epoch %" PRIu64 " does not begin before that, and "
			    "nothing is shipped",
			    epoch_number(&r->last, now));
		return TAKE_HELD;
	}
	if (r->held[0] != '\0' ||
	    (!r->opens &&
		digest_equal(&r->copy.e.facts.digest, &r->last.m.dump.digest)))
		answer = heartbeat(r, now);
	else
		answer = new_generation(r, now);
	if (answer == TAKE_SAME)
		keep_dump(r, now);
	if (answer != TAKE_FAILED && remember(r) == -1)
		answer = TAKE_FAILED;
	tell(r, answer, now);
	return answer;
}

/* Only logins wrote. */
static enum take_answer
counted(struct run *r, struct seal *now)
{
	enum take_answer answer = heartbeat(r, now);

	if (answer != TAKE_FAILED && remember_same(r) == -1)
		answer = TAKE_FAILED;
	tell(r, answer, now);
	if (answer != TAKE_FAILED)
		say_info("only login counters moved: locked %" PRId64
			 " ms, compared in %" PRId64 " ms",
		    r->copy.held_ms, r->copy.copy_ms);
	return answer;
}

static enum take_answer
look(struct run *r, bool known, struct seal *now)
{
	int rc = standing_take(r->cf, r->place, r->state,
	    known ? &r->last.m.dump.digest : NULL, &r->copy);

	if (rc == STANDING_SAME)
		return counted(r, now);
	if (rc != 0)
		return rc == LOCK_BUSY ? TAKE_BUSY : TAKE_FAILED;
	return found(r, now);
}

static enum take_answer
take_in(struct run *r, struct seal *now)
{
	enum take_answer answer;
	bool known = walked(r);
	int rc = 0;

	if (known)
		rc = proof_holds(r->cf, r->place, r->state,
		    &r->last.m.dump.digest, &r->proof);
	if (rc == -1)
		return TAKE_BUSY;
	if (rc == 0)
		return look(r, known, now);
	answer = heartbeat(r, now);
	tell(r, answer, now);
	return answer;
}

enum take_answer
take(const struct config *cf, const struct place *p, struct state *s,
    bool allow_shrink, bool anew, struct seal *now)
{
	struct run r = { .cf = cf,
		.place = p,
		.state = s,
		.allow_shrink = allow_shrink,
		.anew = anew,
		.copy = LIVE_COPY_NONE };
	enum take_answer answer = TAKE_FAILED;
	char path[PATH_MAX];
	int rc;

	*now = (struct seal)SEAL_NONE;
	state_path(s, STATE_CURRENT, path);
	rc = seal_read(path, &r.last);
	if (rc == -1) {
		say("%s: damaged; make it anew from the newest generation: "
		    "tar cf %s -C %s/generations/NEWEST manifest manifest.sig "
		    "(and grant grant.sig, if they are there)",
		    path, path, s->dir);
		return TAKE_FAILED;
	}
	r.first = rc == 0;
	if (!r.first && strcmp(r.last.m.realm, p->realm) != 0) {
		say("%s: belongs to realm %s, not %s; give each realm a "
		    "state_dir of its own",
		    s->dir, r.last.m.realm, p->realm);
		goto out;
	}
	if (set_as_of(&r) == -1 ||
	    epoch_choose(cf, p->realm, &r.last, now) == -1)
		goto out;
	r.opens = epoch_opens(&r.last, now);
	live_copy_sweep_idle(p, s, LIVE_COPY_DIFF);
	answer = take_in(&r, now);
out:
	live_copy_drop(&r.copy);
	seal_release(&r.last);
	return answer;
}
