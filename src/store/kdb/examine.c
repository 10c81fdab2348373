#include "examine.h"

#include "../../sys/file.h"
#include "../../sys/proc.h"
#include "../../sys/work.h"
#include "entry.h"
#include "halves.h"
#include "lookups.h"
#include "structure.h"
#include "walk.h"

#include <stdio.h>
#include <string.h>

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
	if (rc == 0)
		rc = exam_flush(x);
	*princs = x->e->facts.size;
	if (rc == 0)
		rc = write_policies(x);
	if (rc == 0)
		return exam_end(x);
	digest_drop(x->digest);
	return rc;
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

static int
examine_here(struct exam *x)
{
	struct halves h;
	uint64_t princs;
	int rc;

	rc = structure_prove(x);
	if (rc != 0)
		return rc;
	work_expect(x->sound ? x->tree.records : 0);
	halves_begin(&h, x);
	x->ctx = entry_open(x->place, x->db, false);
	if (x->ctx == NULL)
		rc = exam_flaw(x, EXAMINE_UNREADABLE, "it does not open");
	if (rc == 0)
		rc = write_dump(x, &h, &princs);
	halves_release(&h);
	return rc == 0 ? prove(x, princs) : rc;
}

static int
child(void *arg, void *result)
{
	struct exam x = *(struct exam *)arg;
	int rc;

	x.e = result;
	rc = examine_here(&x);
	entry_close(x.ctx);
	structure_release(&x);
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
	return examine_as(p, db, out, e, EXAMINE_BEST);
}

int
examine_kept(
    const struct place *p, const char *db, int out, struct examination *e)
{
	struct exam x = { .place = p, .db = db, .out = out, .kept = true };

	return run(&x, e);
}

int
examine_as(const struct place *p, const char *db, int out,
    struct examination *e, enum examine_how how)
{
	struct exam x = { .place = p, .db = db, .out = out, .how = how };

	return run(&x, e);
}
