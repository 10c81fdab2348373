#include "golden.h"

#include "format/grant.h"

static bool
accepted(struct span text)
{
	char again[GRANT_MAX];
	const char *why = NULL;
	struct grant g;
	size_t n;

	if (grant_decode(text, &g, &why) == -1) {
		assert_non_null(why);
		return false;
	}
	n = grant_encode(&g, again);
	assert_int_equal(n, text.len);
	assert_memory_equal(again, text.p, n);
	return true;
}

static void
check_damage(struct span text)
{
	accepted(text);
}

static void
golden(void **state)
{
	struct bytes text = golden_read(GOLDEN "format-1/grant");
	struct grant g;
	const char *why;
	size_t i;

	(void)state;
	assert_true(accepted(golden_span(&text)));
	assert_int_equal(grant_decode(golden_span(&text), &g, &why), 0);
	assert_string_equal(g.realm, "EXAMPLE.COM");
	assert_int_equal(g.epoch, 2);
	assert_string_equal(
	    g.key, "SHA256:sIxIhmcFdiphqBOmxgOhpgV8XlHR8WBWuuLhvxKyEZk");
	assert_int_equal(g.time, 1795332900);
	for (i = 0; i < text.len; i++)
		assert_false(accepted((struct span){ text.p, i }));
	golden_damage(golden_span(&text), check_damage);
	bytes_release(&text);
}

static void
senseless(void **state)
{
	static const char *const swap[][2] = {
		{ "grant: 1", "grant: 2" },
		{ "epoch: 2", "epoch: 0" },
		{ "SHA256:", "MD5:" },
		{ "SHA256:sIxI", "SHA256:s xI" },
		{ "2026-11-22T07:35:00Z", "-" },
		{ "2026-11-22T07:35:00Z", "2026-11-31T07:35:00Z" },
		{ "realm: EXAMPLE.COM", "realm: EXAMPLE COM" },
	};
	struct bytes text = golden_read(GOLDEN "format-1/grant");
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(swap) / sizeof(swap[0]); i++) {
		if (accepted(golden_replace(
			golden_span(&text), swap[i][0], swap[i][1])))
			fail_msg("accepted with '%s'", swap[i][1]);
	}
	bytes_release(&text);
}

/* The first epoch starts from nothing. */
static void
no_base(void **state)
{
	struct grant g = {
		.realm = "R", .epoch = 1, .key = "SHA256:x", .time = 1795332900
	};
	char text[GRANT_MAX];
	size_t n;

	(void)state;
	n = grant_encode(&g, text);
	assert_true(n != 0);
	assert_true(accepted((struct span){ text, n }));
	text[n - 1] = '\0';
	assert_non_null(strstr(text, "\nbase: -\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden),
		cmocka_unit_test(senseless),
		cmocka_unit_test(no_base),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
