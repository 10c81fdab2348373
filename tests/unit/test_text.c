#include "golden.h"

#include "format/text.h"

static void
writes_lines(void **state)
{
	static const uint32_t list[] = { 1, 2, 4294967295 };
	char text[1024];
	struct text_out o = { text, 0, sizeof(text), false };
	struct digest d = { { 0xab } };
	static const char want[] =
	    "a: two words\n"
	    "b: word\n"
	    "c: 18446744073709551615\n"
	    "d: 0\n"
	    "e: -\n"
	    "f: 2026-11-22T07:35:00Z\n"
	    "g: -\n"
	    "h: "
	    "ab00000000000000000000000000000000000000000000000000000000000000"
	    "\n"
	    "i: -\n"
	    "j: 1 2 4294967295\n"
	    "k: -\n";

	(void)state;
	text_put(&o, "a", "two words");
	text_put_word(&o, "b", "word");
	text_put_u64(&o, "c", UINT64_MAX);
	text_put_maybe(&o, "d", true, 0);
	text_put_maybe(&o, "e", false, 5);
	text_put_when(&o, "f", 1795332900);
	text_put_when(&o, "g", 0);
	text_put_digest(&o, "h", &d);
	d.b[0] = 0;
	text_put_digest(&o, "i", &d);
	text_put_list(&o, "j", list, 3);
	text_put_list(&o, "k", list, 0);
	assert_false(o.failed);
	assert_int_equal(o.len, strlen(want));
	assert_memory_equal(text, want, o.len);
}

static void
no_spelling(void **state)
{
	static const uint32_t list[] = { 2, 1 };
	static const char *const bad[] = { "", "a\n", "a\tb", "\x7f", "\x80",
		"caf\xc3\xa9" };
	char text[64];
	struct text_out o;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		o = (struct text_out){ text, 0, sizeof(text), false };
		text_put(&o, "a", bad[i]);
		assert_true(o.failed);
		/* Once and for good. */
		text_put(&o, "a", "b");
		assert_true(o.failed);
		assert_int_equal(o.len, 0);
	}
	o = (struct text_out){ text, 0, sizeof(text), false };
	text_put_word(&o, "a", "two words");
	assert_true(o.failed);
	o = (struct text_out){ text, 0, sizeof(text), false };
	text_put_when(&o, "a", -1);
	assert_true(o.failed);
	o = (struct text_out){ text, 0, sizeof(text), false };
	text_put_list(&o, "a", list, 2);
	assert_true(o.failed);
}

static void
to_the_last_byte(void **state)
{
	char text[8] = "xxxxxxx";
	struct text_out o = { text, 0, 7, false };

	(void)state;
	text_put(&o, "ab", "cd");
	assert_false(o.failed);
	assert_string_equal(text, "ab: cd\n");
	o = (struct text_out){ text, 0, 6, false };
	text_put(&o, "ab", "cd");
	assert_true(o.failed);
	o = (struct text_out){ text, 0, 2, false };
	text_put(&o, "ab", "cd");
	assert_true(o.failed);
}

/* Does a line give this value? */
static bool
gives(const char *line, const char *want)
{
	struct text_in i = { golden_text(line), false };
	char value[5];

	text_get(&i, "n", value, sizeof(value));
	assert_string_equal(value, i.failed ? "" : want);
	return !i.failed;
}

static void
reads_values(void **state)
{
	(void)state;
	assert_true(gives("n: 1\n", "1"));
	assert_true(gives("n: a b \n", "a b "));
	assert_true(gives("n: 1234\nn: 5\n", "1234"));
	assert_false(gives("n: 12345\n", ""));
	assert_false(gives("n: \n", ""));
	assert_false(gives("n:1\n", ""));
	assert_false(gives("n: 1", ""));
	assert_false(gives("n: 1\r\n", ""));
	assert_false(gives("m: 1\n", ""));
	assert_false(gives(" n: 1\n", ""));
	assert_false(gives("\nn: 1\n", ""));
	assert_false(gives("", ""));
}

static void
reads_kinds(void **state)
{
	struct text_in i = {
		golden_text("u: 7\nm: -\nm: 0\nw: -\n"
			    "w: 2026-11-22T07:35:00Z\nd: -\nl: -\nl: 3 7\n"),
		false
	};
	uint64_t u = 1;
	uint32_t list[2];
	struct digest d;
	unsigned n;
	int64_t t;
	bool there;

	(void)state;
	text_get_u64(&i, "u", &u, 7);
	assert_int_equal(u, 7);
	text_get_maybe(&i, "m", &there, &u, 7);
	assert_false(there);
	text_get_maybe(&i, "m", &there, &u, 7);
	assert_true(there);
	text_get_when(&i, "w", &t);
	assert_int_equal(t, 0);
	text_get_when(&i, "w", &t);
	assert_int_equal(t, 1795332900);
	text_get_digest(&i, "d", &d);
	assert_int_equal(d.b[0], 0);
	text_get_list(&i, "l", list, 2, &n);
	assert_int_equal(n, 0);
	text_get_list(&i, "l", list, 2, &n);
	assert_int_equal(n, 2);
	assert_int_equal(list[1], 7);
	assert_false(i.failed);
	assert_int_equal(i.rest.len, 0);
	text_get_u64(&i, "u", &u, 7);
	assert_true(i.failed);
}

static void
may_be_missing(void **state)
{
	struct text_in i = { golden_text("ab: 7\nc: 8"), false };
	uint64_t u;

	(void)state;
	assert_false(text_next(&i, "a"));
	assert_false(text_next(&i, "b"));
	assert_true(text_next(&i, "ab"));
	assert_true(text_next(&i, "ab"));
	text_get_u64(&i, "ab", &u, 7);
	assert_false(i.failed);
	/* No end. */
	assert_false(text_next(&i, "c"));
	i.rest.len = 0;
	assert_false(text_next(&i, "c"));
	assert_false(i.failed);
}

static bool
list_read(const char *line)
{
	struct text_in i = { golden_text(line), false };
	uint32_t list[3];
	unsigned n;

	text_get_list(&i, "l", list, 3, &n);
	assert_true(n <= 3);
	return !i.failed;
}

static void
lists(void **state)
{
	(void)state;
	assert_true(list_read("l: 0 1 4294967295\n"));
	assert_false(list_read("l: 1 1\n"));
	assert_false(list_read("l: 2 1\n"));
	assert_false(list_read("l: 1 2 3 4\n"));
	assert_false(list_read("l: 1 \n"));
	assert_false(list_read("l:  1\n"));
	assert_false(list_read("l: 1  2\n"));
	assert_false(list_read("l: 1,2\n"));
	assert_false(list_read("l: 01\n"));
	assert_false(list_read("l: 4294967296\n"));
	assert_false(list_read("l: - 1\n"));
}

/* None has one spelling, and it is "-". */
static void
one_none(void **state)
{
	struct text_in i = { golden_text("t: 1970-01-01T00:00:00Z\n"), false };
	struct digest d;
	int64_t t;

	(void)state;
	text_get_when(&i, "t", &t);
	assert_true(i.failed);
	i = (struct text_in){ golden_text("d: 00000000000000000000000000000000"
					  "00000000000000000000000000000000\n"),
		false };
	text_get_digest(&i, "d", &d);
	assert_true(i.failed);
}

static void
versions(void **state)
{
	struct text_in i = { golden_text("k: 1\nx: y\n"), false };
	const char *why = NULL;

	(void)state;
	assert_int_equal(text_version(&i, "k", &why), 0);
	i = (struct text_in){ golden_text("k: 2\nnew: x\n"), false };
	assert_int_equal(text_version(&i, "k", &why), -1);
	assert_string_equal(
	    why, "format version 2, not 1: upgrade kdcsync here first");
	i = (struct text_in){ golden_text("k: 9\n"), false };
	assert_int_equal(text_version(&i, "k", &why), -1);
	assert_non_null(strstr(why, "version 9, not 1"));
	i = (struct text_in){ golden_text("k: 10\n"), false };
	assert_int_equal(text_version(&i, "k", &why), -1);
	assert_non_null(strstr(why, "upgrade kdcsync here first"));
	i = (struct text_in){ golden_text("k: x\n"), false };
	assert_int_equal(text_version(&i, "k", &why), -1);
	assert_non_null(strstr(why, "damaged"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_lines),
		cmocka_unit_test(no_spelling),
		cmocka_unit_test(to_the_last_byte),
		cmocka_unit_test(reads_values),
		cmocka_unit_test(reads_kinds),
		cmocka_unit_test(may_be_missing),
		cmocka_unit_test(lists),
		cmocka_unit_test(one_none),
		cmocka_unit_test(versions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
