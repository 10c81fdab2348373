#include "lookups.h"

#include "entry.h"
#include "pass.h"

#include <stdlib.h>
#include <string.h>

/* What is kept of a hash database, until it can stand in order. */
struct heap {
	struct exam *x;
	struct lines lines;
	bool note; /* its facts, too */
};

/* A hash database's walk may lead in circles and never end. */
static int
keep(void *arg, struct princ *p, struct span line)
{
	struct heap *h = arg;

	if (h->note)
		dump_note_princ(&h->x->e->facts, h->x->place->realm, p);
	if (h->lines.n >= h->x->most)
		return exam_flaw(h->x, EXAMINE_WALK,
		    "a walk meets more records than "
		    "the file has room for");
	return lines_add(&h->lines, line) == 0 ? 0 : EXAM_HOST;
}

static int
collect(struct heap *h)
{
	int rc;

	rc = pass_run(h->x, false, keep, h);
	if (rc == 0 && lines_sort(&h->lines, DUMP_PRINC) == -1)
		rc = EXAM_HOST;
	return rc;
}

int
lookups_dump(struct exam *x)
{
	struct heap h = { .x = x, .note = true };
	struct span line;
	int rc;

	rc = collect(&h);
	for (size_t i = 0; i < h.lines.n && rc == 0; i++) {
		line = h.lines.sorted[i];
		rc = exam_write(x, dump_name(DUMP_PRINC, line), line);
	}
	lines_release(&h.lines);
	return rc;
}

/* The second walk: what of the dump has not been met. */
struct rest {
	struct exam *x;
	struct span lines;
};

static int
meet_backwards(void *arg, struct princ *p, struct span line)
{
	struct rest *r = arg;
	struct span tail;

	(void)p;
	if (line.len > r->lines.len)
		return exam_flaw(r->x, EXAMINE_WALK,
		    "the reverse walk finds records "
		    "that the forward walk does not");
	tail = (struct span){ r->lines.p + r->lines.len - line.len, line.len };
	if (!span_equal(tail, line))
		return exam_flaw(r->x, EXAMINE_WALK,
		    "the reverse walk meets other "
		    "records than the forward walk");
	r->lines.len -= line.len;
	return 0;
}

/* A hash database has no order to reverse: the second walk, sorted, must give
 * the same lines. */
static int
walk_again(struct rest *r)
{
	struct heap h = { .x = r->x };
	int rc;

	rc = collect(&h);
	for (size_t i = 0; i < h.lines.n && rc == 0; i++) {
		struct span at = { r->lines.p, h.lines.sorted[i].len };

		if (at.len > r->lines.len ||
		    !span_equal(at, h.lines.sorted[i])) {
			rc = exam_flaw(r->x, EXAMINE_WALK, "two walks differ");
			break;
		}
		r->lines.p += at.len;
		r->lines.len -= at.len;
	}
	lines_release(&h.lines);
	return rc;
}

/* The part of a dump that holds principals. */
static struct span
princs_of(struct span all)
{
	struct dump_cursor c;
	struct span line, from;

	if (dump_open(all, &c) == -1)
		return (struct span){ all.p, 0 };
	from = (struct span){ c.rest.p, 0 };
	while (dump_next(&c, &line) == DUMP_PRINC)
		from.len += line.len;
	return from;
}

static int
prove_walk(struct exam *x, struct span all)
{
	struct rest r = { x, princs_of(all) };
	int rc;

	if (x->hash)
		rc = walk_again(&r);
	else
		rc = pass_run(x, true, meet_backwards, &r);
	if (rc == 0 && r.lines.len != 0)
		rc = exam_flaw(x, EXAMINE_WALK, "the %s walk misses records",
		    x->hash ? "second" : "reverse");
	return rc;
}

static int
look_up(struct exam *x, struct span line, struct princ *p, struct bytes *again)
{
	krb5_db_entry *e = NULL;
	char *name = NULL;
	int rc = 0;

	if (entry_get(x->ctx, dump_name(DUMP_PRINC, line), &e) != 0)
		return exam_flaw(x, EXAMINE_LOOKUP, "a lookup fails");
	if (e == NULL)
		return exam_flaw(x, EXAMINE_LOOKUP,
		    "a lookup does not find a "
		    "principal that the walk met");
	again->len = 0;
	if (entry_to_princ(x->ctx, e, p, &name) == -1 ||
	    princ_encode(p, again) == -1 ||
	    !span_equal((struct span){ again->p, again->len }, line))
		rc = exam_flaw(x, EXAMINE_LOOKUP,
		    "a lookup finds another record "
		    "than the walk met");
	krb5_free_unparsed_name(x->ctx, name);
	krb5_db_free_principal(x->ctx, e);
	return rc;
}

static int
look_up_policy(
    struct exam *x, struct span line, struct policy *p, struct bytes *again)
{
	struct span name = dump_name(DUMP_POLICY, line);
	char *text = strndup(name.p, name.len);
	osa_policy_ent_t e = NULL;
	int rc = 0;

	if (text == NULL)
		return EXAM_HOST;
	again->len = 0;
	if (krb5_db_get_policy(x->ctx, text, &e) != 0 || e == NULL ||
	    entry_to_policy(e, p) == -1 || policy_encode(p, again) == -1 ||
	    !span_equal((struct span){ again->p, again->len }, line))
		rc = exam_flaw(x, EXAMINE_LOOKUP,
		    "a lookup does not find a policy "
		    "as the walk met it");
	if (e != NULL)
		krb5_db_free_policy(x->ctx, e);
	free(text);
	return rc;
}

static int
look_up_all(struct exam *x, struct span all)
{
	struct princ p = PRINC_NONE;
	struct bytes again = BYTES_NONE;
	struct dump_cursor c;
	struct span line;
	int rc;

	/* One lock for all: each lookup would open and close the file. */
	if (krb5_db_lock(x->ctx, KRB5_DB_LOCKMODE_SHARED) != 0)
		return exam_flaw(x, EXAMINE_UNREADABLE, "it cannot be locked");
	rc = dump_open(all, &c) == -1 ? EXAM_HOST : 0;
	while (rc == 0 && dump_next(&c, &line) == DUMP_PRINC)
		rc = look_up(x, line, &p, &again);
	(void)krb5_db_unlock(x->ctx);
	princ_release(&p);
	bytes_release(&again);
	return rc;
}

int
lookups_prove(struct exam *x, struct span all)
{
	int rc;

	rc = prove_walk(x, all);
	return rc == 0 ? look_up_all(x, all) : rc;
}

int
lookups_policies(struct exam *x, struct span lines)
{
	struct policy q = POLICY_NONE;
	struct bytes again = BYTES_NONE;
	struct dump_cursor c = { lines };
	enum dump_line kind;
	struct span line;
	int rc = 0;

	while ((kind = dump_next(&c, &line)) == DUMP_POLICY && rc == 0)
		rc = look_up_policy(x, line, &q, &again);
	if (rc == 0 && kind != DUMP_END)
		rc = EXAM_HOST;
	policy_release(&q);
	bytes_release(&again);
	return rc;
}
