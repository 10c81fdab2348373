#include "golden.h"

#include "format/bytes.h"

static void
order_of_bytes(void **state)
{
	/* In ascending order; the third is above it as unsigned bytes only. */
	static const char *const word[] = { "", "a", "a b", "aa", "b", "\x80",
		"\xff" };
	const size_t n = sizeof(word) / sizeof(word[0]);
	size_t i, j;
	int order;

	(void)state;
	for (i = 0; i < n; i++) {
		for (j = 0; j < n; j++) {
			order = span_compare(
			    golden_text(word[i]), golden_text(word[j]));
			assert_int_equal(
			    (order > 0) - (order < 0), (i > j) - (i < j));
			assert_int_equal(span_equal(golden_text(word[i]),
					     golden_text(word[j])),
			    i == j);
		}
	}
}

static void
empty_spans(void **state)
{
	const struct span none = { NULL, 0 };

	(void)state;
	assert_true(span_equal(none, golden_text("")));
	assert_int_equal(span_compare(none, none), 0);
	assert_true(span_compare(none, golden_text("a")) < 0);
}

static void
grows_and_keeps(void **state)
{
	struct bytes b = BYTES_NONE;
	unsigned i;

	(void)state;
	for (i = 0; i < 100000; i++)
		assert_int_equal(bytes_add(&b, &(char){ (char)i }, 1), 0);
	assert_int_equal(b.len, 100000);
	assert_true(b.cap >= b.len);
	for (i = 0; i < 100000; i++)
		assert_int_equal(b.p[i], (char)i);
	assert_int_equal(bytes_add(&b, NULL, 0), 0);
	bytes_release(&b);
	assert_null(b.p);
	assert_int_equal(b.len + b.cap, 0);
	bytes_release(&b);
}

static void
refuses_the_impossible(void **state)
{
	struct bytes b = BYTES_NONE;

	(void)state;
	assert_int_equal(bytes_add(&b, "abc", 3), 0);
	assert_int_equal(bytes_reserve(&b, SIZE_MAX), -1);
	assert_int_equal(bytes_reserve(&b, SIZE_MAX / 2), -1);
	assert_int_equal(b.len, 3);
	assert_memory_equal(b.p, "abc", 3);
	bytes_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_of_bytes),
		cmocka_unit_test(empty_spans),
		cmocka_unit_test(grows_and_keeps),
		cmocka_unit_test(refuses_the_impossible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
