#include "examine.h"

#include "../../sys/file.h"
#include "../../sys/proc.h"
#include "../../sys/say.h"
#include "../../sys/work.h"
#include "direct.h"
#include "entry.h"
#include "halves.h"
#include "lookups.h"
#include "structure.h"
#include "walk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DEADLINE_MS (30 * 60 * 1000)

/*
 * The dump.
 */
/* Policies are few: kept, for libkdb5 holds a mutex while it walks them. */
struct policies {
	struct exam *x;
	struct lines lines;
};

static int
keep_policy(void *arg, struct policy *p, struct span line)
{
	struct policies *k = arg;

	dump_note_policy(&k->x->e->facts, p);
	return lines_add(&k->lines, line) == 0 ? 0 : EXAM_HOST;
}

static int
write_policies(struct exam *x)
{
	struct policies k = { .x = x };
	struct span line;
	int rc;

	rc = exam_walked(x, walk_policies(x->ctx, x->e->why, keep_policy, &k));
	if (rc == 0 && lines_sort(&k.lines, DUMP_POLICY) == -1)
		rc = EXAM_HOST;
	x->last.len = 0;
	for (size_t i = 0; i < k.lines.n && rc == 0; i++) {
		line = k.lines.sorted[i];
		rc = exam_write(x, dump_name(DUMP_POLICY, line), line);
	}
	lines_release(&k.lines);
	return rc;
}

/* A file that was written over may be longer. */
static int
cut(int fd, uint64_t size)
{
	if (ftruncate(fd, (off_t)size) == 0)
		return 0;
	say("dump: truncate: %s", strerror(errno));
	return EXAM_HOST;
}

/* The policies behind the principals, and their proof. */
static int
write_rest(struct exam *x, uint64_t *princs)
{
	int rc;

	rc = exam_flush(x);
	*princs = x->e->facts.size;
	if (rc == 0)
		rc = write_policies(x);
	if (rc == 0)
		rc = exam_end(x);
	if (rc == 0)
		rc = cut(x->out, x->e->facts.size);
	return rc;
}

/* *princs: the size of the dump without its policies. */
static int
write_dump(struct exam *x, struct halves *h, uint64_t *princs)
{
	int rc;

	rc = exam_begin(x);
	if (rc == 0 && x->hash)
		rc = lookups_dump(x);
	else if (rc == 0)
		rc = halves_dump(h);
	return rc == 0 ? write_rest(x, princs) : rc;
}

/*
 * The proof.
 */
static int
prove(struct exam *x, uint64_t princs)
{
	struct span all = { NULL, 0 }, policies;
	int rc = 0;

	if (file_map(x->out, "dump", &all) == -1)
		return EXAM_HOST;
	policies = (struct span){ all.p + princs, all.len - princs };
	if (!x->sound)
		rc = lookups_prove(x, all);
	if (rc == 0)
		rc = lookups_policies(x, policies);
	file_unmap(&all);
	return rc;
}

/*
 * By libkdb5.
 */
static int
open_database(struct exam *x)
{
	x->ctx = entry_open(x->place, x->db, false);
	if (x->ctx == NULL)
		return exam_flaw(x, EXAMINE_UNREADABLE, "it does not open");
	return 0;
}

static int
by_libkdb5(struct exam *x)
{
	struct halves h;
	uint64_t princs;
	int rc;

	rc = structure_prove(x);
	if (rc == 0)
		rc = cut(x->out, 0);
	if (rc != 0)
		return rc;
	work_expect(x->sound ? x->tree.records : 0);
	halves_begin(&h, x);
	rc = open_database(x);
	if (rc == 0)
		rc = write_dump(x, &h, &princs);
	halves_release(&h);
	return rc == 0 ? prove(x, princs) : rc;
}

/*
 * From the pages.
 */
static int
dump_direct(struct exam *x, uint64_t *princs)
{
	struct direct d;
	int rc;

	direct_begin(&d, x);
	/* While the second is at work. */
	rc = structure_policies(x);
	if (rc == 0)
		rc = open_database(x);
	if (rc == 0)
		rc = direct_dump(&d);
	direct_release(&d);
	return rc == 0 ? write_rest(x, princs) : rc;
}

static int
from_pages(struct exam *x)
{
	uint64_t princs;
	int rc;

	rc = structure_outline(x);
	if (rc != 0)
		return rc;
	if (work_watched())
		work_expect(leaves_records(&x->tree));
	rc = exam_begin(x);
	if (rc == 0)
		rc = exam_flush(x);
	if (rc == 0)
		rc = dump_direct(x, &princs);
	return rc == 0 ? prove(x, princs) : rc;
}

static void
release(struct exam *x)
{
	entry_close(x->ctx);
	x->ctx = NULL;
	structure_release(x);
	digest_drop(x->digest);
	x->digest = NULL;
	x->chunk.len = x->last.len = 0;
	x->outward.from = 0;
}

/* As if nothing had been done. */
static int
begin_again(struct exam *x)
{
	release(x);
	memset(x->e, 0, sizeof(*x->e));
	return ftruncate(x->out, 0) == -1 || lseek(x->out, 0, SEEK_SET) == -1
	    ? EXAM_HOST
	    : 0;
}

static int
examine_here(struct exam *x)
{
	int rc;

	if (x->how == EXAMINE_BEST || x->how == EXAMINE_DIRECT_ALONE ||
	    x->how == EXAMINE_DIRECT_BOTH) {
		rc = from_pages(x);
		if (rc != EXAM_OTHERWISE)
			return rc;
		if (begin_again(x) != 0)
			return EXAM_HOST;
	}
	return by_libkdb5(x);
}

static int
child(void *arg, void *result)
{
	struct exam x = *(struct exam *)arg;
	int rc;

	x.e = result;
	rc = examine_here(&x);
	release(&x);
	bytes_release(&x.chunk);
	bytes_release(&x.last);
	return rc == EXAM_HOST ? 1 : 0;
}

static int
run(struct exam *x, struct examination *e)
{
	const int keep[] = { x->out, -1 };
	int rc;

	memset(e, 0, sizeof(*e));
	work_begin("proved");
	rc = proc_call(x->db, child, x, e, sizeof(*e), keep, 0, DEADLINE_MS);
	work_end();
	e->why[sizeof(e->why) - 1] = '\0';
	if (rc == 1 || rc == -1)
		return -1;
	if (rc != 0) {
		e->flaw = EXAMINE_UNREADABLE;
		(void)snprintf(e->why, sizeof(e->why),
		    "walking it crashed or "
		    "hung libkdb5");
	}
	return 0;
}

int
examine(const struct place *p, const char *db, int out, struct examination *e)
{
	return examine_as(p, db, out, e, EXAMINE_LIBKDB5);
}

int
examine_kept(const struct place *p, const char *db, int out,
    struct examination *e, enum examine_how how)
{
	struct exam x = {
		.place = p, .db = db, .out = out, .how = how, .kept = true
	};

	return run(&x, e);
}

int
examine_unread(const struct place *p, const char *db, int out,
    struct examination *e, enum examine_how how)
{
	struct exam x = {
		.place = p, .db = db, .out = out, .how = how, .unread = true
	};

	return run(&x, e);
}

int
examine_as(const struct place *p, const char *db, int out,
    struct examination *e, enum examine_how how)
{
	struct exam x = { .place = p, .db = db, .out = out, .how = how };

	return run(&x, e);
}
