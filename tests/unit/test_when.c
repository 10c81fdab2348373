#include "golden.h"

#include "format/when.h"

#include <inttypes.h>

static void
known_moments(void **state)
{
	/* From date -u -d @N. */
	static const struct {
		int64_t t;
		const char *text;
	} moment[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ 951782400, "2000-02-29T00:00:00Z" },
		{ 1795332900, "2026-11-22T07:35:00Z" },
		{ INT64_C(2147483648), "2038-01-19T03:14:08Z" },
		{ INT64_C(4107542400), "2100-03-01T00:00:00Z" },
		{ INT64_C(253402300799), "9999-12-31T23:59:59Z" },
	};
	char text[WHEN_TEXT];
	int64_t t;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(moment) / sizeof(moment[0]); i++) {
		assert_int_equal(when_encode(moment[i].t, text), 0);
		assert_string_equal(text, moment[i].text);
		assert_int_equal(when_decode(text, 20, &t), 0);
		assert_true(t == moment[i].t);
	}
	assert_int_equal(when_encode(-1, text), -1);
	assert_int_equal(when_encode(INT64_C(253402300800), text), -1);
	assert_int_equal(when_encode(INT64_MAX, text), -1);
}

static void
not_moments(void **state)
{
	static const char *const bad[] = {
		"2026-02-29T00:00:00Z",
		"2100-02-29T00:00:00Z",
		"2026-13-01T00:00:00Z",
		"2026-00-01T00:00:00Z",
		"2026-01-00T00:00:00Z",
		"2026-04-31T00:00:00Z",
		"2026-01-01T24:00:00Z",
		"2026-01-01T00:60:00Z",
		"2026-01-01T00:00:60Z",
		"2026-01-01 00:00:00Z",
		"2026-01-01T00:00:00z",
		"2026-01-01T00:00:00+",
		"1969-12-31T23:59:59Z",
		"2026-1-01T00:00:00ZZ",
		"+026-01-01T00:00:00Z",
		" 026-01-01T00:00:00Z",
	};
	int64_t t;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(when_decode(bad[i], strlen(bad[i]), &t), -1);
	assert_int_equal(when_decode("2026-01-01T00:00:00Z", 19, &t), -1);
	assert_int_equal(when_decode("2026-01-01T00:00:00Z0", 21, &t), -1);
}

static void
for_people(void **state)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} length[] = {
		{ 0, "0 s" },
		{ 59, "59 s" },
		{ 60, "1 min" },
		{ 3599, "59 min" },
		{ 3600, "1 h" },
		{ 86399, "23 h" },
		{ 86400, "1 d" },
		{ 5 * 86400 + 1, "5 d" },
		{ -42, "-42 s" },
		{ -7300, "-2 h" },
		{ INT64_MAX, "99999999 d" },
		{ INT64_MIN, "-99999999 d" },
	};
	char text[16];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(length) / sizeof(length[0]); i++) {
		when_span(length[i].seconds, text);
		assert_string_equal(text, length[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_moments),
		cmocka_unit_test(not_moments),
		cmocka_unit_test(for_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
