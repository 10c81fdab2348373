/* Goal of this test: a name from a database does nothing to a terminal, and
 * leaves JSON whole. */

#include "golden.h"

#include "store/show.h"

static void
shows(const char *name, size_t n, const char *text, const char *json)
{
	for (int i = 0; i < 2; i++) {
		const char *want = i == 0 ? text : json;
		char *got = NULL;
		size_t size = 0;
		FILE *f = open_memstream(&got, &size);

		assert_non_null(f);
		(i == 0 ? show_name : show_json_text)(
		    f, (struct span){ name, n });
		assert_int_equal(fclose(f), 0);
		assert_string_equal(got, want);
		free(got);
	}
}

#define SHOWS(name, text, json) shows(name, sizeof(name) - 1, text, json)

static void
names(void **state)
{
	(void)state;
	SHOWS("", "", "\"\"");
	SHOWS("alice/admin@R", "alice/admin@R", "\"alice/admin@R\"");
	SHOWS("two words", "two words", "\"two words\"");
	SHOWS("a\"b\\c", "a\"b\\c", "\"a\\\"b\\\\c\"");
	SHOWS("m\xc3\xbcller", "m\xc3\xbcller", "\"m\xc3\xbcller\"");
	SHOWS("\xe2\x82\xac\xf0\x9f\x94\x91", "\xe2\x82\xac\xf0\x9f\x94\x91",
	    "\"\xe2\x82\xac\xf0\x9f\x94\x91\"");
	/* ESC, DEL, NUL, C1. */
	SHOWS("\x1b[2J\x7f", "\\x1b[2J\\x7f", "\"\\u001b[2J\\u007f\"");
	shows("a\0b", 3, "a\\x00b", "\"a\\u0000b\"");
	SHOWS("\xc2\x9b", "\\xc2\\x9b", "\"\\ufffd\\ufffd\"");
	/* Latin-1, cut, too long, surrogates, past the end of Unicode. */
	SHOWS("m\xfcller", "m\\xfcller", "\"m\\ufffdller\"");
	SHOWS("\xe2\x82", "\\xe2\\x82", "\"\\ufffd\\ufffd\"");
	SHOWS("\xc0\xaf", "\\xc0\\xaf", "\"\\ufffd\\ufffd\"");
	SHOWS("\xe0\x82\x9b", "\\xe0\\x82\\x9b", "\"\\ufffd\\ufffd\\ufffd\"");
	SHOWS("\xed\xa0\x80", "\\xed\\xa0\\x80", "\"\\ufffd\\ufffd\\ufffd\"");
	SHOWS("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80",
	    "\"\\ufffd\\ufffd\\ufffd\\ufffd\"");
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(names) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
