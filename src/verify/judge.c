#include "judge.h"

#include "content.h"

#include "../format/when.h"
#include "../sys/file.h"
#include "../sys/lock.h"
#include "../sys/probe.h"
#include "../sys/say.h"
#include "../sys/units.h"
#include "../store/kdb/kpropd.h"
#include "../store/pending.h"
#include "../store/proof.h"
#include "../store/sign.h"
#include "../store/superseded.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CLOCK_SKEW 300
#define PROBE_MS 2000

static void
check_signer(const struct judge *j, const struct seal *s, struct report *r)
{
	const char *realm = j->place->realm;
	char why[SIGN_WHY];

	switch (sign_check_seal(j->cf, realm, s, SIGN_STANDING, why)) {
	case SIGN_GOOD:
		if (sign_check_seal(j->cf, realm, s, SIGN_ARRIVING, why) ==
		    SIGN_EXPIRED)
			report_add(r, "signer", LEVEL_WARNING,
			    "%s; the next %s will be refused: renew it", why,
			    s->granted ? "grant" : "ship");
		break;
	case SIGN_BAD:
		report_add(r, "seal", LEVEL_CRITICAL,
		    "the seal is altered: "
		    "%s; ship again from the primary (kdc-snapshot)",
		    why);
		break;
	case SIGN_NOT_ALLOWED:
	case SIGN_EXPIRED:
		report_add_overridable(
		    r, "signer", LEVEL_CRITICAL, "the seal: %s", why);
		break;
	case SIGN_FAILED:
		report_add(r, "signer", LEVEL_UNKNOWN,
		    "the signature could "
		    "not be checked; the reason is above");
		break;
	}
}

static void
check_dump(const struct judge *j, const struct seal *s, struct report *r)
{
	char path[PATH_MAX];
	struct digest d;
	int fd;

	state_dump(j->state, &s->m.dump.digest, path);
	fd = file_open(path);
	if (fd != -1 && file_digest(fd, path, &d) == 0 &&
	    digest_equal(&d, &s->m.dump.digest)) {
		(void)close(fd);
		return;
	}
	if (fd != -1)
		(void)close(fd);
	r->repairable = false;
	proof_forget_dump(j->state);
	report_add(r, "dump", LEVEL_WARNING,
	    "%s: %s; --repair has nothing to "
	    "build from until the next ship brings a full dump",
	    path, fd == -1 ? "missing" : "damaged");
}

/* 1: stale data may be served, because the primary does not answer. */
static bool
excused(const struct judge *j, struct report *r)
{
	if (!j->gate || j->cf->on_stale != STALE_REFUSE_IF_PRIMARY_ANSWERS ||
	    r->age > j->cf->expire)
		return false;
	if (j->cf->primary[0] == '\0') {
		say("%s: on_stale = refuse-if-primary-answers needs primary = "
		    "HOST:PORT",
		    j->cf->path);
		return false;
	}
	r->gate_only =
	    probe_kdc(j->place->realm, j->cf->primary, PROBE_MS) == 0;
	return r->gate_only;
}

static void
check_age(const struct judge *j, struct report *r)
{
	char age[16], max[16], then[WHEN_TEXT];

	when_span(r->age, age);
	when_span(r->max_age, max);
	(void)when_encode(r->m.as_of, then);
	if (r->max_age < (int64_t)r->m.interval)
		report_add(r, "max-age", LEVEL_WARNING,
		    "max_age is %s, shorter than the primary's interval of "
		    "%" PRIu64 " s",
		    max, r->m.interval);
	if (r->age < -CLOCK_SKEW)
		report_add_overridable(r, "clock", LEVEL_CRITICAL,
		    "the seal is "
		    "as of %s, ahead of this host's clock; set the clock",
		    then);
	else if (r->age > r->max_age && excused(j, r))
		report_add(r, "age", LEVEL_WARNING,
		    "the data are %s old (max_age %s), and %s does not answer: "
		    "serving what there is",
		    age, max, j->cf->primary);
	else if (r->age > r->max_age)
		report_add_overridable(r, "age", LEVEL_CRITICAL,
		    "the data are "
		    "%s old (as of %s, max_age %s); is kdc-snapshot running on "
		    "%s, and can it reach this host?",
		    age, then, max, r->m.source);
	else if (r->age > 3 * (int64_t)r->m.interval)
		report_add(r, "age", LEVEL_WARNING,
		    "the data are %s old, more "
		    "than 3 intervals; is kdc-snapshot running on %s?",
		    age, r->m.source);
}

static void
check_held(struct report *r)
{
	char since[WHEN_TEXT];

	if (!r->m.held)
		return;
	(void)when_encode(r->m.held_since, since);
	report_add(r, "held", LEVEL_WARNING,
	    "the primary holds publication "
	    "since %s: %s",
	    since, r->m.held_why);
}

/* The administrator's word turns what is his to judge into a warning. */
static void
apply_override(const struct judge *j, const struct seal *s, struct report *r)
{
	struct override o;
	struct digest d;
	char until[WHEN_TEXT];

	if (override_read(j->state, &o) != 1 || o.until < r->now ||
	    digest_of(s->text.p, s->text.len, &d) == -1 ||
	    !digest_equal(&d, &o.seal))
		return;
	(void)when_encode(o.until, until);
	for (unsigned i = 0; i < r->n; i++)
		if (r->finding[i].overridable &&
		    r->finding[i].level == LEVEL_CRITICAL)
			r->finding[i].level = LEVEL_WARNING;
	report_add(r, "override", LEVEL_WARNING,
	    "age, clock and signer are "
	    "overridden until %s: %s",
	    until, o.reason);
}

static void
begin(const struct judge *j, struct report *r)
{
	memset(r, 0, sizeof(*r));
	r->now = time(NULL);
	(void)snprintf(r->realm, sizeof(r->realm), "%s", j->place->realm);
	r->max_age = j->cf->max_age;
}

/* While kdc-apply is at work that is as it should be. */
static void
add_pending(const struct judge *j, struct report *r)
{
	char path[PATH_MAX];

	state_path(j->state, "apply.lock", path);
	if (lock_held(path))
		return;
	report_add(r, "pending", LEVEL_WARNING,
	    "kdc-apply was cut short; the next cycle finishes its work, or "
	    "kdc-verify --repair now");
}

/* What a replica's content is judged by.  kdc-apply may change it while we look:
 * then what we saw is of two times, and we look again. */
struct basis {
	struct seal seal, next;
	enum pending pending; /* does next tell? */
};
#define LOOKS_MAX 5

/* 1; 0, -1: as seal_read. */
static int
read_basis(const struct judge *j, struct basis *b)
{
	char path[PATH_MAX];
	int rc;

	state_path(j->state, STATE_SEAL, path);
	/* Pending first: a seal that comes between the two is then the newer. */
	b->pending = pending_read(j->cf, j->place->realm, j->state, &b->next);
	rc = seal_read(path, &b->seal);
	return rc;
}

static void
release_basis(struct basis *b)
{
	seal_release(&b->seal);
	seal_release(&b->next);
}

static bool
same_basis(const struct basis *a, const struct basis *b)
{
	return a->pending == b->pending &&
	    digest_equal(&a->seal.m.dump.digest, &b->seal.m.dump.digest) &&
	    (a->pending != PENDING_SWAP ||
		digest_equal(&a->next.m.dump.digest, &b->next.m.dump.digest));
}

static void
judge_basis(const struct judge *j, const struct basis *b, struct report *r)
{
	const struct seal *s = &b->seal;
	bool pending = b->pending == PENDING_SWAP;

	r->sealed = true;
	r->m = s->m;
	r->age = r->now - s->m.as_of;
	check_signer(j, s, r);
	if (strcmp(s->m.realm, j->place->realm) != 0)
		report_add(r, "realm", LEVEL_CRITICAL,
		    "the seal is of realm %s, this host serves %s", s->m.realm,
		    j->place->realm);
	if (pending)
		add_pending(j, r);
	content_check(j, s, pending ? &b->next.m.dump.digest : NULL, r);
	check_dump(j, s, r);
	check_age(j, r);
	check_held(r);
	apply_override(j, s, r);
}

/* 1: judged; 0, -1: as seal_read. */
static int
judge_sealed(const struct judge *j, struct report *r)
{
	struct basis now, again;
	bool still = false;
	int rc = read_basis(j, &now);

	for (int i = 0; rc == 1 && !still && i < LOOKS_MAX; i++) {
		begin(j, r);
		judge_basis(j, &now, r);
		rc = read_basis(j, &again);
		still = rc == 1 && same_basis(&now, &again);
		release_basis(&now);
		now = again;
	}
	release_basis(&now);
	return rc;
}

static void
check_kpropd(const struct judge *j, struct report *r)
{
	int pid = kpropd_find(j->place);

	if (pid != 0)
		report_add(r, "kpropd", LEVEL_WARNING,
		    "kpropd (pid %d) serves this database, too, and kdc-apply "
		    "does nothing beside it; stop it: systemctl disable "
		    "--now " UNIT_KPROPD,
		    pid);
}

static void
judge_replica(const struct judge *j, struct report *r)
{
	char path[PATH_MAX];
	int rc;

	state_path(j->state, STATE_SEAL, path);
	rc = judge_sealed(j, r);
	if (rc != 1) {
		begin(j, r);
		report_add(r, "seal", LEVEL_CRITICAL,
		    "%s: %s; ship from the primary (kdc-snapshot)", path,
		    rc == 0 ? "missing: nothing was ever proved here"
			    : "damaged");
	}
	check_kpropd(j, r);
}

/* A primary has no data to be stale, but its replicas have. */
static void
check_cycle(struct report *r)
{
	char age[16];

	when_span(r->age, age);
	if (r->age > 3 * (int64_t)r->m.interval)
		report_add(r, "age", LEVEL_WARNING,
		    "the last kdc-snapshot was %s ago, more than 3 intervals; "
		    "is its timer or cron line there?",
		    age);
}

static void
judge_primary(const struct judge *j, struct report *r)
{
	char line[SUPERSEDED_LINE], path[PATH_MAX];
	struct seal s;
	int rc;

	r->primary = true;
	state_path(j->state, STATE_CURRENT, path);
	rc = seal_read(path, &s);
	if (rc == -1)
		report_add(r, "seal", LEVEL_CRITICAL, "%s: damaged", path);
	if (rc == 1) {
		r->sealed = true;
		r->m = s.m;
		r->age = r->now - s.m.as_of;
		check_held(r);
		check_cycle(r);
	}
	seal_release(&s);
	if (superseded_line(j->state, line) == 1)
		report_add(r, "superseded", LEVEL_CRITICAL, "%s", line);
	content_check(j, NULL, NULL, r);
}

/* Where kadmind changes something that is not shipped, it is lost. */
static void
check_primary(const struct judge *j, struct report *r)
{
	if (!j->primary || j->state->role == ROLE_PRIMARY)
		return;
	r->gate_only = true;
	report_add(r, "role", LEVEL_CRITICAL,
	    "kadmind belongs on the primary, and this host is %s: systemctl "
	    "disable --now " UNIT_KADMIND,
	    j->state->role == ROLE_REPLICA
		? "a replica"
		: "none before kdc-snapshot has run here");
}

void
judge(const struct judge *j, struct report *r)
{
	begin(j, r);
	switch (j->state->role) {
	case ROLE_PRIMARY:
		judge_primary(j, r);
		break;
	case ROLE_RESTORE:
		report_add(r, "restore", LEVEL_CRITICAL, STATE_CUT_SHORT);
		break;
	case ROLE_NONE:
	case ROLE_REPLICA:
		judge_replica(j, r);
		break;
	}
	check_primary(j, r);
}
