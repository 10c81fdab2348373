#include "sys/say.h"
#include "scratch.h"

#include <errno.h>
#include <sys/socket.h>

static int file, saved;

static int
begin(void **state)
{
	(void)state;
	file = scratch_file("", 0);
	unsetenv("JOURNAL_STREAM");
	say_program("kdc-test");
	say_level(false, false);
	saved = scratch_hush(file);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	scratch_unhush(saved);
	close(file);
	return 0;
}

static void
expect(const char *text)
{
	size_t n;
	char *p = scratch_read(file, &n);

	scratch_unhush(saved); /* cmocka's own words */
	saved = scratch_hush(file);
	assert_string_equal(p, text);
	free(p);
}

static void
test_prefix_and_levels(void **state)
{
	(void)state;
	say("%s: open: %s", "/x", "gone");
	say_info("all well");
	say_debug("not shown");
	say_level(true, true);
	say_info("not shown");
	say_debug("shown");
	say("errors always");
	expect("kdc-test: /x: open: gone\nkdc-test: all well\n"
	       "kdc-test: shown\nkdc-test: errors always\n");
}

static void
test_escapes(void **state)
{
	(void)state;
	say("a\nb\033[2J\x7f\xc3\xa4%s", "\r\t");
	expect("kdc-test: a\\x0ab\\x1b[2J\\x7f\\xc3\\xa4\\x0d\\x09\n");
}

static void
test_journal(void **state)
{
	struct stat st;
	char own[64];

	(void)state;
	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	snprintf(own, sizeof(own), "%llu:%llu", (unsigned long long)st.st_dev,
	    (unsigned long long)st.st_ino);
	setenv("JOURNAL_STREAM", own, 1);
	say_level(false, true);
	say("one");
	say_info("two");
	say_debug("three");
	setenv("JOURNAL_STREAM", "1:1", 1); /* somebody else's */
	say("four");
	unsetenv("JOURNAL_STREAM");
	expect("<3>kdc-test: one\n<6>kdc-test: two\n<7>kdc-test: three\n"
	       "kdc-test: four\n");
}

static void
test_last(void **state)
{
	char text[8], *empty = text + 7;

	(void)state;
	say("%s", "0123456789");
	say_info("another");
	say_last(text, sizeof(text));
	assert_string_equal(text, "0123456");
	say("line\nline");
	say_last(text, 7);
	assert_string_equal(text, "line\\x");
	say_last(empty, 1);
	assert_string_equal(empty, "");
}

static void
test_long_line(void **state)
{
	static char big[100000], text[100000];

	(void)state;
	memset(big, '\n', sizeof(big) - 1);
	say("%s", big);
	say_last(text, sizeof(text));
	assert_in_range(strlen(text), 1000, 20000);
	assert_string_equal(text + strlen(text) - 3, "...");
}

/* A captured line is known, not shown; what follows it is. */
static void
test_capture_is_last(void **state)
{
	struct bytes to = BYTES_NONE;
	char text[64];

	(void)state;
	say_capture(&to);
	say("the cause");
	say_info("progress");
	say_last(text, sizeof(text));
	say_capture(NULL);
	say("the line, with %s", text);
	assert_string_equal(text, "the cause");
	expect("kdc-test: the line, with the cause\n");
	assert_int_equal(bytes_add(&to, "", 1), 0);
	assert_string_equal(to.p, "kdc-test: the cause\nkdc-test: progress\n");
	bytes_release(&to);
}

/* A datagram socket shows where one write ends and the next begins. */
static void
test_one_write_and_errno(void **state)
{
	int s[2], was;
	char line[256];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, s), 0);
	was = scratch_hush(s[0]);
	errno = ENOSPC;
	say("one %d", 1);
	assert_int_equal(errno, ENOSPC);
	say("two");
	scratch_unhush(was);
	assert_int_equal(recv(s[1], line, sizeof(line), 0), 16);
	assert_memory_equal(line, "kdc-test: one 1\n", 16);
	assert_int_equal(recv(s[1], line, sizeof(line), 0), 14);
	close(s[0]);
	close(s[1]);
}

/* Captured lines are whole, go to the end of what is there, and nowhere else. */
static void
test_capture(void **state)
{
	struct bytes one = BYTES_NONE, two = BYTES_NONE;
	char text[32];

	(void)state;
	assert_int_equal(bytes_add(&one, "before\n", 7), 0);
	assert_null(say_capture(&one));
	say("a: %d", 1);
	say_info("b\n");
	say_debug("not shown");
	say_level(true, true);
	say_info("not shown");
	say_debug("c");
	assert_ptr_equal(say_capture(&two), &one);
	say("d");
	say_last(text, sizeof(text));
	assert_ptr_equal(say_capture(NULL), &two);
	say("e");
	expect("kdc-test: e\n");
	assert_string_equal(text, "d");
	assert_int_equal(bytes_add(&one, "", 1), 0);
	assert_string_equal(
	    one.p, "before\nkdc-test: a: 1\nkdc-test: b\\x0a\nkdc-test: c\n");
	assert_int_equal(bytes_add(&two, "", 1), 0);
	assert_string_equal(two.p, "kdc-test: d\n");
	bytes_release(&one);
	bytes_release(&two);
}

static void
test_capture_long(void **state)
{
	static char big[100000];
	struct bytes b = BYTES_NONE;

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	say_capture(&b);
	for (int i = 0; i < 1000; i++)
		say("%d %s", i, big);
	say_capture(NULL);
	expect("");
	assert_in_range(b.len, 1000 * 2000, 1000 * 2100);
	assert_memory_equal(b.p + b.len - 4, "...\n", 4);
	bytes_release(&b);
}

/* A captured line bears no priority: it is not for the journal yet. */
static void
test_capture_journal(void **state)
{
	struct bytes b = BYTES_NONE;
	struct stat st;
	char own[64];

	(void)state;
	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	snprintf(own, sizeof(own), "%llu:%llu", (unsigned long long)st.st_dev,
	    (unsigned long long)st.st_ino);
	setenv("JOURNAL_STREAM", own, 1);
	say_capture(&b);
	errno = ENOSPC;
	say("one");
	assert_int_equal(errno, ENOSPC);
	say_capture(NULL);
	say("two");
	unsetenv("JOURNAL_STREAM");
	expect("<3>kdc-test: two\n");
	assert_int_equal(b.len, 14);
	assert_memory_equal(b.p, "kdc-test: one\n", 14);
	bytes_release(&b);
}

static void
make_room(void)
{
	assert_int_equal(write(STDERR_FILENO, "[room]", 6), 6);
}

static void
test_before(void **state)
{
	struct bytes b = BYTES_NONE;

	(void)state;
	say_before(make_room);
	say("f");
	say("f"); /* not said again, so not printed */
	say_info("g");
	say_debug("not shown");
	say_capture(&b);
	say("captured");
	say_capture(NULL);
	say("h");
	say_before(NULL);
	say("i");
	expect("[room]kdc-test: f\n[room]kdc-test: g\n"
	       "[room]kdc-test: h\nkdc-test: i\n");
	bytes_release(&b);
}

/* What was captured and is said after all looks as if it never was. */
static void
test_again(void **state)
{
	struct bytes heard = BYTES_NONE;

	(void)state;
	(void)say_capture(&heard);
	say("one: it is full");
	say("two: it is full");
	(void)say_capture(NULL);
	expect("");
	say_again((struct span){ heard.p, heard.len });
	expect("kdc-test: one: it is full\nkdc-test: two: it is full\n");
	say_again((struct span){ heard.p, 0 });
	say_again((struct span){ heard.p, heard.len - 1 });
	expect("kdc-test: one: it is full\nkdc-test: two: it is full\n"
	       "kdc-test: one: it is full\n");
	bytes_release(&heard);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_again, begin, end),
		cmocka_unit_test_setup_teardown(
		    test_prefix_and_levels, begin, end),
		cmocka_unit_test_setup_teardown(test_escapes, begin, end),
		cmocka_unit_test_setup_teardown(test_journal, begin, end),
		cmocka_unit_test_setup_teardown(test_last, begin, end),
		cmocka_unit_test_setup_teardown(
		    test_capture_is_last, begin, end),
		cmocka_unit_test_setup_teardown(test_long_line, begin, end),
		cmocka_unit_test_setup_teardown(
		    test_one_write_and_errno, begin, end),
		cmocka_unit_test_setup_teardown(test_capture, begin, end),
		cmocka_unit_test_setup_teardown(test_capture_long, begin, end),
		cmocka_unit_test_setup_teardown(
		    test_capture_journal, begin, end),
		cmocka_unit_test_setup_teardown(test_before, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
