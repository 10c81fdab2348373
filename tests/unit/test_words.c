#include "sys/words.h"
#include "scratch.h"

static void
check(const char *line, ...)
{
	const char *why, *want;
	char **w;
	va_list ap;
	int i = 0;

	w = words_split(line, &why);
	assert_non_null(w);
	va_start(ap, line);
	do {
		want = va_arg(ap, const char *);
		if (want == NULL)
			assert_null(w[i]);
		else
			assert_string_equal(w[i], want);
		i++;
	} while (want != NULL);
	va_end(ap);
	free(w);
}

static void
refuse(const char *line, const char *phrase)
{
	const char *why = NULL;

	assert_null(words_split(line, &why));
	assert_string_equal(why, phrase);
}

static void
test_words(void **state)
{
	(void)state;
	check("a", "a", NULL);
	check("ssh -F /etc/x kdc2 kdc-apply", "ssh", "-F", "/etc/x", "kdc2",
	    "kdc-apply", NULL);
	check(" \t a \n b ", "a", "b", NULL);
	check("a b c d", "a", "b", "c", "d", NULL);
}

static void
test_quotes(void **state)
{
	(void)state;
	check("sh -c 'a; b'", "sh", "-c", "a; b", NULL);
	check("'' \"\"", "", "", NULL);
	check("''", "", NULL);
	check("a'b'\"c\"d", "abcd", NULL);
	check("'\\' \"'\" '\"'", "\\", "'", "\"", NULL);
	check("\"\\$ \\` \\\" \\\\ \\a \\\nb\"", "$ ` \" \\ \\a b", NULL);
	check("a\\ b \\' \\\\ \\n", "a b", "'", "\\", "n", NULL);
}

static void
test_continued_line(void **state)
{
	(void)state;
	check("a \\\n b", "a", "b", NULL);
	check("a\\\nb", "ab", NULL);
	check("\\\na \\\n", "a", NULL);
}

static void
test_nothing_more(void **state)
{
	(void)state;
	check("$HOME *;|&#~`x`", "$HOME", "*;|&#~`x`", NULL);
}

static void
test_refused(void **state)
{
	(void)state;
	refuse("", "no command");
	refuse(" \t\n", "no command");
	refuse("\\\n", "no command");
	refuse("a 'b", "a quote is not closed");
	refuse("\"b\\\"", "a quote is not closed");
	refuse("\"", "a quote is not closed");
	refuse("a \\", "a backslash ends the line");
}

/* As many words as a line can have, and every short line of the special
 * characters: ASan watches the one allocation. */
static void
test_every_short_line(void **state)
{
	static const char set[] = "a '\"\\\n$";
	const char *why;
	char line[7];

	(void)state;
	for (int i = 0; i < 7 * 7 * 7 * 7 * 7 * 7; i++) {
		char **w;
		int v = i;

		for (int j = 0; j < 6; j++, v /= 7)
			line[j] = set[v % 7];
		line[6] = '\0';
		w = words_split(line, &why);
		assert_true((w == NULL) == (why != NULL));
		free(w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_continued_line),
		cmocka_unit_test(test_nothing_more),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_every_short_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
