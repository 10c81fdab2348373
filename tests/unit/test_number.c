#include "golden.h"

#include "format/number.h"

#include <inttypes.h>

static void
like_printf(void **state)
{
	static const int64_t number[] = { 0, 1, -1, 9, 10, 99, 100, 65535,
		INT32_MAX, INT32_MIN, UINT32_MAX, INT64_MAX, -INT64_MAX };
	char text[NUMBER_MAX + 1], want[32];
	struct span s;
	int64_t back;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(number) / sizeof(number[0]); i++) {
		*number_put(text, number[i]) = '\0';
		snprintf(want, sizeof(want), "%" PRId64, number[i]);
		assert_string_equal(text, want);
		s = golden_text(text);
		assert_true(number_take(&s, -INT64_MAX, INT64_MAX, &back));
		assert_int_equal(s.len, 0);
		assert_true(back == number[i]);
	}
	*number_put_u64(text, UINT64_MAX) = '\0';
	assert_string_equal(text, "18446744073709551615");
	*number_put(text, INT64_MIN) = '\0';
	assert_string_equal(text, "-9223372036854775808");
}

/* Around every power of two and of ten, and nothing behind the last digit. */
static void
every_width(void **state)
{
	char text[NUMBER_MAX + 2], want[32];
	uint64_t base[64 + 20], ten = 1, v;
	size_t n = 0;

	(void)state;
	for (unsigned i = 0; i < 64; i++)
		base[n++] = (uint64_t)1 << i;
	for (unsigned i = 0; i < 20; i++, ten *= 10)
		base[n++] = ten;
	for (size_t i = 0; i < n; i++) {
		for (v = base[i] - 2; v != base[i] + 3; v++) {
			memset(text, '!', sizeof(text));
			(void)snprintf(want, sizeof(want), "%" PRIu64 "!", v);
			assert_ptr_equal(
			    number_put_u64(text, v), text + strlen(want) - 1);
			assert_memory_equal(text, want, strlen(want));
		}
	}
}

static void
one_spelling(void **state)
{
	static const char *const bad[] = { "", "-", "+1", " 1", "01", "00",
		"-0", "-01", "x", "--1", "9223372036854775808",
		"18446744073709551616", "99999999999999999999999" };
	struct span s;
	int64_t v;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		s = golden_text(bad[i]);
		assert_false(number_take(&s, INT64_MIN, INT64_MAX, &v));
		assert_ptr_equal(s.p, bad[i]);
		assert_int_equal(s.len, strlen(bad[i]));
	}
}

static void
bounds(void **state)
{
	struct span s;
	uint64_t u;
	int64_t v;

	(void)state;
	s = golden_text("255\t");
	assert_true(number_take_u64(&s, 255, &u));
	assert_int_equal(u, 255);
	assert_int_equal(s.len, 1);
	s = golden_text("256");
	assert_false(number_take_u64(&s, 255, &u));
	s = golden_text("-129");
	assert_false(number_take(&s, -128, 127, &v));
	s = golden_text("-128");
	assert_true(number_take(&s, -128, 127, &v));
	s = golden_text("18446744073709551615");
	assert_true(number_take_u64(&s, UINT64_MAX, &u));
	assert_true(u == UINT64_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(like_printf),
		cmocka_unit_test(every_width),
		cmocka_unit_test(one_spelling),
		cmocka_unit_test(bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
