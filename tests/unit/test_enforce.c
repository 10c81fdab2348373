#include "verify/enforce.h"

#include "scratch.h"

/* Everything that a report can say, and whether it stops a KDC. */
static void
test_wanted(void **state)
{
	static const char *const never[] = { "age", "clock", "signer", "stash",
		"seal", "realm", "krbtgt", "dump", "held", "kpropd", "repair",
		"pending", "proof", "restore" };
	struct report r = { .n = 0 };

	(void)state;
	assert_false(enforce_wanted(&r));
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		report_add(&r, never[i], LEVEL_CRITICAL, "x");
	report_add(&r, "content", LEVEL_UNKNOWN, "not looked at");
	report_add(&r, "written-back", LEVEL_WARNING, "x");
	assert_false(enforce_wanted(&r));
	report_add(&r, "content", LEVEL_CRITICAL, "altered");
	assert_true(enforce_wanted(&r));
	r.waiting = true;
	assert_false(enforce_wanted(&r));
	r.waiting = false;
	r.primary = true;
	assert_false(enforce_wanted(&r));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
