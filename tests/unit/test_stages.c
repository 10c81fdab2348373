/* Goal of this test: each stage is timed, the one that is under way stands on the
 * terminal, also while a child is waited for; without one nothing does. */

#include "scratch.h"

#include "restore/stages.h"

#include "sys/proc.h"
#include "sys/say.h"

#include <pty.h>

static const char *const name[] = { "read", "build" };
static char text[65536];

static void
nap(const char *seconds)
{
	const char *const argv[] = { "sleep", seconds, NULL };

	assert_int_equal(proc_run(argv, NULL, (struct span){ NULL, 0 }, NULL,
			     NULL, 0, 10000),
	    0);
}

static void
work(struct stages *s)
{
	stages_begin(s, name, 2, false);
	nap("1.3");
	stages_next(s);
	nap("0.1");
	stages_end(s);
}

/* What stood on the terminal meanwhile: fd is its slave. */
static void
with(int fd, struct stages *s)
{
	int saved = scratch_hush(fd);

	work(s);
	scratch_unhush(saved);
}

static void
timed(void **state)
{
	int fd = scratch_file("", 0);
	struct stages s;

	(void)state;
	with(fd, &s);
	assert_true(scratch_is(fd, "", 0));
	close(fd);
	assert_in_range(s.ms[0], 1300, 5000);
	assert_in_range(s.ms[1], 100, 4000);
	assert_int_equal(stages_ms(&s), s.ms[0] + s.ms[1]);
	/* One that failed at its first. */
	stages_begin(&s, name, 2, false);
	stages_end(&s);
	assert_int_equal(s.at, 0);
	assert_int_equal(s.ms[1], 0);
}

static void
shown(void **state)
{
	int master, slave;
	struct stages s;
	size_t len = 0;
	ssize_t n;

	(void)state;
	assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
	setenv("TERM", "xterm", 1);
	with(slave, &s);
	close(slave);
	/* EIO at its end. */
	while ((n = read(master, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	assert_true(len > 3);
	text[len] = '\0';
	close(master);
	assert_non_null(
	    strstr(text, "[####............] 1 of 2: read, 0 s\r\n"));
	assert_non_null(
	    strstr(text, "[####............] 1 of 2: read, 1 s\r\n"));
	assert_non_null(
	    strstr(text, "[############....] 2 of 2: build, 0 s\r\n"));
	/* Taken away at the end. */
	assert_string_equal(text + len - 3, "\033[J");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timed),
		cmocka_unit_test(shown),
	};

	say_program("test");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
