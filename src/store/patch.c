#include "patch.h"

#include "open.h"

#include "../format/dump.h"
#include "../sys/archive.h"
#include "../sys/delta.h"
#include "../sys/file.h"
#include "../sys/newfile.h"
#include "../sys/proc.h"
#include "../sys/say.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DEADLINE_MS (30 * 60 * 1000)

struct work {
	const struct patch *x;
	const struct manifest *now;
	int plain, step; /* scratch: delta, result so far */
	int from;	 /* what the next delta patches */
	struct digest from_digest;
	uint64_t bound; /* of intermediate results, bytes */
	bool patched;	/* from_digest is the last delta's result */
	bool known;	/* the base is what the deltas would make */
};

struct answer {
	enum verdict_outcome outcome;
	bool payload;
	char why[256];
};

#define CUT_SHORT                                                              \
	"bundle: cannot be unpacked, it is damaged or cut short; send it "     \
	"again, or, if it was brought by hand, copy it again and compare "     \
	"its size"

static int
fail(struct answer *a, enum verdict_outcome o, const char *why)
{
	int e = errno;

	a->outcome = o;
	(void)snprintf(a->why, sizeof(a->why), "%s%s%s", why,
	    o == VERDICT_FAILED ? ": " : "",
	    o == VERDICT_FAILED ? strerror(e) : "");
	return -1;
}

/* The tar itself: what was said of it will do. */
static int
damaged(struct answer *a)
{
	a->outcome = VERDICT_REFUSED;
	say_last(a->why, sizeof(a->why));
	return -1;
}

/* The disk here is full or failing; else its bytes end too early. */
static int
cannot_read(struct answer *a)
{
	enum verdict_outcome o = open_fault();

	return fail(a, o,
	    o == VERDICT_FAILED ? "bundle: cannot be unpacked" : CUT_SHORT);
}

/* A step with this payload failed, and what it said goes into the one line.  A
 * delta is not signed, only what comes of it, and the whole dump takes its
 * place. */
static int
spoilt(struct answer *a, const struct open_bundle *b, const char *what)
{
	enum verdict_outcome o = open_fault();
	char said[80], name[BUNDLE_NAME_MAX];

	if (o == VERDICT_FAILED)
		return cannot_read(a);
	if (b->part == BUNDLE_DELTA)
		o = VERDICT_NEED_FULL;
	say_last(said, sizeof(said));
	bundle_name(b->part, &b->base, name);
	a->outcome = o;
	(void)snprintf(a->why, sizeof(a->why), "bundle: %s: %s (%s); %s", name,
	    what, said,
	    o == VERDICT_NEED_FULL ? VERDICT_TAKE_FULL : VERDICT_REMAKE);
	return -1;
}

static int
empty(int fd)
{
	return ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0 ? 0 : -1;
}

/* From where it stands in the bundle. */
static int
unpack(struct work *w, struct archive_in *in, const struct open_bundle *b,
    int to, uint64_t max, struct answer *a)
{
	const uint64_t from = archive_at(in);
	int64_t size;

	if (empty(to) == -1)
		return fail(a, VERDICT_FAILED, "scratch file");
	errno = 0;
	size = file_size(w->x->bundle, "bundle");
	if (size == -1 || (uint64_t)size < from ||
	    (uint64_t)size - from < b->size)
		return cannot_read(a);
	if (archive_decompress_part(
		w->x->bundle, from, b->size, to, max, to == w->x->out) == -1)
		return spoilt(a, b, "does not decompress");
	return 0;
}

/* One delta: from the result so far, or the base, to a new result. */
static int
apply_delta(struct work *w, struct archive_in *in, const struct open_bundle *b,
    struct answer *a)
{
	int old = w->from;

	if (old == -1) {
		a->outcome = VERDICT_NEED_FULL; /* said by the caller */
		return -1;
	}
	/* What it leads to is here already: nothing is to be made of it. */
	if (!w->patched && !digest_equal(&b->base, &w->from_digest) &&
	    digest_equal(&w->from_digest, &w->now->dump.digest)) {
		w->known = true;
		return 0;
	}
	if (!digest_equal(&b->base, &w->from_digest))
		return fail(a, VERDICT_NEED_FULL,
		    w->patched
			? "bundle: a delta is missing or out of "
			  "order; " VERDICT_TAKE_FULL
			: "bundle: its delta is for another dump than the "
			  "one sealed here; " VERDICT_TAKE_FULL);
	if (unpack(w, in, b, w->plain, w->bound, a) == -1)
		return -1;
	w->from = old == w->x->out ? w->step : w->x->out;
	if (empty(w->from) == -1)
		return fail(a, VERDICT_FAILED, "scratch file");
	errno = 0;
	if (delta_patch(old, w->plain, w->from, w->bound) == -1 ||
	    file_digest(w->from, "dump", &w->from_digest) == -1)
		return spoilt(a, b, "does not patch");
	w->patched = true;
	return 0;
}

static int
payloads(struct work *w, struct archive_in *in, struct open_bundle *b,
    struct answer *a)
{
	int rc, got;

	while ((got = open_payload(in, b)) == 1) {
		if (w->known)
			continue;
		a->payload = true;
		if (b->part == BUNDLE_DUMP) {
			rc = unpack(w, in, b, w->x->out, w->now->dump.size, a);
			w->from = w->x->out;
		} else {
			rc = apply_delta(w, in, b, a);
		}
		if (rc == -1)
			return -1;
		if (w->known)
			a->payload = false;
	}
	return got == 0 ? 0 : damaged(a);
}

/* The last result of a chain may have ended up in the scratch file. */
static int
place_result(struct work *w, struct answer *a)
{
	int64_t size;

	if (!a->payload || w->from == w->x->out)
		return 0;
	size = file_size(w->from, "dump");
	if (size == -1 ||
	    file_copy(w->from, w->x->out, (uint64_t)size, "dump") == -1)
		return fail(a, VERDICT_FAILED, "cannot write the dump");
	return 0;
}

/* The dump is not what the manifest describes: the deltas', the dump's or, when
 * its digest is right, the manifest's fault. */
static int
not_signed(
    const struct work *w, struct answer *a, uint64_t line, const char *why)
{
	bool delta =
	    w->patched && !digest_equal(&w->from_digest, &w->now->dump.digest);

	a->outcome = delta ? VERDICT_NEED_FULL : VERDICT_REFUSED;
	if (delta)
		(void)snprintf(a->why, sizeof(a->why),
		    "bundle: what its delta gives is not the signed dump; %s",
		    VERDICT_TAKE_FULL);
	else if (why != NULL)
		(void)snprintf(a->why, sizeof(a->why),
		    "bundle: the dump is not the signed one: line %" PRIu64
		    ": %s; %s",
		    line, why, VERDICT_REMAKE);
	else
		(void)snprintf(a->why, sizeof(a->why),
		    "bundle: the dump is not the signed one; %s",
		    VERDICT_REMAKE);
	return -1;
}

static int
check(struct work *w, struct answer *a)
{
	struct span all = { NULL, 0 };
	struct dump_facts facts;
	const char *why = NULL;
	uint64_t line = 0;
	int rc;

	if (!a->payload || w->x->unread)
		return 0;
	if (file_map(w->x->out, "dump", &all) == -1)
		return fail(a, VERDICT_FAILED, "cannot read the dump back");
	rc = dump_check(all, w->now->realm, &facts, &line, &why);
	file_unmap(&all);
	if (rc == 0 && dump_same_facts(&facts, &w->now->dump))
		return 0;
	return not_signed(w, a, line, rc == -1 ? why : NULL);
}

static void
unpack_all(struct work *w, struct answer *a)
{
	struct open_bundle b = OPEN_NONE;
	struct archive_in *in;

	a->outcome = VERDICT_SEALED;
	errno = 0;
	in = archive_open(w->x->bundle, "bundle");
	if (in == NULL) {
		fail(a, open_fault(), "bundle: cannot be opened");
		return;
	}
	if (open_skip_texts(in, &b) == -1)
		(void)damaged(a);
	b.rules.payload_max = bundle_bound(w->now->dump.size);
	if (a->outcome == VERDICT_SEALED && payloads(w, in, &b, a) == 0 &&
	    place_result(w, a) == 0)
		(void)check(w, a);
	archive_close(in);
}

/* What is said on the way goes into the one line of the answer. */
static int
child(void *arg, void *result)
{
	struct bytes unheard = BYTES_NONE;

	say_capture(&unheard);
	unpack_all(arg, result);
	say_capture(NULL);
	bytes_release(&unheard);
	return 0;
}

/* Twice the larger of base and signed size. */
static int
set_bound(struct work *w)
{
	int64_t base = 0;

	w->bound = w->now->dump.size;
	if (w->x->base != -1)
		base = file_size(w->x->base, "sealed dump");
	if (base == -1)
		return -1;
	if ((uint64_t)base > w->bound)
		w->bound = (uint64_t)base;
	w->bound *= 2;
	return 0;
}

enum verdict_outcome
patch(const struct patch *x, const struct manifest *now, bool *payload)
{
	struct work w = { .x = x,
		.now = now,
		.from = x->base,
		.from_digest = x->base_digest,
		.plain = -1,
		.step = -1 };
	struct answer a = { .outcome = VERDICT_FAILED };
	int keep[6] = { x->bundle, x->out, -1, -1, -1, -1 };

	w.plain = newfile_scratch(x->scratch);
	w.step = newfile_scratch(x->scratch);
	keep[2] = w.plain;
	keep[3] = w.step;
	keep[4] = x->base;
	if (w.plain != -1 && w.step != -1 && set_bound(&w) == 0 &&
	    proc_call("bundle", child, &w, &a, sizeof(a), keep, w.bound,
		DEADLINE_MS) == PROC_CRASHED) {
		/* What crashed it came with the bundle. */
		a.outcome = VERDICT_REFUSED;
	}
	a.why[sizeof(a.why) - 1] = '\0';
	if (a.why[0] != '\0' && a.outcome == VERDICT_FAILED)
		say("%s: %s", x->scratch, a.why);
	else if (a.why[0] != '\0')
		say("%s", a.why);
	if (w.plain != -1)
		(void)close(w.plain);
	if (w.step != -1)
		(void)close(w.step);
	*payload = a.payload;
	return a.outcome;
}
