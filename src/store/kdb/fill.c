#include "fill.h"

#include "../../format/dump.h"
#include "../../sys/file.h"
#include "../../sys/outward.h"
#include "../../sys/proc.h"
#include "../../sys/say.h"
#include "../../sys/work.h"
#include "bulk.h"
#include "counters.h"
#include "walk.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEADLINE_MS (30 * 60 * 1000)
#define PUTS_A_LOOK 1024
#define LATE_DEADLINE_MS (60 * 1000) /* the KDC waits for it */

struct load {
	const struct place *place;
	const char *shadow, *old;
	int dump;
	krb5_context to, from; /* shadow, copy of the live database */
	struct fetched was;
	int file; /* shadow's principals; -1 */
	struct outward outward;
	unsigned puts; /* since it was asked for its size */
};

/* libkdb5 flushes it at the end, and has little to wait for then: names ascend, so
 * that what stands behind is done with. */
static void
write_out(struct load *l)
{
	struct stat st;

	if (++l->puts % PUTS_A_LOOK == 0 && fstat(l->file, &st) == 0)
		outward_begin(&l->outward, l->file, (uint64_t)st.st_size);
}

static int
put_princ(struct load *l, struct princ *p)
{
	krb5_error_code code;
	int there = 0;

	if (l->from != NULL)
		there = fetch(l->from, l->old, p->name, &l->was);
	if (there == 1) {
		counters_carry(p, &l->was.p);
		fetch_drop(l->from, &l->was);
	}
	if (there == -1)
		return -1;
	code = entry_put_princ(l->to, p);
	if (code != 0)
		entry_say(l->to, l->shadow, "put a principal", code);
	write_out(l);
	return code == 0 ? 0 : -1;
}

static int
put_policy(struct load *l, const struct policy *p)
{
	krb5_error_code code = entry_put_policy(l->to, p);

	if (code != 0)
		entry_say(l->to, l->shadow, "put a policy", code);
	return code == 0 ? 0 : -1;
}

static int
put_line(struct load *l, enum dump_line kind, struct span line, struct princ *p,
    struct policy *q)
{
	work_step();
	if (kind == DUMP_PRINC && princ_decode(line, p) == 0)
		return put_princ(l, p);
	if (kind == DUMP_POLICY && policy_decode(line, q) == 0)
		return put_policy(l, q);
	say("%s: a line that is no record of a canonical dump", l->shadow);
	return -1;
}

static int
put_all(struct load *l, struct span all)
{
	struct princ p = PRINC_NONE;
	struct policy q = POLICY_NONE;
	struct dump_cursor c;
	struct span line;
	enum dump_line kind = DUMP_BAD;
	struct bulk b;
	int rc = -1;

	/* Principals under one lock, or each put would be an fsync; policies
	 * take their own. */
	if (bulk_begin(l->to, l->shadow, &b) == -1) {
		/* db2's create does not hear what write(2) says. */
		say("%s: the database just made cannot be opened (is the disk "
		    "full or failing?)",
		    l->shadow);
		return -1;
	}
	if (dump_open(all, &c) == 0) {
		rc = 0;
		while (rc == 0 && (kind = dump_next(&c, &line)) == DUMP_PRINC)
			rc = put_line(l, kind, line, &p, &q);
	}
	if (bulk_end(l->to, l->shadow, &b) == -1)
		rc = -1;
	while (rc == 0 && kind != DUMP_END) {
		rc = put_line(l, kind, line, &p, &q);
		kind = dump_next(&c, &line);
	}
	princ_release(&p);
	policy_release(&q);
	return rc;
}

static int
open_both(struct load *l, bool create)
{
	char path[PATH_MAX];

	l->to = entry_open(l->place, l->shadow, create);
	if (l->to == NULL)
		return -1;
	place_path(l->shadow, PLACE_PRINCIPALS, path);
	l->file = file_open(path);
	if (l->old == NULL)
		return 0;
	l->from = entry_open(l->place, l->old, false);
	if (l->from == NULL)
		return -1;
	return krb5_db_lock(l->from, KRB5_DB_LOCKMODE_SHARED) == 0 ? 0 : -1;
}

static void
close_both(struct load *l)
{
	if (l->from != NULL)
		(void)krb5_db_unlock(l->from);
	entry_close(l->from);
	entry_close(l->to);
	if (l->file != -1)
		(void)close(l->file);
	fetch_release(&l->was);
}

static uint64_t
count_lines(struct span all)
{
	const char *p = all.p, *end = all.p + all.len;
	uint64_t n = 0;

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		p++;
		n++;
	}
	return n;
}

static int
load_child(void *arg, void *result)
{
	struct load *l = arg;
	struct span all = { NULL, 0 };
	int rc = -1;

	(void)result;
	if (open_both(l, true) == 0 && file_map(l->dump, "dump", &all) == 0) {
		if (work_watched())
			work_expect(count_lines(all));
		rc = put_all(l, all);
	}
	file_unmap(&all);
	close_both(l);
	return rc == 0 ? 0 : 1;
}

int
fill_load(const struct place *p, const char *shadow, int dump, const char *old)
{
	struct load l = { .place = p,
		.shadow = shadow,
		.old = old,
		.dump = dump,
		.file = -1 };
	const int keep[] = { dump, -1 };
	int rc;

	work_begin("built");
	rc = proc_call(shadow, load_child, &l, NULL, 0, keep, 0, DEADLINE_MS);
	work_end();
	return rc == 0 ? 0 : -1;
}

/*
 * Late counters: what the KDC wrote between two copies.
 */
struct late {
	struct load *l;
	struct fetched target;
	uint64_t n;
};

/* p: a record of the late copy. */
static int
late_princ(void *arg, struct princ *p, struct span line)
{
	struct late *t = arg;
	struct load *l = t->l;
	struct princ *to = &t->target.p;
	int rc = 0, there;

	(void)line;
	there = fetch(l->to, l->shadow, p->name, &t->target);
	if (there != 1)
		return there == 0 ? 0 : 1;
	if (!counters_equal(to, p) && princ_same_keys(to, p)) {
		counters_carry(to, p);
		if (entry_put_princ(l->to, to) != 0)
			rc = 1;
		t->n++;
	}
	fetch_drop(l->to, &t->target);
	return rc;
}

static int
late_child(void *arg, void *result)
{
	struct load *l = arg;
	struct late t = { .l = l };
	char why[160];
	int rc = -1;

	if (open_both(l, false) == 0 &&
	    krb5_db_lock(l->to, KRB5_DB_LOCKMODE_EXCLUSIVE) == 0) {
		rc = walk_princs(l->from, false, why, late_princ, &t);
		if (rc < 0)
			say("%s: %s", l->old, why);
		(void)krb5_db_unlock(l->to);
	}
	fetch_release(&t.target);
	close_both(l);
	*(uint64_t *)result = t.n;
	return rc == 0 ? 0 : 1;
}

int
fill_late(
    const struct place *p, const char *shadow, const char *late, uint64_t *n)
{
	struct load l = { .place = p,
		.shadow = shadow,
		.old = late,
		.dump = -1,
		.file = -1 };
	const int keep[] = { -1 };

	*n = 0;
	return proc_call(late, late_child, &l, n, sizeof(*n), keep, 0,
		   LATE_DEADLINE_MS) == 0
	    ? 0
	    : -1;
}
