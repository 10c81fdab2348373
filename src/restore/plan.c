#include "plan.h"

#include "../format/when.h"
#include "../sys/file.h"
#include "../sys/say.h"
#include "../store/difference.h"
#include "../store/kdb/files.h"
#include "../store/kdb/kpropd.h"
#include "../store/live/live_copy.h"
#include "../store/superseded.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

const char *const plan_stages[PLAN_STAGES] = {
	"wait for kdc-snapshot and kdc-apply",
	"read the generation and what is here",
	"keep what is here",
	"build the new database beside it, prove it, swap",
	"take the first generation of the new epoch",
};

static uint64_t
larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/*
 * Where this host is.
 */

/* That of another primary, which this one met. */
static uint64_t
met_epoch(const struct state *s)
{
	struct seal by;
	uint64_t epoch;

	(void)superseded_seal(s, &by);
	epoch = by.m.epoch;
	seal_release(&by);
	return epoch;
}

/* The newest of `current`, what is sealed and the source.  On a primary the
 * first delta of the new epoch is from what its replicas have. */
static int
find_base(struct plan *p)
{
	const struct restore *r = p->r;
	struct seal sealed = SEAL_NONE;
	char path[PATH_MAX];
	int rc, rc2;

	state_path(r->state, STATE_CURRENT, path);
	rc = seal_read(path, &p->base);
	state_path(r->state, STATE_SEAL, path);
	rc2 = p->was == ROLE_REPLICA ? seal_read(path, &sealed) : 0;
	if (rc == -1 || rc2 == -1)
		goto out;
	p->is_current = rc == 1;
	if (rc2 == 1 &&
	    (rc == 0 || manifest_compare(&sealed.m, &p->base.m) > 0)) {
		seal_release(&p->base);
		p->base = sealed;
		sealed = (struct seal)SEAL_NONE;
		p->is_current = false;
	}
	p->newest = larger(p->base.m.epoch, r->source->seal.m.epoch);
	p->newest = larger(p->newest, met_epoch(r->state));
out:
	seal_release(&sealed);
	return rc == -1 || rc2 == -1 ? EX_DATAERR : EX_OK;
}

static int
take_source(struct plan *p)
{
	const struct seal *s = &p->r->source->seal;
	const char *why;

	if (seal_from((struct span){ s->text.p, s->text.len },
		(struct span){ s->sig.p, s->sig.len }, &p->base, &why) == -1 ||
	    (s->granted &&
		seal_add_grant(&p->base,
		    (struct span){ s->grant.p, s->grant.len },
		    (struct span){ s->grant_sig.p, s->grant_sig.len },
		    &why) == -1)) {
		say("memory is short");
		return EX_OSERR;
	}
	return EX_OK;
}

static int
find_place(struct plan *p)
{
	const struct state *s = p->r->state;
	int rc;

	p->again = s->role == ROLE_RESTORE;
	p->was = p->again ? s->was : s->role;
	rc = find_base(p);
	if (rc == EX_OK && p->base.m.epoch == 0)
		rc = take_source(p);
	else if (rc == EX_OK)
		p->from = p->base.m.epoch;
	if (p->again)
		p->from = s->from;
	if (rc != EX_OK || strcmp(p->base.m.realm, p->r->place->realm) == 0)
		return rc;
	say("%s: belongs to realm %s, not %s; give each realm a state_dir of "
	    "its own",
	    s->dir, p->base.m.realm, p->r->place->realm);
	return EX_CONFIG;
}

/*
 * The database that is here.
 */
static int
compare(struct plan *p, const struct live_copy *c)
{
	struct span from = { NULL, 0 }, to = { NULL, 0 };
	struct difference n;
	int rc = -1;

	if (file_map(c->dump, "dump", &from) == 0 &&
	    file_map(p->r->source->dump, "dump", &to) == 0)
		rc = difference_count(from, to, &n);
	file_unmap(&from);
	file_unmap(&to);
	if (rc == -1)
		return EX_IOERR;
	p->same =
	    digest_equal(&c->e.facts.digest, &p->r->source->seal.m.dump.digest);
	difference_words(&n, p->changes);
	return EX_OK;
}

static int
look_at_database(struct plan *p)
{
	const struct restore *r = p->r;
	struct live_copy c = LIVE_COPY_NONE;
	int n = files_exist(r->place->db), rc;

	p->there = n > 0;
	live_copy_sweep(r->place, "restore");
	(void)snprintf(p->changes, PLAN_WORDS, "%s",
	    n == 0 ? "there is none yet"
		   : "not whole, and cannot be compared; replaced");
	if (n != PLACE_DATA)
		return n == -1 ? EX_IOERR : EX_OK;
	rc = live_copy_take(r->cf, r->place, "restore", EXAMINE_LIBKDB5, &c);
	if (rc != 0)
		return rc == LOCK_BUSY ? EX_TEMPFAIL : EX_IOERR;
	rc = EX_OK;
	if (c.e.flaw == EXAMINE_NONE)
		rc = compare(p, &c);
	else
		(void)snprintf(
		    p->changes, PLAN_WORDS, "damaged (%s); replaced", c.e.why);
	live_copy_drop(&c);
	return rc;
}

/* What a run that was cut short kept is what was there. */
static void
name_before(struct plan *p)
{
	const struct state *s = p->r->state;
	char when[WHEN_TEXT] = "", path[PATH_MAX];
	int64_t now = time(NULL);
	size_t n = 0;

	(void)snprintf(p->before, sizeof(p->before), "%s", "-");
	if (p->again && strcmp(s->kept, "-") != 0)
		(void)snprintf(p->before, sizeof(p->before), "%s", s->kept);
	if (strcmp(p->before, "-") != 0 || !p->there || p->same)
		return;
	do {
		(void)when_encode(now++, when);
		n = (size_t)snprintf(
		    p->before, sizeof(p->before), "%s", "before-");
		for (const char *c = when; *c != '\0'; c++)
			if (*c != '-' && *c != ':')
				p->before[n++] = *c;
		p->before[n] = '\0';
		state_path(s, p->before, path);
	} while (access(path, F_OK) == 0);
}

int
plan_make(struct plan *p)
{
	int rc = find_place(p);

	if (rc == EX_OK)
		rc = look_at_database(p);
	if (rc != EX_OK)
		return rc;
	name_before(p);
	p->stash_there = access(p->r->place->stash, F_OK) == 0;
	users_find(p->r->place, &p->users);
	p->kpropd = kpropd_find(p->r->place);
	p->cf = *p->r->cf;
	if (p->r->grant != NULL)
		(void)snprintf(
		    p->cf.grant, sizeof(p->cf.grant), "%s", p->r->grant);
	return EX_OK;
}

void
plan_release(struct plan *p)
{
	seal_release(&p->base);
	seal_release(&p->grant);
	bytes_release(&p->stash);
}

bool
plan_is_done(const struct plan *p)
{
	const struct seal *was = &p->base;
	struct bytes text = BYTES_NONE;
	bool done = false;

	if (p->again || !p->is_current || !was->granted ||
	    p->r->grant == NULL ||
	    !digest_equal(
		&was->m.dump.digest, &p->r->source->seal.m.dump.digest))
		return false;
	if (access(p->r->grant, R_OK) == 0 &&
	    file_read(p->r->grant, GRANT_MAX, &text) == 0)
		done = span_equal((struct span){ text.p, text.len },
		    (struct span){ was->grant.p, was->grant.len });
	bytes_release(&text);
	return done;
}
