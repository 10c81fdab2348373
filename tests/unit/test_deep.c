/* Goal of this test: once a day, and whenever it is not known, libkdb5 is to walk
 * the database itself. */

#include "scratch.h"

#include "format/when.h"
#include "store/deep.h"

#include <time.h>

static struct state s;

static int
prepare(void **state)
{
	char dir[32];

	(void)state;
	scratch_dir(dir);
	(void)snprintf(s.dir, sizeof(s.dir), "%s", dir);
	return 0;
}

static int
clean(void **state)
{
	(void)state;
	scratch_tree(s.dir);
	return 0;
}

static void
record(const char *before, int64_t ago, const char *after)
{
	char when[WHEN_TEXT], text[128];
	int n;

	assert_int_equal(when_encode(time(NULL) - ago, when), 0);
	n = snprintf(text, sizeof(text), "%s%s%s", before, when, after);
	assert_int_equal(state_write(&s, "deep", text, (size_t)n), 0);
}

#define BEFORE "kdcsync-deep: 1\ntime: "

static void
a_day(void **state)
{
	(void)state;
	assert_true(deep_due(&s));
	assert_int_equal(deep_done(&s), 0);
	assert_false(deep_due(&s));
	record(BEFORE, 86000, "\n");
	assert_false(deep_due(&s));
	record(BEFORE, 86400, "\n");
	assert_true(deep_due(&s));
	/* The clock was set back. */
	record(BEFORE, -100, "\n");
	assert_true(deep_due(&s));
}

static void
not_known(void **state)
{
	(void)state;
	record(BEFORE, 0, "");
	assert_true(deep_due(&s));
	record(BEFORE, 0, "\nmore: 1\n");
	assert_true(deep_due(&s));
	record("kdcsync-deep: 2\ntime: ", 0, "\n");
	assert_true(deep_due(&s));
	assert_int_equal(state_write(&s, "deep", "", 0), 0);
	assert_true(deep_due(&s));
	record(BEFORE, 0, "\n");
	assert_false(deep_due(&s));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_day, prepare, clean),
		cmocka_unit_test_setup_teardown(not_known, prepare, clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
