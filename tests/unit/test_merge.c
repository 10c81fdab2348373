/* Goal of this test: the delta that is merged from two dumps makes exactly the new
 * one, for rdiff as for us, is as small as the lines that changed, and consists
 * of whole lines; one that lies in any bit is seen. */

#include "format/commands.h"
#include "format/dump.h"
#include "format/merge.h"
#include "sys/delta.h"
#include "sys/proc.h"
#include "sys/say.h"
#include "scratch.h"

#define MAX 200000
#define NAMES 400

static uint32_t seed = 19880229;

static unsigned
pick(unsigned n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

struct text {
	char p[MAX];
	size_t n;
};

static int
add(void *arg, const void *p, size_t n)
{
	struct text *t = arg;

	if (n > MAX - t->n)
		return 7;
	memcpy(t->p + t->n, p, n);
	t->n += n;
	return 0;
}

static void
add_line(struct text *t, unsigned name, unsigned key, unsigned len)
{
	char line[512];
	int n;

	if (name >= NAMES * 9 / 10)
		n = snprintf(line, sizeof(line), "policy\tp%05u\t%0*x\n", name,
		    (int)len, key);
	else
		n = snprintf(line, sizeof(line),
		    "princ\t38\t6\t0\t1\t0\tu%05u\t%0*x\t-1;\n", name, (int)len,
		    key);
	assert_int_equal(add(t, line, (size_t)n), 0);
}

static struct text from, to, delta;

/* Two dumps: from each name on, of ten steps do: keep it, change it, leave it
 * out here or there. */
static void
two(unsigned keep, unsigned change, unsigned gone, unsigned come)
{
	unsigned what, key, len;

	from.n = to.n = 0;
	assert_int_equal(add(&from, DUMP_HEADER, sizeof(DUMP_HEADER) - 1), 0);
	assert_int_equal(add(&to, DUMP_HEADER, sizeof(DUMP_HEADER) - 1), 0);
	for (unsigned i = 0; i < NAMES; i++) {
		what = pick(keep + change + gone + come);
		key = pick(1 << 20);
		len = 8 + pick(90);
		if (what >= keep + change + gone) {
			add_line(&to, i, key, len);
			continue;
		}
		add_line(&from, i, key, len);
		if (what < keep)
			add_line(&to, i, key, len);
		else if (what < keep + change)
			add_line(&to, i, key + 1, len + pick(2));
	}
}

static struct span
span(const struct text *t)
{
	return (struct span){ t->p, t->n };
}

static int
make(void)
{
	delta.n = 0;
	return merge_delta(span(&from), span(&to), add, &delta);
}

/* Copies and literals are whole lines, copies ascend. */
static void
whole_lines(void)
{
	struct span rest = span(&delta);
	struct command c;
	uint64_t last = 0;
	const char *end;

	assert_int_equal(command_open(&rest), 0);
	for (;;) {
		assert_int_equal(command_next(&rest, &c), 0);
		if (c.kind == COMMAND_END)
			break;
		end = c.kind == COMMAND_LITERAL ? c.literal.p + c.len - 1
						: from.p + c.at + c.len - 1;
		assert_int_equal(*end, '\n');
		if (c.kind == COMMAND_LITERAL)
			continue;
		assert_true(c.at >= last);
		assert_true(c.at == 0 || from.p[c.at - 1] == '\n');
		last = c.at + c.len;
	}
	assert_int_equal(rest.len, 0);
}

static void
patched(void)
{
	int base = scratch_file(from.p, from.n), out = scratch_file("", 0);
	int d = scratch_file(delta.p, delta.n);

	assert_int_equal(delta_patch(base, d, out, to.n), 0);
	assert_true(scratch_is(out, to.p, to.n));
	close(base);
	close(d);
	close(out);
}

static void
is_right(void)
{
	assert_int_equal(make(), 0);
	assert_true(merge_proves(span(&from), span(&delta), span(&to)));
	whole_lines();
	patched();
}

static void
test_random(void **state)
{
	(void)state;
	for (int i = 0; i < 400; i++) {
		two(pick(40), 1 + pick(3), pick(3), pick(3));
		is_right();
	}
}

static void
test_extremes(void **state)
{
	(void)state;
	two(1, 0, 0, 0); /* nothing changed */
	is_right();
	assert_in_range(delta.n, 6, 16);
	two(0, 1, 0, 0); /* all did */
	is_right();
	two(0, 0, 1, 0); /* all are gone: the header is left */
	is_right();
	assert_int_equal(to.n, sizeof(DUMP_HEADER) - 1);
	assert_in_range(delta.n, 6, 16);
	two(0, 0, 0, 1); /* all are new */
	is_right();
	two(0, 0, 1, 1); /* nothing in common */
	is_right();
	from.n = to.n = sizeof(DUMP_HEADER) - 1; /* empty both */
	is_right();
}

/* One line at each place. */
static void
test_each_place(void **state)
{
	static struct text whole;
	struct dump_cursor c;
	struct span line;

	(void)state;
	two(1, 0, 0, 0);
	whole = from;
	assert_int_equal(dump_open(span(&whole), &c), 0);
	while (dump_next(&c, &line) != DUMP_END) {
		size_t at = (size_t)(line.p - whole.p);

		to = from = whole;
		memmove(to.p + at, to.p + at + line.len, to.n - at - line.len);
		to.n -= line.len;
		is_right();
		assert_in_range(delta.n, 6, 32);
		from = to; /* the other way: it is added */
		to = whole;
		is_right();
		assert_in_range(delta.n, line.len, line.len + 32);
		from = whole;
		from.p[at + line.len - 8] ^= 1;
		is_right();
		assert_in_range(delta.n, line.len, line.len + 32);
	}
}

static void
test_rdiff(void **state)
{
	char dir[32], b[64], d[64], o[64];
	const char *const apply[] = { "rdiff", "-f", "patch", b, d, o, NULL };
	const struct span none = { NULL, 0 };

	(void)state;
	scratch_dir(dir);
	snprintf(b, sizeof(b), "%s/b", dir);
	snprintf(d, sizeof(d), "%s/d", dir);
	snprintf(o, sizeof(o), "%s/o", dir);
	for (int i = 0; i < 20; i++) {
		int fd;

		two(pick(20), 1 + pick(3), pick(3), pick(3));
		is_right();
		scratch_write(b, from.p, from.n);
		scratch_write(d, delta.p, delta.n);
		assert_int_equal(
		    proc_run(apply, NULL, none, NULL, NULL, 0, 60000), 0);
		fd = open(o, O_RDONLY | O_CLOEXEC);
		assert_true(scratch_is(fd, to.p, to.n));
		close(fd);
	}
	scratch_tree(dir);
}

/* What is no dump where it differs is told, never patched wrong. */
static void
test_no_dump(void **state)
{
	unsigned refused = 0;

	(void)state;
	for (int i = 0; i < 4000; i++) {
		struct text *t = i % 2 == 0 ? &from : &to;

		two(20, 1, 1, 1);
		for (unsigned k = pick(4); k < 4; k++)
			t->p[pick((unsigned)t->n)] ^= (char)(1 << pick(8));
		if (pick(4) == 0)
			t->n = pick((unsigned)t->n);
		if (make() == 0) {
			assert_true(
			    merge_proves(span(&from), span(&delta), span(&to)));
			patched();
		} else {
			refused++;
		}
	}
	assert_in_range(refused, 100, 3900);
	from.n = 0;
	assert_int_equal(make(), -1);
}

/* Every truncation, every flipped bit: what still proves makes the dump. */
static void
test_lies(void **state)
{
	static struct text good;
	char *exact;

	(void)state;
	two(30, 1, 1, 1);
	is_right();
	good = delta;
	for (size_t n = 0; n < good.n; n++) {
		exact = malloc(n + 1);
		assert_non_null(exact);
		memcpy(exact, good.p, n);
		if (merge_proves(
			span(&from), (struct span){ exact, n }, span(&to)))
			fail_msg("cut at %zu", n);
		free(exact);
	}
	for (size_t bit = 0; bit < good.n * 8; bit++) {
		delta.p[bit / 8] ^= (char)(1 << bit % 8);
		if (merge_proves(span(&from), span(&delta), span(&to)))
			patched();
		delta = good;
	}
	add(&delta, "x", 1);
	assert_false(merge_proves(span(&from), span(&delta), span(&to)));
	delta = good;
	to.p[to.n - 1] ^= 1;
	assert_false(merge_proves(span(&from), span(&delta), span(&to)));
	to.n--;
	assert_false(merge_proves(span(&from), span(&delta), span(&to)));
}

/* Who takes it may end it. */
static int
refuse(void *arg, const void *p, size_t n)
{
	unsigned *left = arg;

	(void)p;
	(void)n;
	return (*left)-- == 0 ? 7 : 0;
}

static void
test_ended(void **state)
{
	unsigned left;
	int rc = 7;

	(void)state;
	two(30, 1, 1, 1);
	for (unsigned i = 0; rc == 7; i++) {
		left = i;
		rc = merge_delta(span(&from), span(&to), refuse, &left);
	}
	assert_int_equal(rc, 0);
}

/* Lengths and places of every width. */
static void
test_commands(void **state)
{
	static const uint64_t n[] = { 1, 64, 65, 255, 256, 65535, 65536,
		UINT32_MAX, (uint64_t)UINT32_MAX + 1, INT64_MAX };
	char text[COMMAND_MAX + 1];
	struct command c, back;
	struct span rest;
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(n) / sizeof(n[0]); i++)
		for (size_t k = 0; k < sizeof(n) / sizeof(n[0]); k++) {
			c = (struct command){ COMMAND_COPY, n[i] - 1, n[k],
				{ NULL, 0 } };
			len = command_encode(&c, text);
			assert_in_range(len, 3, COMMAND_MAX);
			rest = (struct span){ text, len };
			assert_int_equal(command_next(&rest, &back), 0);
			assert_int_equal(rest.len, 0);
			assert_int_equal(back.kind, COMMAND_COPY);
			assert_true(back.at == c.at && back.len == c.len);
			rest = (struct span){ text, len - 1 };
			assert_int_equal(command_next(&rest, &back), -1);
		}
	/* reserved, and nothing to copy or bring */
	for (int op = 0x55; op <= 0xff; op++) {
		memset(text, 0x11, sizeof(text));
		text[0] = (char)op;
		rest = (struct span){ text, sizeof(text) };
		assert_int_equal(command_next(&rest, &back), -1);
	}
	rest = (struct span){ "\x45\1\0", 3 };
	assert_int_equal(command_next(&rest, &back), -1);
	rest = (struct span){ "\x41\0x", 3 };
	assert_int_equal(command_next(&rest, &back), -1);
	rest = (struct span){ "\x44\xff\xff\xff\xff\xff\xff\xff\xffx", 10 };
	assert_int_equal(command_next(&rest, &back), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_extremes),
		cmocka_unit_test(test_each_place),
		cmocka_unit_test(test_rdiff),
		cmocka_unit_test(test_no_dump),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_ended),
		cmocka_unit_test(test_commands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
