#include "examine.h"

#include "../../sys/file.h"
#include "../../sys/proc.h"
#include "entry.h"
#include "lines.h"
#include "walk.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEADLINE_MS (30 * 60 * 1000)
#define CHUNK (256 * 1024)

/* What ends a walk: the database's fault, told in e, or this host's. */
enum { FLAW = 1, HOST };

struct exam {
	const struct place *place;
	const char *db;
	int out;
	krb5_context ctx;
	bool hash;
	uint64_t most; /* records that the principals' file has room for */
	struct examination *e;
	/* First pass: what is written and not yet flushed. */
	struct digest_run *digest;
	struct bytes chunk;
	struct bytes last; /* the name before this one */
	bool collect;	   /* keep lines instead of writing them */
	struct lines keep;
	/* Second pass: what of the dump has not been met. */
	struct span rest;
};

static int __attribute__((format(printf, 3, 4)))
flaw(struct exam *x, enum examine_flaw what, const char *fmt, ...)
{
	va_list ap;

	x->e->flaw = what;
	va_start(ap, fmt);
	(void)vsnprintf(x->e->why, sizeof(x->e->why), fmt, ap);
	va_end(ap);
	return FLAW;
}

/* The answer of a walk as one of ours. */
static int
walked(struct exam *x, int rc)
{
	if (rc == WALK_FAILED)
		x->e->flaw = EXAMINE_UNREADABLE;
	else if (rc == WALK_RECORD)
		x->e->flaw = EXAMINE_RECORD;
	return rc < 0 ? FLAW : rc;
}

/* Hash or btree: the magic number that libdb2 writes first (its btree.h and
 * hash.h), in either byte order. */
static int
find_kind(struct exam *x)
{
	char path[PATH_MAX];
	uint32_t magic = 0;
	int64_t size;
	int fd;

	place_path(x->db, PLACE_PRINCIPALS, path);
	fd = file_open(path);
	if (fd == -1)
		return flaw(x, EXAMINE_UNREADABLE,
		    "the principals' file "
		    "cannot be opened");
	if (pread(fd, &magic, sizeof(magic), 0) != sizeof(magic))
		magic = 0;
	size = file_size(fd, path);
	x->most = (uint64_t)(size < 0 ? 0 : size) / KRB5_KDB_V1_BASE_LENGTH;
	(void)close(fd);
	x->hash = magic == 0x00061561 || magic == 0x61150600;
	if (!x->hash && magic != 0x00053162 && magic != 0x62310500)
		return flaw(x, EXAMINE_UNREADABLE,
		    "the principals' file is "
		    "no DB2 database");
	return 0;
}

/*
 * First pass: the canonical dump.
 */
static int
flush(struct exam *x)
{
	if (digest_add(x->digest, x->chunk.p, x->chunk.len) == -1 ||
	    file_write(x->out, "dump", x->chunk.p, x->chunk.len) == -1)
		return HOST;
	x->e->facts.size += x->chunk.len;
	x->chunk.len = 0;
	return 0;
}

static int
emit(struct exam *x, struct span line)
{
	if (bytes_add(&x->chunk, line.p, line.len) == -1)
		return HOST;
	return x->chunk.len < CHUNK ? 0 : flush(x);
}

static int
ascending(struct exam *x, struct span name)
{
	struct span last = { x->last.p, x->last.len };

	if (name.len > DUMP_NAME_MAX)
		return flaw(x, EXAMINE_ORDER,
		    "a name of %zu bytes; past %d "
		    "libdb2 loses records",
		    name.len, DUMP_NAME_MAX);
	if (last.len > 0 && span_compare(name, last) <= 0)
		return flaw(x, EXAMINE_ORDER, "a name out of order or twice");
	x->last.len = 0;
	return bytes_add(&x->last, name.p, name.len) == 0 ? 0 : HOST;
}

/* A hash database's principal; its walk may lead in circles and never end. */
static int
collect(struct exam *x, struct span line)
{
	if (x->keep.n >= x->most)
		return flaw(x, EXAMINE_WALK,
		    "a walk meets more records than "
		    "the file has room for");
	return lines_add(&x->keep, line) == 0 ? 0 : HOST;
}

static int
dump_princ(void *arg, struct princ *p, struct span line)
{
	struct exam *x = arg;
	int rc;

	dump_note_princ(&x->e->facts, x->place->realm, p);
	if (x->collect)
		return collect(x, line);
	rc = ascending(x, p->name);
	return rc != 0 ? rc : emit(x, line);
}

static int
dump_policy(void *arg, struct policy *p, struct span line)
{
	struct exam *x = arg;

	dump_note_policy(&x->e->facts, p);
	return lines_add(&x->keep, line) == 0 ? 0 : HOST;
}

/* Sorts what was collected and writes it. */
static int
emit_sorted(struct exam *x, enum dump_line kind)
{
	struct lines *l = &x->keep;
	int rc = 0;

	if (lines_sort(l, kind) == -1)
		return HOST;
	x->last.len = 0;
	for (size_t i = 0; i < l->n && rc == 0; i++) {
		rc = ascending(x, dump_name(kind, l->sorted[i]));
		if (rc == 0)
			rc = emit(x, l->sorted[i]);
	}
	return rc;
}

static int
dump_princs(struct exam *x)
{
	int rc;

	x->collect = x->hash;
	rc = walked(x, walk_princs(x->ctx, false, x->e->why, dump_princ, x));
	if (rc == 0 && x->hash)
		rc = emit_sorted(x, DUMP_PRINC);
	lines_release(&x->keep);
	return rc;
}

static int
dump_policies(struct exam *x)
{
	int rc;

	rc = walked(x, walk_policies(x->ctx, x->e->why, dump_policy, x));
	if (rc == 0)
		rc = emit_sorted(x, DUMP_POLICY);
	lines_release(&x->keep);
	return rc;
}

static int
dump(struct exam *x)
{
	static const struct span header = { DUMP_HEADER,
		sizeof(DUMP_HEADER) - 1 };
	int rc = HOST;

	x->digest = digest_begin();
	if (x->digest == NULL)
		return HOST;
	if (emit(x, header) == 0)
		rc = dump_princs(x);
	if (rc == 0)
		rc = dump_policies(x);
	if (rc == 0)
		rc = flush(x);
	if (rc != 0)
		digest_drop(x->digest);
	else if (digest_end(x->digest, &x->e->facts.digest) == -1)
		rc = HOST;
	return rc;
}

/*
 * Second pass: the other way round, then every name.
 */
static int
meet_backwards(void *arg, struct princ *p, struct span line)
{
	struct exam *x = arg;
	struct span tail;

	(void)p;
	if (line.len > x->rest.len)
		return flaw(x, EXAMINE_WALK,
		    "the reverse walk finds records "
		    "that the forward walk does not");
	tail = (struct span){ x->rest.p + x->rest.len - line.len, line.len };
	if (!span_equal(tail, line))
		return flaw(x, EXAMINE_WALK,
		    "the reverse walk meets other "
		    "records than the forward walk");
	x->rest.len -= line.len;
	return 0;
}

static int
keep_again(void *arg, struct princ *p, struct span line)
{
	struct exam *x = arg;

	(void)p;
	return collect(x, line);
}

/* A hash database has no order to reverse: the second walk, sorted, must give
 * the same lines. */
static int
walk_again(struct exam *x)
{
	struct lines *l = &x->keep;
	int rc;

	rc = walked(x, walk_princs(x->ctx, false, x->e->why, keep_again, x));
	if (rc == 0 && lines_sort(l, DUMP_PRINC) == -1)
		rc = HOST;
	for (size_t i = 0; i < l->n && rc == 0; i++) {
		struct span at = { x->rest.p, l->sorted[i].len };

		if (at.len > x->rest.len || !span_equal(at, l->sorted[i])) {
			rc = flaw(x, EXAMINE_WALK, "two walks differ");
			break;
		}
		x->rest.p += at.len;
		x->rest.len -= at.len;
	}
	lines_release(l);
	return rc;
}

static int
prove_walk(struct exam *x, struct span princs)
{
	int rc;

	x->rest = princs;
	if (x->hash)
		rc = walk_again(x);
	else
		rc = walked(
		    x, walk_princs(x->ctx, true, x->e->why, meet_backwards, x));
	if (rc == 0 && x->rest.len != 0)
		rc = flaw(x, EXAMINE_WALK, "the %s walk misses records",
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
		return flaw(x, EXAMINE_LOOKUP, "a lookup fails");
	if (e == NULL)
		return flaw(x, EXAMINE_LOOKUP,
		    "a lookup does not find a "
		    "principal that the walk met");
	again->len = 0;
	if (entry_to_princ(x->ctx, e, p, &name) == -1 ||
	    princ_encode(p, again) == -1 ||
	    !span_equal((struct span){ again->p, again->len }, line))
		rc = flaw(x, EXAMINE_LOOKUP,
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
		return HOST;
	again->len = 0;
	if (krb5_db_get_policy(x->ctx, text, &e) != 0 || e == NULL ||
	    entry_to_policy(e, p) == -1 || policy_encode(p, again) == -1 ||
	    !span_equal((struct span){ again->p, again->len }, line))
		rc = flaw(x, EXAMINE_LOOKUP,
		    "a lookup does not find a policy "
		    "as the walk met it");
	if (e != NULL)
		krb5_db_free_policy(x->ctx, e);
	free(text);
	return rc;
}

/* Every name of the dump; *princs_end is where the policies begin. */
static int
prove_lookups(struct exam *x, struct span all)
{
	struct princ p = PRINC_NONE;
	struct policy q = POLICY_NONE;
	struct bytes again = BYTES_NONE;
	struct dump_cursor c;
	struct span line;
	enum dump_line kind;
	int rc = 0;

	/* One lock for all: each lookup would open and close the file. */
	if (krb5_db_lock(x->ctx, KRB5_DB_LOCKMODE_SHARED) != 0)
		return flaw(x, EXAMINE_UNREADABLE, "it cannot be locked");
	if (dump_open(all, &c) == -1)
		rc = HOST;
	while (rc == 0 && (kind = dump_next(&c, &line)) == DUMP_PRINC)
		rc = look_up(x, line, &p, &again);
	(void)krb5_db_unlock(x->ctx);
	while (rc == 0 && kind == DUMP_POLICY) {
		rc = look_up_policy(x, line, &q, &again);
		kind = dump_next(&c, &line);
	}
	if (rc == 0 && kind != DUMP_END)
		rc = HOST;
	princ_release(&p);
	policy_release(&q);
	bytes_release(&again);
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
prove(struct exam *x)
{
	struct span all = { NULL, 0 };
	int rc;

	if (file_map(x->out, "dump", &all) == -1)
		return HOST;
	rc = prove_walk(x, princs_of(all));
	if (rc == 0)
		rc = prove_lookups(x, all);
	file_unmap(&all);
	return rc;
}

static int
child(void *arg, void *result)
{
	struct exam x = *(struct exam *)arg;
	int rc;

	x.e = result;
	rc = find_kind(&x);
	if (rc == 0) {
		x.ctx = entry_open(x.place, x.db, false);
		if (x.ctx == NULL)
			rc = flaw(&x, EXAMINE_UNREADABLE, "it does not open");
	}
	if (rc == 0)
		rc = dump(&x);
	if (rc == 0)
		rc = prove(&x);
	entry_close(x.ctx);
	bytes_release(&x.chunk);
	bytes_release(&x.last);
	lines_release(&x.keep);
	return rc == HOST ? 1 : 0;
}

int
examine(const struct place *p, const char *db, int out, struct examination *e)
{
	struct exam x = { .place = p, .db = db, .out = out };
	const int keep[] = { out, -1 };
	int rc;

	memset(e, 0, sizeof(*e));
	rc = proc_call(db, child, &x, e, sizeof(*e), keep, 0, DEADLINE_MS);
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
