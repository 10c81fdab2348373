/* Goal of this test: what deltas make of a dump, and the lines it changes, are
 * found without making it: for librsync's own deltas and for such of whole
 * lines, alone and in chains.  A delta that is cut, damaged or lies gives
 * something else, which a digest tells, or is refused; nothing outside its own
 * bytes and the base's is ever read. */

#include "format/dump.h"
#include "format/pieces.h"
#include "sys/delta.h"
#include "sys/file.h"
#include "scratch.h"

#define NAMES 400
#define ROUNDS 300
#define MAX ((size_t)1 << 20)

static uint32_t seed = 20261122;

static size_t
pick(size_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

/* What a dump has: a version of each name, 0: not. */
struct realm {
	uint8_t version[NAMES];
};

static void
line(struct bytes *b, size_t name, unsigned version)
{
	char text[64], noise[100];
	int n;

	/* As long as its version says. */
	scratch_noise(noise, sizeof(noise), (uint32_t)name * 256 + version);
	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (char)('a' + (noise[i] & 15));
	n = snprintf(
	    text, sizeof(text), "princ\t38\t4\t0\t0\t0\t%04zu\t", name);
	assert_int_equal(bytes_add(b, text, (size_t)n), 0);
	assert_int_equal(bytes_add(b, noise, 20 + version % 70), 0);
	assert_int_equal(bytes_add(b, "\n", 1), 0);
}

static struct bytes
write_out(const struct realm *r)
{
	struct bytes b = BYTES_NONE;

	assert_int_equal(bytes_add(&b, DUMP_HEADER, strlen(DUMP_HEADER)), 0);
	for (size_t i = 0; i < NAMES; i++)
		if (r->version[i] != 0)
			line(&b, i, r->version[i]);
	return b;
}

static void
change(struct realm *r)
{
	for (size_t n = pick(20); n > 0; n--)
		r->version[pick(NAMES)] = (uint8_t)pick(256);
	/* A range that goes. */
	if (pick(5) == 0)
		memset(r->version + pick(NAMES - 10), 0, 10);
}

static struct span
view(const struct bytes *b)
{
	return (struct span){ b->p, b->len };
}

static struct bytes
delta_of(const struct bytes *from, const struct bytes *to)
{
	int a = scratch_file(from->p, from->len);
	int b = scratch_file(to->p, to->len), d = scratch_file("", 0);
	struct bytes out = BYTES_NONE;

	assert_int_equal(delta_make(a, b, d), 0);
	assert_int_equal(lseek(d, 0, SEEK_SET), 0);
	assert_int_equal(file_read_fd(d, "delta", MAX, &out), 0);
	close(a);
	close(b);
	close(d);
	return out;
}

/* One command: a literal. */
static void
put_literal(struct bytes *d, struct span s)
{
	char op[3] = { 0x42, (char)(s.len >> 8), (char)s.len };

	assert_true(s.len < 65536);
	if (s.len == 0)
		return;
	assert_int_equal(bytes_add(d, op, 3), 0);
	assert_int_equal(bytes_add(d, s.p, s.len), 0);
}

static void
put_copy(struct bytes *d, size_t at, size_t len)
{
	char op[9] = { 0x4f, (char)(at >> 24), (char)(at >> 16),
		(char)(at >> 8), (char)at, (char)(len >> 24), (char)(len >> 16),
		(char)(len >> 8), (char)len };

	if (len > 0)
		assert_int_equal(bytes_add(d, op, 9), 0);
}

/* Whole lines: what a merge of the two finds. */
struct merge {
	struct bytes *d;
	struct span from, to;
	size_t at, was; /* how far either is accounted for */
};

static int
on_change(void *arg, enum dump_change what, enum dump_line kind,
    struct span name, struct span from, struct span to)
{
	struct merge *m = arg;
	size_t same;

	(void)kind;
	(void)name;
	if (what == DUMP_ADDED)
		same = (size_t)(to.p - m->to.p) - m->at;
	else
		same = (size_t)(from.p - m->from.p) - m->was;
	put_copy(m->d, m->was, same);
	m->was += same + from.len;
	m->at += same + to.len;
	put_literal(m->d, to);
	return 0;
}

static struct bytes
delta_of_lines(const struct bytes *from, const struct bytes *to)
{
	struct bytes d = BYTES_NONE;
	struct merge m = { &d, view(from), view(to), 0, 0 };

	assert_int_equal(bytes_add(&d, "rs\0026", 4), 0);
	assert_int_equal(dump_diff(view(from), view(to), on_change, &m), 0);
	put_copy(&d, m.was, from->len - m.was);
	assert_int_equal(bytes_add(&d, "", 1), 0);
	return d;
}

static struct bytes
make(const struct pieces *p)
{
	struct bytes b = BYTES_NONE;

	for (size_t i = 0; i < p->n; i++) {
		assert_int_equal(p->v[i].at, b.len);
		assert_int_equal(
		    bytes_add(&b, p->v[i].bytes.p, p->v[i].bytes.len), 0);
	}
	assert_int_equal(p->size, b.len);
	return b;
}

static int
note(void *arg, enum dump_change what, enum dump_line kind, struct span name,
    struct span from, struct span to)
{
	char w = (char)('0' + (int)what);

	(void)kind;
	assert_int_equal(bytes_add(arg, &w, 1), 0);
	assert_int_equal(bytes_add(arg, name.p, name.len), 0);
	assert_int_equal(bytes_add(arg, from.p, from.len), 0);
	assert_int_equal(bytes_add(arg, to.p, to.len), 0);
	return 0;
}

static struct bytes
difference(struct span from, struct span to)
{
	struct bytes b = BYTES_NONE;

	assert_int_equal(dump_diff(from, to, note, &b), 0);
	return b;
}

static void
assert_same(struct bytes a, struct bytes b)
{
	assert_true(span_equal(view(&a), view(&b)));
	bytes_release(&a);
	bytes_release(&b);
}

/* The small dumps differ as the large ones do. */
static void
check_changes(
    const struct pieces *p, const struct bytes *base, const struct bytes *now)
{
	struct bytes from = BYTES_NONE, to = BYTES_NONE;
	const char *why = NULL;

	assert_int_equal(pieces_changes(p, MAX, &from, &to, &why), 0);
	assert_same(difference(view(base), view(now)),
	    difference(view(&from), view(&to)));
	bytes_release(&from);
	bytes_release(&to);
}

/* Chains of one to three deltas of one kind or the other. */
static void
test_chains(void **state)
{
	struct realm r;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct bytes base, was, d[3];
		size_t n = 1 + pick(3);
		struct pieces p;
		const char *why = NULL;

		for (size_t i = 0; i < NAMES; i++)
			r.version[i] = (uint8_t)pick(256);
		base = write_out(&r);
		was = write_out(&r);
		assert_int_equal(pieces_begin(&p, view(&base)), 0);
		for (size_t i = 0; i < n; i++) {
			struct bytes now;

			if (round > 0)
				change(&r);
			now = write_out(&r);
			d[i] = pick(2) == 0 ? delta_of(&was, &now)
					    : delta_of_lines(&was, &now);
			assert_int_equal(
			    pieces_apply(&p, view(&d[i]), &why), 0);
			bytes_release(&was);
			was = now;
		}
		check_changes(&p, &base, &was);
		assert_same(make(&p), was);
		pieces_release(&p);
		for (size_t i = 0; i < n; i++)
			bytes_release(&d[i]);
		bytes_release(&base);
	}
}

/* A copy of exactly n bytes, so that the sanitizer sees one byte too many. */
static int
apply(struct span base, const char *delta, size_t n, struct pieces *p)
{
	const char *why = NULL;
	int rc;

	assert_int_equal(pieces_begin(p, base), 0);
	rc = pieces_apply(p, (struct span){ delta, n }, &why);
	assert_true((rc == -1) == (why != NULL));
	return rc;
}

/* Refused, or it makes something, for which lines are found or not. */
static void
try(struct span base, const char *delta, size_t n)
{
	struct bytes from = BYTES_NONE, to = BYTES_NONE;
	struct pieces p;
	const char *why = NULL;

	if (apply(base, delta, n, &p) == 0) {
		struct bytes all = make(&p);

		if (pieces_changes(&p, MAX, &from, &to, &why) == -1)
			assert_non_null(why);
		bytes_release(&all);
	}
	pieces_release(&p);
	bytes_release(&from);
	bytes_release(&to);
}

static void
test_damage(void **state)
{
	struct realm r = { { 0 } };
	struct bytes base, now, d;

	(void)state;
	for (size_t i = 0; i < 30; i++)
		r.version[i] = (uint8_t)pick(256);
	base = write_out(&r);
	r.version[3]++;
	r.version[17] = 0;
	now = write_out(&r);
	d = delta_of_lines(&base, &now);
	for (size_t n = 0; n < d.len; n++) {
		char *cut = malloc(n + 1);
		struct pieces p;

		assert_non_null(cut);
		memcpy(cut, d.p, n);
		cut = realloc(cut, n == 0 ? 1 : n);
		assert_int_equal(apply(view(&base), cut, n, &p), -1);
		pieces_release(&p);
		free(cut);
	}
	for (size_t bit = 0; bit < 8 * d.len; bit++) {
		d.p[bit / 8] = (char)(d.p[bit / 8] ^ 1 << bit % 8);
		try(view(&base), d.p, d.len);
		d.p[bit / 8] = (char)(d.p[bit / 8] ^ 1 << bit % 8);
	}
	bytes_release(&base);
	bytes_release(&now);
	bytes_release(&d);
}

static void
one(int want_apply, int want_changes, const char *base, const char *delta,
    size_t n, const char *from, const char *to)
{
	struct span all = { base, strlen(base) };
	struct bytes a = BYTES_NONE, b = BYTES_NONE;
	struct pieces p;
	const char *why = NULL;

	assert_int_equal(apply(all, delta, n, &p), want_apply);
	if (want_apply == 0) {
		assert_int_equal(
		    pieces_changes(&p, 200, &a, &b, &why), want_changes);
		assert_true((why == NULL) == (want_changes == 0));
	}
	if (from != NULL) {
		assert_int_equal(a.len, strlen(from));
		assert_memory_equal(a.p, from, a.len);
		assert_int_equal(b.len, strlen(to));
		assert_memory_equal(b.p, to, b.len);
	}
	bytes_release(&a);
	bytes_release(&b);
	pieces_release(&p);
}
#define ONE(apply, changes, delta, from, to)                                   \
	one(apply, changes, H "aaa\nbbb\nccc\n", "rs\0026" delta,              \
	    sizeof(delta) + 3, from, to)
#define H DUMP_HEADER

static void
test_by_hand(void **state)
{
	(void)state;
	assert_int_equal(strlen(H), 30);
	/* All of it. */
	ONE(0, 0, "\x45\0\x2a\0", H, H);
	/* In the middle of lines. */
	ONE(0, 0, "\x45\0\x23\x02xy\x45\x25\x05\0", H "bbb\n", H "bxy\n");
	ONE(0, 0, "\x45\0\x1e\x02xy\x45\x1f\x0b\0", H "aaa\n", H "xyaa\n");
	/* Two lines become one, one two. */
	ONE(0, 0, "\x45\0\x20\x45\x23\x07\0", H "aaa\nbbb\n", H "aabb\n");
	ONE(0, 0, "\x45\0\x24\x01\n\x45\x24\x06\0", H "bbb\n", H "bb\nb\n");
	/* The first line, and the last. */
	ONE(0, 0, "\x01X\x45\1\x29\0", H,
	    "X"
	    "db5_util load_dump version 7\n");
	ONE(0, 0, "\x45\0\x26\0", H "ccc\n", H);
	ONE(0, 0,
	    "\x45\0\x2a\x04"
	    "ddd\n\0",
	    H, H "ddd\n");
	ONE(0, 0, "\0", H "aaa\nbbb\nccc\n", "");
	/* Not in the order of the base, and twice. */
	ONE(0, 0, "\x45\0\x1e\x45\x22\4\x45\x1e\4\x45\x26\4\0", H "aaa\n",
	    H "aaa\n");
	ONE(0, 0, "\x45\0\x22\x45\x1e\x0c\0", H "bbb\nccc\n",
	    H "aaa\nbbb\nccc\n");
	/* What is not there. */
	ONE(-1, 0, "\x45\0\x2b\0", NULL, NULL);
	ONE(-1, 0, "\x45\x2a\1\0", NULL, NULL);
	ONE(-1, 0, "\x4c\xff\xff\xff\xff\xff\xff\xff\xff\1\0", NULL, NULL);
	ONE(-1, 0, "\x48\1\xff\xff\xff\xff\xff\xff\xff\xff\0", NULL, NULL);
	/* Commands that are none. */
	ONE(-1, 0, "\x55\0", NULL, NULL);
	ONE(-1, 0, "\x41\0\0", NULL, NULL);
	ONE(-1, 0, "\x45\0\0\0", NULL, NULL);
	ONE(-1, 0, "\x45\0\x2a\0\0", NULL, NULL);
	ONE(-1, 0, "\x45\0\x2a", NULL, NULL);
}

/* Too much is refused before it is copied. */
static void
test_too_much(void **state)
{
	struct bytes a = BYTES_NONE, b = BYTES_NONE;
	struct realm r;
	struct bytes base;
	struct pieces p;
	const char *why = NULL;
	struct bytes d = BYTES_NONE;
	uint64_t n = 1;

	(void)state;
	memset(&r, 7, sizeof(r));
	base = write_out(&r);
	assert_int_equal(apply(view(&base), "rs\0026", 5, &p), 0);
	assert_int_equal(pieces_changes(&p, base.len - 1, &a, &b, &why), -1);
	assert_string_equal(why, "it changes too much");
	bytes_release(&a);
	bytes_release(&b);
	pieces_release(&p);
	/* A chain that doubles its pieces each time has an end. */
	assert_int_equal(bytes_add(&d, "rs\0026", 4), 0);
	put_copy(&d, 1, 1);
	put_copy(&d, 3, 1);
	assert_int_equal(bytes_add(&d, "", 1), 0);
	assert_int_equal(pieces_begin(&p, view(&base)), 0);
	while (pieces_apply(&p, view(&d), &why) == 0) {
		n = p.size;
		d.len = 4;
		put_copy(&d, 0, (size_t)n);
		put_copy(&d, 0, (size_t)n);
		assert_int_equal(bytes_add(&d, "", 1), 0);
		assert_true(p.n <= PIECES_MAX);
	}
	assert_string_equal(why, "too many pieces");
	pieces_release(&p);
	bytes_release(&d);
	bytes_release(&base);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chains),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_by_hand),
		cmocka_unit_test(test_too_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
