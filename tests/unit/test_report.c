/* Goal of this test: the level of a report is that of its worst finding, and only
 * what an administrator may judge is overridable. */

#include "golden.h"

#include "verify/report.h"

/* From good to worst. */
static const enum level order[] = { LEVEL_GOOD, LEVEL_WARNING, LEVEL_UNKNOWN,
	LEVEL_CRITICAL };

static void
test_words(void **state)
{
	(void)state;
	/* A monitor's plugin exits with these numbers. */
	assert_int_equal(LEVEL_GOOD, 0);
	assert_int_equal(LEVEL_WARNING, 1);
	assert_int_equal(LEVEL_CRITICAL, 2);
	assert_int_equal(LEVEL_UNKNOWN, 3);
	assert_string_equal(level_word(LEVEL_GOOD), "OK");
	assert_string_equal(level_word(LEVEL_WARNING), "WARNING");
	assert_string_equal(level_word(LEVEL_CRITICAL), "CRITICAL");
	assert_string_equal(level_word(LEVEL_UNKNOWN), "UNKNOWN");
}

static void
test_empty(void **state)
{
	struct report r = { .n = 0 };
	const struct finding *first = r.finding;

	(void)state;
	assert_int_equal(report_level(&r, &first), LEVEL_GOOD);
	assert_null(first);
	assert_int_equal(report_level(&r, NULL), LEVEL_GOOD);
	assert_true(report_overridable(&r));
}

static void
test_add(void **state)
{
	struct report r = { .n = 0 };

	(void)state;
	report_add(&r, "content", LEVEL_CRITICAL, "%s: %d", "principal", 7);
	report_add_overridable(&r, "age", LEVEL_WARNING, "%d%%", 20);
	assert_int_equal(r.n, 2);
	assert_string_equal(r.finding[0].check, "content");
	assert_string_equal(r.finding[0].text, "principal: 7");
	assert_int_equal(r.finding[0].level, LEVEL_CRITICAL);
	assert_false(r.finding[0].overridable);
	assert_string_equal(r.finding[1].check, "age");
	assert_string_equal(r.finding[1].text, "20%");
	assert_int_equal(r.finding[1].level, LEVEL_WARNING);
	assert_true(r.finding[1].overridable);
}

/* Every three levels, in every order: the worst, and of equals the first. */
static void
test_worst(void **state)
{
	const struct finding *first;
	unsigned want, at;
	enum level level;

	(void)state;
	for (unsigned i = 0; i < 4 * 4 * 4; i++) {
		const unsigned rank[] = { i % 4, i / 4 % 4, i / 16 };
		struct report r = { .n = 0 };

		want = at = 0;
		for (unsigned j = 0; j < 3; j++) {
			report_add(&r, "a", order[rank[j]], "x");
			if (rank[j] > want) {
				want = rank[j];
				at = j;
			}
		}
		level = report_level(&r, &first);
		assert_int_equal(level, order[want]);
		assert_int_equal(report_level(&r, NULL), level);
		assert_ptr_equal(first, want == 0 ? NULL : &r.finding[at]);
	}
}

static void
test_overridable(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4 * 4 * 4; i++) {
		const enum level a = i % 4, b = i / 4 % 4;
		struct report r = { .n = 0 };
		bool want = true;

		if ((i & 16) != 0)
			report_add_overridable(&r, "a", a, "x");
		else
			report_add(&r, "a", a, "x");
		if ((i & 32) != 0)
			report_add_overridable(&r, "b", b, "x");
		else
			report_add(&r, "b", b, "x");
		/* One that stands in the way and may not is enough. */
		if ((a == LEVEL_CRITICAL || a == LEVEL_UNKNOWN) &&
		    (i & 16) == 0)
			want = false;
		if ((b == LEVEL_CRITICAL || b == LEVEL_UNKNOWN) &&
		    (i & 32) == 0)
			want = false;
		assert_int_equal(report_overridable(&r), want);
	}
}

/* A file name of any length. */
static void
test_long_text(void **state)
{
	struct report r = { .n = 0 };
	char text[3000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	report_add(&r, "content", LEVEL_CRITICAL, "%s", text);
	report_add(&r, "age", LEVEL_WARNING, "old");
	assert_int_equal(
	    strlen(r.finding[0].text), sizeof(r.finding[0].text) - 1);
	assert_string_equal(r.finding[1].text, "old");
	assert_int_equal(r.finding[0].level, LEVEL_CRITICAL);
}

/* More findings than there is room for: memory behind them is left alone, and
 * the worst so far stays the worst. */
static void
test_too_many(void **state)
{
	struct report r = { .n = 0 };
	const struct finding *first;

	(void)state;
	memcpy(r.realm, "EXAMPLE.COM", 12);
	report_add(&r, "content", LEVEL_CRITICAL, "first");
	for (int i = 0; i < 3 * FINDINGS_MAX; i++)
		report_add(&r, "age", LEVEL_WARNING, "%0300d", i);
	assert_int_equal(r.n, FINDINGS_MAX);
	assert_string_equal(r.realm, "EXAMPLE.COM");
	assert_int_equal(report_level(&r, &first), LEVEL_CRITICAL);
	assert_string_equal(first->text, "first");
	assert_false(report_overridable(&r));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_worst),
		cmocka_unit_test(test_overridable),
		cmocka_unit_test(test_long_text),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
