/* Goal of this test: who waits at a terminal for long work in a child sees how far it
 * is; what is short, or not at a terminal, or quiet, shows nothing. */

#include "scratch.h"

#include "sys/proc.h"
#include "sys/progress.h"
#include "sys/say.h"
#include "sys/work.h"

#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>

static struct {
	int master, slave;
	char text[65536];
} f;

static void
tells(uint64_t done, uint64_t expected, int64_t ms, const char *want)
{
	char words[WORK_WORDS];

	work_tell(words, "proved", done, expected, ms);
	assert_string_equal(words, want);
}

static void
test_words(void **state)
{
	(void)state;
	tells(0, 0, 0, "proved: 0 records");
	tells(0, 1000004, 5000, "proved: 0 of 1000004 records");
	tells(345000, 0, 1500, "proved: 345000 records, 230000 a second");
	tells(345000, 1000004, 1500,
	    "proved: 345000 of 1000004 records, 230000 a second, 2 s left");
	tells(1000, 1000000, 1000,
	    "proved: 1000 of 1000000 records, 1000 a second, 16 min left");
	tells(1000004, 1000004, 2000,
	    "proved: 1000004 of 1000004 records, 500002 a second, 0 s left");
	/* There were more than was thought. */
	tells(2000, 1000, 1000, "proved: 2000 records, 2000 a second");
	/* A clock that stands, and nonsense from a child. */
	tells(2000, 3000, 0, "proved: 2000 of 3000 records");
	tells(UINT64_MAX, UINT64_MAX, 1000,
	    "proved: 18446744073709551615 of 18446744073709551615 records");
}

/* Two halves of 1024 steps, and between them waits, so many milliseconds at the
 * most, until the terminal shows something. */
static int
steps(void *arg, void *result)
{
	struct pollfd p = { f.master, POLLIN, 0 };

	(void)result;
	work_expect(1024);
	for (int i = 0; i < 512; i++)
		work_step();
	(void)poll(&p, 1, *(int *)arg);
	for (int i = 0; i < 512; i++)
		work_step();
	return 0;
}

static void
do_work(int ms)
{
	int saved = scratch_hush(f.slave), rc;
	char none;

	work_begin("proved");
	rc = proc_call("work", steps, &ms, &none, 0, NULL, 0, 60000);
	work_end();
	scratch_unhush(saved);
	assert_int_equal(rc, 0);
}

static const char *
shown(void)
{
	ssize_t n, all = 0;

	while ((n = read(f.master, f.text + all,
		    sizeof(f.text) - 1 - (size_t)all)) > 0)
		all += n;
	f.text[all] = '\0';
	return f.text;
}

static void
terminal(void)
{
	struct winsize w = { .ws_row = 10, .ws_col = 100 };
	struct termios raw;

	assert_int_equal(openpty(&f.master, &f.slave, NULL, NULL, &w), 0);
	assert_int_equal(tcgetattr(f.slave, &raw), 0);
	cfmakeraw(&raw);
	assert_int_equal(tcsetattr(f.slave, TCSANOW, &raw), 0);
	assert_int_equal(fcntl(f.master, F_SETFL, O_NONBLOCK), 0);
	setenv("TERM", "xterm", 1);
	unsetenv("JOURNAL_STREAM");
	say_program("kdc-test");
	say_level(false, false);
}

static void
watch(int fd, bool quiet)
{
	int saved = scratch_hush(fd);

	work_watch(quiet);
	scratch_unhush(saved);
}

/* In this order: once watched, it is for good. */
static void
test_not_watched(void **state)
{
	int file = scratch_file("", 0);

	(void)state;
	terminal();
	do_work(1300);
	assert_string_equal(shown(), "");
	watch(f.slave, true);
	do_work(1300);
	assert_string_equal(shown(), "");
	watch(file, false);
	do_work(1300);
	assert_string_equal(shown(), "");
	close(file);
}

static void
test_long_work(void **state)
{
	const char *at;

	(void)state;
	watch(f.slave, false);
	do_work(30000);
	at = strstr(shown(), "proved: 512 of 1024 records, ");
	assert_non_null(at);
	assert_non_null(strstr(at, " a second, "));
	/* And it was taken away. */
	assert_non_null(strstr(at, "\033[1A\r\033[J"));
	assert_string_equal(f.text + strlen(f.text) - 3, "\033[J");
}

static void
test_short_work(void **state)
{
	(void)state;
	do_work(0);
	assert_string_equal(shown(), "");
	assert_int_equal(progress_room(), 0);
}

/* Somebody else's picture stays his; he gets the words. */
static void
test_another_picture(void **state)
{
	char words[WORK_WORDS], before[WORK_WORDS], after[WORK_WORDS];
	int saved = scratch_hush(f.slave);
	size_t room[2];
	bool watched[2];

	(void)state;
	progress_begin();
	work_words(before);
	work_begin("built");
	for (int i = 0; i < 256; i++)
		work_step();
	work_words(words);
	room[0] = progress_room();
	watched[0] = work_watched();
	work_end();
	watched[1] = work_watched();
	work_words(after);
	room[1] = progress_room();
	progress_end();
	scratch_unhush(saved);
	assert_memory_equal(words, "built: 256 records", 18);
	assert_string_equal(before, "");
	assert_string_equal(after, "");
	assert_true(watched[0]);
	assert_false(watched[1]);
	assert_int_equal(room[0], 9);
	assert_int_equal(room[1], 9);
	assert_string_equal(shown(), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_not_watched),
		cmocka_unit_test(test_long_work),
		cmocka_unit_test(test_short_work),
		cmocka_unit_test(test_another_picture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
