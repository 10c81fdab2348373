/* Goal of this test: lines that were added in any order come out in the order of
 * a canonical dump, whole. */

#include "golden.h"

#include "store/kdb/lines.h"

static int
add(struct lines *l, const char *line)
{
	return lines_add(l, golden_text(line));
}

/* The lines, sorted and one behind the other, are want. */
static void
come_out(struct lines *l, enum dump_line kind, struct span want)
{
	struct bytes b = BYTES_NONE;

	assert_int_equal(lines_sort(l, kind), 0);
	for (size_t i = 0; i < l->n; i++)
		assert_int_equal(
		    bytes_add(&b, l->sorted[i].p, l->sorted[i].len), 0);
	assert_int_equal(b.len, want.len);
	assert_memory_equal(b.p, want.p, want.len);
	bytes_release(&b);
	lines_release(l);
	assert_int_equal(l->n, 0);
	assert_null(l->index);
	assert_null(l->sorted);
	assert_null(l->heap.p);
}

static void
test_none(void **state)
{
	struct lines l = LINES_NONE;

	(void)state;
	lines_release(&l);
	assert_int_equal(lines_sort(&l, DUMP_PRINC), 0);
	assert_int_equal(l.n, 0);
	assert_non_null(l.sorted);
	lines_release(&l);
	lines_release(&l);
}

/* By name, not by what stands before it: lengths and counts. */
static void
test_principals(void **state)
{
	struct lines l = LINES_NONE;

	(void)state;
	assert_int_equal(add(&l, "princ\t1\t9\t9\t9\t9\tb\t1\n"), 0);
	assert_int_equal(add(&l, "princ\t9\t1\t1\t1\t1\tab\t2\n"), 0);
	assert_int_equal(add(&l, "princ\t5\t5\t5\t5\t5\ta\t3\n"), 0);
	come_out(&l, DUMP_PRINC,
	    golden_text("princ\t5\t5\t5\t5\t5\ta\t3\n"
			"princ\t9\t1\t1\t1\t1\tab\t2\n"
			"princ\t1\t9\t9\t9\t9\tb\t1\n"));
}

/* Bytes are unsigned; a name stands before its continuations. */
static void
test_policies(void **state)
{
	struct lines l = LINES_NONE;

	(void)state;
	assert_int_equal(add(&l, "policy\t\xff\t1\n"), 0);
	assert_int_equal(add(&l, "policy\taa\t2\n"), 0);
	assert_int_equal(add(&l, "policy\tB\t3\n"), 0);
	assert_int_equal(add(&l, "policy\t~\t4\n"), 0);
	assert_int_equal(add(&l, "policy\ta\t9\n"), 0);
	assert_int_equal(add(&l, "policy\t\x80\t5\n"), 0);
	assert_int_equal(add(&l, "policy\ta b\t6\n"), 0);
	come_out(&l, DUMP_POLICY,
	    golden_text("policy\tB\t3\npolicy\ta\t9\npolicy\ta b\t6\n"
			"policy\taa\t2\npolicy\t~\t4\npolicy\t\x80\t5\n"
			"policy\t\xff\t1\n"));
}

/* Many, which move in memory while they are added. */
static void
test_many(void **state)
{
	struct lines l = LINES_NONE;
	struct bytes want = BYTES_NONE;
	char line[64];
	unsigned at;

	(void)state;
	for (unsigned i = 0; i < 10007; i++) {
		/* 10007 is a prime: each number once. */
		at = i * 4001 % 10007;
		snprintf(line, sizeof(line), "policy\t%05u\t%u\n", at, at * 7);
		assert_int_equal(add(&l, line), 0);
		snprintf(line, sizeof(line), "policy\t%05u\t%u\n", i, i * 7);
		assert_int_equal(bytes_add(&want, line, strlen(line)), 0);
	}
	assert_int_equal(l.n, 10007);
	come_out(&l, DUMP_POLICY, golden_span(&want));
	bytes_release(&want);
}

/* The golden dump, added from its end. */
static void
test_golden(void **state)
{
	struct bytes dump = golden_read(GOLDEN "format-1/dump");
	struct lines l[2] = { LINES_NONE, LINES_NONE };
	struct span line[64], princs, policies;
	enum dump_line kind[64];
	struct dump_cursor c;
	size_t n = 0;

	(void)state;
	assert_int_equal(dump_open(golden_span(&dump), &c), 0);
	princs = c.rest;
	policies = (struct span){ NULL, 0 };
	while ((kind[n] = dump_next(&c, &line[n])) != DUMP_END) {
		assert_int_not_equal(kind[n], DUMP_BAD);
		if (kind[n] == DUMP_POLICY && policies.p == NULL)
			policies.p = line[n].p;
		assert_true(++n < 64);
	}
	policies.len = (size_t)(dump.p + dump.len - policies.p);
	princs.len -= policies.len;
	while (n-- > 0)
		assert_int_equal(
		    lines_add(&l[kind[n] == DUMP_POLICY], line[n]), 0);
	assert_int_equal(l[0].n, 6);
	assert_int_equal(l[1].n, 3);
	come_out(&l[0], DUMP_PRINC, princs);
	come_out(&l[1], DUMP_POLICY, policies);
	bytes_release(&dump);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_principals),
		cmocka_unit_test(test_policies),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_golden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
