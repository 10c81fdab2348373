/* Goal of this test: on a terminal the picture stands below what is said, as
 * large as the terminal is; without one not a byte is written. */

#include "scratch.h"

#include "sys/progress.h"
#include "sys/say.h"

#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>

#define UP(n) "\033[" #n "A\r\033[J"

static struct {
	int master, slave, saved;
	char text[65536];
} f;

static void
size(unsigned short rows, unsigned short columns)
{
	const struct winsize w = { .ws_row = rows, .ws_col = columns };

	assert_int_equal(ioctl(f.master, TIOCSWINSZ, &w), 0);
}

/* A terminal that hands on what is written to it, byte for byte. */
static int
prepare(void **state)
{
	struct termios raw;

	(void)state;
	memset(&f, 0, sizeof(f));
	assert_int_equal(openpty(&f.master, &f.slave, NULL, NULL, NULL), 0);
	assert_int_equal(tcgetattr(f.slave, &raw), 0);
	cfmakeraw(&raw);
	assert_int_equal(tcsetattr(f.slave, TCSANOW, &raw), 0);
	assert_int_equal(fcntl(f.master, F_SETFL, O_NONBLOCK), 0);
	size(10, 40);
	setenv("TERM", "xterm", 1);
	unsetenv("JOURNAL_STREAM");
	say_program("kdc-test");
	say_level(false, false);
	return 0;
}

static int
clean(void **state)
{
	(void)state;
	f.saved = scratch_hush(-1);
	progress_end();
	scratch_unhush(f.saved);
	if (f.master != -1)
		close(f.master);
	close(f.slave);
	return 0;
}

/* Between these two, stderr is the terminal; cmocka's own words are not for
 * it. */
static void
on(void)
{
	f.saved = scratch_hush(f.slave);
}

static void
shows(const char *want)
{
	ssize_t n, all = 0;

	scratch_unhush(f.saved);
	while ((n = read(f.master, f.text + all,
		    sizeof(f.text) - 1 - (size_t)all)) > 0)
		all += n;
	f.text[all] = '\0';
	assert_string_equal(f.text, want);
}

static void
begin(void)
{
	bool began;

	on();
	began = progress_begin();
	shows("");
	assert_true(began);
}

static void
test_lines(void **state)
{
	(void)state;
	begin();
	on();
	progress_line("%s: %d", "kdc2", 1);
	progress_line("kdc3: no hello yet");
	shows(""); /* not before it is drawn */
	on();
	progress_draw();
	shows("kdc2: 1\nkdc3: no hello yet\n");
	/* In its place; one line more, one less, none, and some again. */
	on();
	progress_line("a");
	progress_line("b");
	progress_line("c");
	progress_draw();
	shows(UP(2) "a\nb\nc\n");
	on();
	progress_line("d");
	progress_draw();
	shows(UP(3) "d\n");
	on();
	progress_draw();
	shows(UP(1));
	on();
	progress_draw();
	shows("");
	on();
	progress_line("e");
	progress_draw();
	shows("e\n");
}

static void
test_end(void **state)
{
	(void)state;
	begin();
	on();
	progress_line("a");
	progress_draw();
	progress_line("never drawn");
	progress_end();
	shows("a\n" UP(1));
	on();
	say("after");
	progress_line("b");
	progress_draw();
	progress_end();
	shows("kdc-test: after\n");
	assert_int_equal(progress_room(), 0);
	/* A second time, from the start. */
	begin();
	on();
	progress_line("c");
	progress_draw();
	progress_draw();
	shows("c\n" UP(1));
}

/* What is said stands above the picture, which comes again with the next. */
static void
test_say(void **state)
{
	(void)state;
	begin();
	on();
	say("one");
	progress_line("a");
	progress_line("b");
	progress_draw();
	say("two");
	say("three");
	say("three"); /* not said, so nothing to make room for */
	say_info("four");
	progress_line("a");
	progress_draw();
	say_level(true, false);
	say_info("not shown");
	shows("kdc-test: one\na\nb\n" UP(
	    2) "kdc-test: two\nkdc-test: three\nkdc-test: four\na\n");
}

/* What is captured does not touch it. */
static void
test_capture(void **state)
{
	struct bytes said = BYTES_NONE;

	(void)state;
	begin();
	on();
	progress_line("a");
	progress_draw();
	say_capture(&said);
	say("captured");
	say_capture(NULL);
	shows("a\n");
	bytes_release(&said);
}

static void
test_width(void **state)
{
	const char *digits = "0123456789012345678901234567890123456789";

	(void)state;
	size(10, 20);
	begin();
	/* One column stays free, or the terminal would go on a line below. */
	on();
	progress_line("%.18s", digits);
	progress_line("%.19s", digits);
	progress_line("%.20s", digits);
	progress_line("%s", digits);
	progress_draw();
	shows("012345678901234567\n0123456789012345678\n"
	      "0123456789012345678\n0123456789012345678\n");
}

static void
test_wide(void **state)
{
	char big[2000], want[513];

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	size(10, 1500);
	begin();
	on();
	progress_line("%s", big);
	progress_draw();
	memset(want, 'x', 511);
	memcpy(want + 511, "\n", 2);
	shows(want);
}

/* More lines than fit: the first ones, never the whole screen. */
static void
test_height(void **state)
{
	(void)state;
	size(4, 40);
	begin();
	assert_int_equal(progress_room(), 3);
	on();
	for (int i = 0; i < 100; i++)
		progress_line("%d", i);
	progress_draw();
	shows("0\n1\n2\n");
	on();
	for (int i = 0; i < 100; i++)
		progress_line("%d", i);
	progress_draw();
	shows(UP(3) "0\n1\n2\n");
}

/* Its size is asked again for each picture. */
static void
test_resize(void **state)
{
	(void)state;
	size(4, 10);
	begin();
	on();
	progress_line("0123456789");
	progress_draw();
	shows("012345678\n");
	size(3, 5);
	on();
	progress_draw();
	progress_line("0123456789");
	progress_line("b");
	progress_line("c");
	progress_draw();
	shows(UP(1) "0123\nb\n");
	assert_int_equal(progress_room(), 2);
}

/* A serial line does not know its size. */
static void
test_no_size(void **state)
{
	static const unsigned short wrong[][2] = { { 0, 0 }, { 0, 80 },
		{ 1, 80 }, { 10, 0 }, { 10, 1 } };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		size(wrong[i][0], wrong[i][1]);
		begin();
		assert_int_equal(progress_room(), 23);
	}
}

static void
nothing(int fd)
{
	bool began;

	f.saved = scratch_hush(fd);
	began = progress_begin();
	progress_line("a");
	progress_draw();
	progress_line("b");
	progress_draw();
	progress_end();
	scratch_unhush(f.saved);
	assert_false(began);
	assert_int_equal(progress_room(), 0);
}

static void
test_no_terminal(void **state)
{
	int fd = scratch_file("", 0);
	struct stat st;

	(void)state;
	nothing(fd);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 0);
	close(fd);
}

static void
test_dumb_terminal(void **state)
{
	(void)state;
	setenv("TERM", "dumb", 1);
	nothing(f.slave);
	unsetenv("TERM");
	nothing(f.slave);
	on();
	say("plain");
	shows("kdc-test: plain\n");
}

/* The other end of the line went away: no reason to stop, or to try again. */
static void
test_hung_up(void **state)
{
	(void)state;
	begin();
	on();
	progress_line("a");
	progress_draw();
	shows("a\n");
	close(f.master);
	f.master = -1;
	on();
	progress_line("b");
	progress_draw();
	scratch_unhush(f.saved);
	assert_int_equal(progress_room(), 0);
	on();
	say("to nobody");
	progress_line("c");
	progress_draw();
	progress_end();
	scratch_unhush(f.saved);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, prepare, clean)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_lines),
		T(test_end),
		T(test_say),
		T(test_capture),
		T(test_width),
		T(test_wide),
		T(test_height),
		T(test_resize),
		T(test_no_size),
		T(test_no_terminal),
		T(test_dumb_terminal),
		T(test_hung_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
