#include "content.h"

#include "master.h"

#include "../sys/file.h"
#include "../sys/say.h"
#include "../store/deep.h"
#include "../store/live/live_copy.h"
#include "../store/proof.h"
#include "../store/sign.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/*
 * What differs from the sealed dump, and is it what the generation before had?
 */
struct drift {
	uint64_t n;		   /* records that differ */
	uint64_t old;		   /* of those, as they were before */
	struct dump_cursor before; /* where we are in the dump before */
	struct span line;	   /* its current line */
	enum dump_line kind;
};

/* The line of that record in the dump before, or an empty one.  Both dumps are
 * walked in the same order. */
static struct span
line_before(struct drift *d, enum dump_line kind, struct span name)
{
	static const struct span none = { "", 0 };

	while (d->kind == DUMP_PRINC || d->kind == DUMP_POLICY) {
		if (d->kind == kind) {
			int c = span_compare(dump_name(kind, d->line), name);

			if (c == 0)
				return d->line;
			if (c > 0)
				return none;
		} else if (d->kind > kind) {
			return none;
		}
		d->kind = dump_next(&d->before, &d->line);
	}
	return none;
}

static int
on_change(void *arg, enum dump_change what, enum dump_line kind,
    struct span name, struct span sealed, struct span live)
{
	static const char *const word[] = { "added", "removed", "changed" };
	struct drift *d = arg;

	(void)sealed;
	d->n++;
	if (span_equal(line_before(d, kind, name), live))
		d->old++;
	say_debug("%s %s here: %.*s",
	    kind == DUMP_PRINC ? "principal" : "policy", word[what],
	    (int)name.len, name.p);
	return 0;
}

static int
map_path(const char *path, struct span *map)
{
	int fd = file_open(path), rc;

	*map = (struct span){ NULL, 0 };
	if (fd == -1)
		return -1;
	rc = file_map(fd, path, map);
	(void)close(fd);
	return rc;
}

/* 0 when d tells. */
static int
measure(const struct judge *j, const struct seal *seal, int live_dump,
    struct drift *d)
{
	struct span sealed = { NULL, 0 }, before = { NULL, 0 };
	struct span live = { NULL, 0 };
	char path[PATH_MAX];
	int rc = -1;

	memset(d, 0, sizeof(*d));
	d->kind = DUMP_END;
	state_dump(j->state, &seal->m.dump.digest, path);
	if (map_path(path, &sealed) == -1 ||
	    file_map(live_dump, "dump", &live) == -1)
		goto out;
	if (state_other_dump(j->state, &seal->m.dump.digest, path) == 1 &&
	    map_path(path, &before) == 0 && dump_open(before, &d->before) == 0)
		d->kind = dump_next(&d->before, &d->line);
	rc = dump_diff(sealed, live, on_change, d);
out:
	file_unmap(&sealed);
	file_unmap(&before);
	file_unmap(&live);
	return rc;
}

static void
add_drift(const struct judge *j, const struct seal *seal, int live_dump,
    struct report *r)
{
	struct drift d;

	r->repairable = true;
	if (measure(j, seal, live_dump, &d) == -1) {
		report_add(r, "content", LEVEL_CRITICAL,
		    "the live database is "
		    "not what was signed, and the sealed dump cannot say where "
		    "it differs; ship again from the primary");
	} else if (d.n == d.old) {
		/* Old keys for a few, and the next cycle heals it. */
		r->gate_only = j->gate;
		report_add(r, "written-back",
		    j->gate ? LEVEL_CRITICAL : LEVEL_WARNING,
		    "%" PRIu64 " record%s as in the generation before: a KDC "
		    "wrote back during the swap; the next cycle heals it, or "
		    "kdc-verify --repair now",
		    d.n, d.n == 1 ? " is" : "s are");
	} else {
		report_add(r, "content", LEVEL_CRITICAL,
		    "the live database is "
		    "altered: %" PRIu64 " record%s not what was signed; "
		    "kdc-verify --repair rebuilds it (-d names them)",
		    d.n, d.n == 1 ? " is" : "s are");
	}
}

static void
judge_copy(const struct judge *j, const struct seal *seal,
    const struct digest *next, const struct live_copy *c, struct report *r)
{
	if (c->e.flaw != EXAMINE_NONE) {
		r->repairable = seal != NULL;
		report_add(r, "content", LEVEL_CRITICAL,
		    "the live database is "
		    "damaged: %s; %s",
		    c->e.why,
		    seal == NULL ? "restore it"
				 : "kdc-verify --repair rebuilds it");
	} else if (seal == NULL ||
	    digest_equal(&c->e.facts.digest, &seal->m.dump.digest)) {
		return;
	} else if (next == NULL) {
		add_drift(j, seal, c->dump, r);
	} else if (!digest_equal(&c->e.facts.digest, next)) {
		r->repairable = true;
		report_add(r, "content", LEVEL_CRITICAL,
		    "kdc-apply was cut short between two generations; "
		    "kdc-verify --repair finishes it");
	}
}

static bool
is_trusted(const struct report *r)
{
	for (unsigned i = 0; i < r->n; i++)
		if (strcmp(r->finding[i].check, "seal") == 0 ||
		    (strcmp(r->finding[i].check, "signer") == 0 &&
			r->finding[i].level != LEVEL_WARNING))
			return false;
	return true;
}

/* How far the seal has brought this replica.  One that is not good tells
 * nothing, and one that tells less than was known does not undo that. */
static void
follow(const struct judge *j, const struct seal *seal, const struct report *r,
    struct proof *p)
{
	struct proof was;

	if (seal == NULL)
		return;
	(void)proof_read(j->state, &was);
	p->dump = was.dump;
	if (is_trusted(r) && !proof_beyond(&was, seal)) {
		(void)proof_follow(p, seal);
		return;
	}
	p->epoch = was.epoch;
	p->generation = was.generation;
	p->as_of = was.as_of;
	p->mark = was.mark;
}

static void
deep(const struct judge *j, const struct seal *seal, const struct digest *next,
    struct report *r)
{
	struct live_copy c = LIVE_COPY_NONE;
	struct proof p = { .time = r->now };
	unsigned before = r->n;
	int rc;

	follow(j, seal, r, &p);
	rc = live_copy_take(j->cf, j->place, "verify", EXAMINE_LIBKDB5, &c);
	if (rc != 0) {
		report_add(r, "content", LEVEL_UNKNOWN,
		    rc == LOCK_BUSY
			? "the database stayed locked; the holder is named "
			  "above"
			: "could not be checked; the reason is above");
		return;
	}
	judge_copy(j, seal, next, &c, r);
	p.good = r->n == before;
	(void)snprintf(p.result, sizeof(p.result), "%s",
	    p.good ? "good" : r->finding[before].check);
	if (c.e.flaw == EXAMINE_NONE) {
		p.digest = c.e.facts.digest;
		master_check(j, c.db, true, r, &p);
	}
	p.stamp = c.stamp;
	live_copy_drop(&c);
	r->proof = p.time;
	/* A primary's records are kdc-snapshot's own. */
	if (seal == NULL)
		return;
	if (p.good)
		(void)deep_done(j->state);
	if (proof_write(j->state, &p) == -1)
		report_add(r, "proof", LEVEL_WARNING,
		    "the proof could not be "
		    "recorded; every check will be a deep one");
}

void
content_check(const struct judge *j, const struct seal *seal,
    const struct digest *next, struct report *r)
{
	struct proof p;
	int there = files_exist(j->place->db);

	live_copy_sweep(j->place, "verify");
	if (there != PLACE_DATA) {
		r->repairable = seal != NULL && there != -1;
		report_add(r, "content", LEVEL_CRITICAL, "%s: %s", j->place->db,
		    there == 0 ? "there is no database"
			       : "one of its two files is missing");
		return;
	}
	if (seal == NULL || j->deep || deep_due(j->state) ||
	    proof_holds(j->cf, j->place, j->state, &seal->m.dump.digest, &p) !=
		1) {
		deep(j, seal, next, r);
		return;
	}
	r->proof = p.time;
	master_check(j, j->place->db, false, r, &p);
}
