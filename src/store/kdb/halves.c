#include "halves.h"

#include "../../sys/file.h"
#include "../../sys/pour.h"
#include "entry.h"
#include "pass.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define STEP 128       /* records between two looks at the other side */
#define PAGES_MIN 1000 /* of a file that two processes are worth */
#define HEAD 4096
#define NARROW 20000 /* for tests */

struct halves_shared {
	_Atomic uint64_t forward, backward; /* records walked */
	struct examination e;		    /* the second's */
	int rc;
	size_t from; /* its lines begin here */
};

/* Where the second's lines belong, when they have met. */
struct belongs {
	uint64_t at;
	size_t skip; /* bytes of lines that we have walked, too */
};

static bool
met(struct halves *h, uint64_t ours, _Atomic uint64_t *we,
    _Atomic uint64_t *they)
{
	if (ours % STEP != 0)
		return false;
	atomic_store(we, ours);
	return ours + atomic_load(they) >= h->x->tree.records;
}

/*
 * The second.
 */
static int
keep_line(void *arg, struct princ *p, struct span line)
{
	struct halves *h = arg;
	struct halves_shared *s = h->shared;

	if (exam_name(h->x, p->name) != 0)
		return EXAM_FLAW;
	if (line.len > s->from)
		return PASS_ENOUGH;
	dump_note_princ(&h->x->e->facts, h->x->place->realm, p);
	s->from -= line.len;
	memcpy(h->lines + s->from, line.p, line.len);
	h->n++;
	return met(h, h->n, &s->backward, &s->forward) ? PASS_ENOUGH : 0;
}

static int
walk_back(struct halves *h)
{
	struct exam *x = h->x;
	int rc;

	x->ctx = entry_open(x->place, x->db, false);
	if (x->ctx == NULL)
		return exam_flaw(x, EXAMINE_UNREADABLE, "it does not open");
	rc = pass_run(x, true, keep_line, h);
	entry_close(x->ctx);
	return rc == PASS_ENOUGH ? 0 : rc;
}

static int
second(void *arg, int from, int to)
{
	struct halves *h = arg;
	struct halves_shared *s = h->shared;
	struct outward o;
	struct belongs b;
	struct span theirs;
	int rc;

	h->x->e = &s->e;
	s->rc = walk_back(h);
	atomic_store(&s->backward, s->rc == 0 ? h->n : h->x->tree.records);
	if (!beside_tell(to, "", 1) || !beside_hear(from, &b, sizeof(b)))
		return 0;
	theirs = (struct span){ h->lines + s->from + b.skip,
		h->room - s->from - b.skip };
	o.from = b.at;
	rc = pour(h->x->out, "dump", theirs, b.at, h->x->kept ? &o : NULL);
	return rc == 0 ? 0 : 1;
}

/*
 * The first.
 */
static int
write_line(void *arg, struct princ *p, struct span line)
{
	struct halves *h = arg;
	int rc;

	dump_note_princ(&h->x->e->facts, h->x->place->realm, p);
	rc = exam_write(h->x, p->name, line);
	if (rc != 0 || h->shared == NULL)
		return rc;
	h->n++;
	return met(h, h->n, &h->shared->forward, &h->shared->backward)
	    ? PASS_ENOUGH
	    : 0;
}

/* Waits for the second's walk to end, and hears how. */
static int
hear(struct halves *h)
{
	struct exam *x = h->x;
	bool crashed;
	char c;

	if (!beside_hear(h->beside.from, &c, 1)) {
		(void)beside_end(&h->beside, &crashed);
		return crashed ? exam_flaw(x, EXAMINE_UNREADABLE,
				     "walking it backwards crashed libkdb5")
			       : EXAM_HOST;
	}
	if (h->shared->rc != EXAM_FLAW)
		return h->shared->rc;
	x->e->flaw = h->shared->e.flaw;
	memcpy(x->e->why, h->shared->e.why, sizeof(x->e->why));
	return EXAM_FLAW;
}

/* The first n of the second's lines: their length, and what was noted of
 * them. */
static int
measure(struct halves *h, struct span theirs, uint64_t n, size_t *len,
    struct dump_facts *noted)
{
	struct dump_cursor c = { theirs };
	struct princ p = PRINC_NONE;
	struct span line;
	int rc = 0;

	memset(noted, 0, sizeof(*noted));
	*len = 0;
	for (; n > 0 && rc == 0; n--) {
		if (dump_next(&c, &line) == DUMP_PRINC &&
		    princ_decode(line, &p) == 0)
			dump_note_princ(noted, h->x->place->realm, &p);
		else
			rc = EXAM_HOST;
		*len += line.len;
	}
	princ_release(&p);
	return rc;
}

/* What both walked stands at the end of what is written and at the beginning of
 * the second's lines. */
static int
compare(struct halves *h, struct span both)
{
	struct span dump = { NULL, 0 }, tail = { NULL, 0 };
	bool same;

	if (both.len == 0)
		return 0;
	if (file_map(h->x->out, "dump", &dump) == -1)
		return EXAM_HOST;
	if (both.len <= dump.len)
		tail = (struct span){ dump.p + dump.len - both.len, both.len };
	same = span_equal(tail, both);
	file_unmap(&dump);
	return same ? 0
		    : exam_flaw(h->x, EXAMINE_WALK,
			  "the two halves of a walk meet other records");
}

/* The second's lines behind ours; it writes them while we digest them. */
static int
append(struct halves *h, struct span theirs, size_t skip)
{
	struct exam *x = h->x;
	struct belongs b = { x->e->facts.size, skip };
	bool crashed;

	if (!beside_tell(h->beside.to, &b, sizeof(b)) ||
	    digest_add(x->digest, theirs.p + skip, theirs.len - skip) == -1 ||
	    beside_end(&h->beside, &crashed) != 0)
		return EXAM_HOST;
	x->e->facts.size += theirs.len - skip;
	return lseek(x->out, (off_t)x->e->facts.size, SEEK_SET) == -1
	    ? EXAM_HOST
	    : 0;
}

static int
join(struct halves *h)
{
	struct halves_shared *s = h->shared;
	struct span theirs = { h->lines + s->from, h->room - s->from };
	uint64_t back = atomic_load(&s->backward);
	struct dump_facts twice;
	size_t both;
	int rc;

	if (h->n + back < h->x->tree.records)
		return exam_flaw(
		    h->x, EXAMINE_WALK, "the two halves of a walk do not meet");
	rc =
	    measure(h, theirs, h->n + back - h->x->tree.records, &both, &twice);
	if (rc == 0)
		rc = exam_flush(h->x);
	if (rc == 0)
		rc = compare(h, (struct span){ theirs.p, both });
	if (rc != 0)
		return rc;
	dump_note_more(&h->x->e->facts, &s->e.facts);
	h->x->e->facts.principals -= twice.principals;
	h->x->e->facts.mangled -= twice.mangled;
	return append(h, theirs, both);
}

int
halves_dump(struct halves *h)
{
	int rc;

	rc = pass_run(h->x, false, write_line, h);
	if (h->shared == NULL || (rc != 0 && rc != PASS_ENOUGH))
		return rc;
	atomic_store(&h->shared->forward, h->n);
	rc = hear(h);
	return rc == 0 ? join(h) : rc;
}

/*
 * Both.
 */
static bool
worth(const struct exam *x)
{
	if (!x->sound || x->how == EXAMINE_ALONE)
		return false;
	if (x->how == EXAMINE_IN_HALVES || x->how == EXAMINE_NARROW)
		return true;
	return x->tree.b.pages >= PAGES_MIN && beside_cpus() > 1;
}

/* A line is at most twice as long as its record, and its numbers. */
static size_t
room(const struct exam *x)
{
	size_t want, most;

	if (x->how == EXAMINE_NARROW)
		return NARROW;
	want = 2 * x->file.len + 400 * (size_t)x->tree.records;
	most =
	    (size_t)sysconf(_SC_PHYS_PAGES) / 8 * (size_t)sysconf(_SC_PAGESIZE);
	return want < most ? want : most;
}

void
halves_begin(struct halves *h, struct exam *x)
{
	const int keep[] = { x->out, -1 };
	void *p;

	*h = (struct halves){ .x = x, .beside = BESIDE_NONE };
	if (!worth(x))
		return;
	h->room = room(x);
	h->mapped = HEAD + h->room;
	p = mmap(NULL, h->mapped, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return;
	h->shared = p;
	h->lines = (char *)p + HEAD;
	h->shared->from = h->room;
	if (beside_begin(&h->beside, x->db, second, h, keep) == -1)
		halves_release(h);
}

void
halves_release(struct halves *h)
{
	beside_drop(&h->beside);
	if (h->shared != NULL)
		(void)munmap(h->shared, h->mapped);
	h->shared = NULL;
}
