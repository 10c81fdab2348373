#include "changes.h"

#include "open.h"

#include "../format/dump.h"
#include "../format/pieces.h"
#include "../sys/archive.h"
#include "../sys/file.h"
#include "../sys/newfile.h"
#include "../sys/proc.h"
#include "../sys/say.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DEADLINE_MS (5 * 60 * 1000)

/* Past a tenth of all, filling a new database is faster; of a small realm any
 * change is a tenth.  Both sides are held in memory. */
#define SHARE 10
#define SMALL ((size_t)64 * 1024)
#define LARGE ((size_t)16 * 1024 * 1024)

struct work {
	const struct patch *x;
	const struct manifest *now;
	const struct changes *c;
	int plain;	/* scratch: all deltas one behind the other */
	uint64_t bound; /* of plain, bytes */
	struct span base, deltas;
	size_t end[BUNDLE_DELTAS]; /* in plain, of each */
	unsigned n;
};

struct answer {
	enum verdict_outcome outcome;
	char why[160];
};

static int
fail(struct answer *a, enum verdict_outcome o, const char *why)
{
	a->outcome = o;
	(void)snprintf(a->why, sizeof(a->why), "%s", why);
	return -1;
}

/* The disk's fault is this host's; all else patch will tell. */
static int
spoilt(struct answer *a, const char *why)
{
	if (open_fault() == VERDICT_FAILED)
		return fail(a, VERDICT_FAILED, strerror(errno));
	return fail(a, VERDICT_NEED_FULL, why);
}

static int
unpack(struct work *w, struct archive_in *in, const struct open_bundle *b,
    struct answer *a)
{
	uint64_t had = w->n == 0 ? 0 : w->end[w->n - 1];
	int64_t size;

	errno = 0;
	if (archive_decompress_part(w->x->bundle, archive_at(in), b->size,
		w->plain, w->bound - had, false) == -1)
		return spoilt(a, "a delta cannot be unpacked");
	size = file_size(w->plain, "delta");
	if (size == -1)
		return fail(a, VERDICT_FAILED, strerror(errno));
	w->end[w->n++] = (size_t)size;
	return 0;
}

static int
payloads(struct work *w, struct archive_in *in, struct answer *a)
{
	struct open_bundle b = OPEN_NONE;
	int got;

	if (open_skip_texts(in, &b) == -1)
		return fail(a, VERDICT_NEED_FULL, "damaged");
	b.rules.payload_max = bundle_bound(w->now->dump.size);
	while ((got = open_payload(in, &b)) == 1) {
		if (b.part != BUNDLE_DELTA)
			return fail(a, VERDICT_NEED_FULL, "a whole dump");
		if (w->n == 0 && !digest_equal(&b.base, &w->x->base_digest))
			return fail(a, VERDICT_NEED_FULL, "another base");
		if (unpack(w, in, &b, a) == -1)
			return -1;
	}
	if (got == 0 && w->n > 0)
		return 0;
	return fail(a, VERDICT_NEED_FULL, got == 0 ? "no delta" : "damaged");
}

static int
open_all(struct work *w, struct answer *a)
{
	struct archive_in *in;
	int rc;

	errno = 0;
	in = archive_open(w->x->bundle, "bundle");
	if (in == NULL)
		return spoilt(a, "it cannot be opened");
	rc = payloads(w, in, a);
	archive_close(in);
	if (rc == -1)
		return -1;
	errno = 0;
	if (file_map(w->x->base, "sealed dump", &w->base) == -1 ||
	    file_map(w->plain, "delta", &w->deltas) == -1)
		return fail(a, VERDICT_FAILED, strerror(errno));
	return 0;
}

static size_t
most(const struct work *w)
{
	size_t n = w->base.len / SHARE;

	if (n < SMALL)
		n = SMALL;
	return n > LARGE ? LARGE : n;
}

static int
store(int fd, const struct bytes *b, struct answer *a)
{
	errno = 0;
	if (file_write(fd, "changes", b->p, b->len) == 0)
		return 0;
	return fail(a, VERDICT_FAILED, strerror(errno));
}

/* Shaped and ordered as a dump is, to the last field? */
static const char *
check(const struct work *w, const struct bytes *b)
{
	struct span all = { b->p, b->len };
	struct dump_facts facts;
	const char *why = NULL;
	uint64_t line;

	(void)dump_check(all, w->now->realm, &facts, &line, &why);
	return why;
}

static int
find(struct work *w, struct pieces *p, struct answer *a)
{
	struct bytes from = BYTES_NONE, to = BYTES_NONE;
	const char *why = NULL;
	size_t at = 0;
	int rc = -1;

	if (pieces_begin(p, w->base) == -1)
		why = "no memory";
	for (unsigned i = 0; i < w->n && why == NULL; i++) {
		(void)pieces_apply(
		    p, (struct span){ w->deltas.p + at, w->end[i] - at }, &why);
		at = w->end[i];
	}
	if (why == NULL && p->size != w->now->dump.size)
		why = "they make another size than is signed";
	if (why == NULL)
		(void)pieces_changes(p, most(w), &from, &to, &why);
	if (why == NULL)
		why = check(w, &from);
	if (why == NULL)
		why = check(w, &to);
	if (why != NULL)
		(void)fail(a, VERDICT_NEED_FULL, why);
	else if (store(w->c->from, &from, a) == 0)
		rc = store(w->c->to, &to, a);
	bytes_release(&from);
	bytes_release(&to);
	return rc;
}

static void
read_all(struct work *w, struct answer *a)
{
	struct pieces p = PIECES_NONE;

	if (open_all(w, a) == 0 && find(w, &p, a) == 0)
		a->outcome = VERDICT_SEALED;
	pieces_release(&p);
	file_unmap(&w->base);
	file_unmap(&w->deltas);
}

/* What is said on the way, patch says again. */
static int
child(void *arg, void *result)
{
	struct bytes unheard = BYTES_NONE;

	say_capture(&unheard);
	read_all(arg, result);
	say_capture(NULL);
	bytes_release(&unheard);
	return 0;
}

static int
open_scratch(struct work *w, struct changes *c)
{
	w->plain = newfile_scratch(w->x->scratch);
	c->from = newfile_scratch(w->x->scratch);
	c->to = newfile_scratch(w->x->scratch);
	return w->plain == -1 || c->from == -1 || c->to == -1 ? -1 : 0;
}

enum verdict_outcome
changes_read(
    const struct patch *x, const struct manifest *now, struct changes *c)
{
	struct work w = { .x = x,
		.now = now,
		.c = c,
		.plain = -1,
		.bound = 2 * now->dump.size };
	struct answer a = { .outcome = VERDICT_FAILED };
	int keep[6] = { x->bundle, x->base, -1, -1, -1, -1 };
	/* What is gone may be more than twice what is left: most() bounds it. */
	uint64_t file_max = w.bound > LARGE ? w.bound : LARGE;

	*c = (struct changes)CHANGES_NONE;
	if (open_scratch(&w, c) == 0) {
		keep[2] = w.plain;
		keep[3] = c->from;
		keep[4] = c->to;
		if (proc_call("bundle", child, &w, &a, sizeof(a), keep,
			file_max, DEADLINE_MS) == PROC_CRASHED)
			a.outcome = VERDICT_NEED_FULL;
	}
	a.why[sizeof(a.why) - 1] = '\0';
	if (a.outcome == VERDICT_FAILED && a.why[0] != '\0')
		say("%s: bundle: its changes: %s", x->scratch, a.why);
	else if (a.outcome != VERDICT_SEALED)
		say_debug("bundle: not record by record: %s", a.why);
	if (w.plain != -1)
		(void)close(w.plain);
	if (a.outcome != VERDICT_SEALED)
		changes_release(c);
	return a.outcome;
}

void
changes_release(struct changes *c)
{
	if (c->from != -1)
		(void)close(c->from);
	if (c->to != -1)
		(void)close(c->to);
	*c = (struct changes)CHANGES_NONE;
}
