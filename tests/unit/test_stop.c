/* Goal of this test: a program that is asked to stop learns it at once, ends its
 * children, says no ill of what they worked on, and dies of the signal; and what
 * was told to ignore a signal still does.  Each case is a process of its own. */

#include "said.h"

#include "sys/lock.h"
#include "sys/proc.h"
#include "sys/stop.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

/* Far more than anything here takes; and what "at once" is far below. */
#define LONG 60000
#define SOON 20000

static const int asks[] = { SIGTERM, SIGINT, SIGHUP };
#define ASKS (sizeof(asks) / sizeof(asks[0]))

/* Runs fn in a child, whose process group is its own: the status of waitpid. */
static int
in_child(int (*fn)(int sig), int sig)
{
	int status;
	pid_t pid;

	pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)setpgid(0, 0);
		for (size_t i = 0; i < ASKS; i++)
			(void)signal(asks[i], SIG_DFL);
		_exit(fn(sig));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
exits_0(int (*fn)(int sig), int sig)
{
	int status = in_child(fn, sig);

	if (status != 0)
		fail_msg("signal %d: status %#x", sig, (unsigned)status);
}

static bool
readable(int fd)
{
	struct pollfd one = { fd, POLLIN, 0 };

	return poll(&one, 1, 0) == 1;
}

/* A child of ours that sends us the signal when we are at work. */
static void
send_later(int sig)
{
	pid_t us = getpid();

	if (fork() != 0)
		return;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	usleep(100000);
	(void)kill(us, sig);
	_exit(0);
}

/*
 * Being asked.
 */
static int
not_watched(int sig)
{
	if (stop_fd() != -1 || stop_asked())
		return 1;
	stop_die(); /* not asked: nothing */
	(void)raise(sig);
	return 2;
}

static void
test_not_watched(void **state)
{
	(void)state;
	for (size_t i = 0; i < ASKS; i++)
		assert_int_equal(in_child(not_watched, asks[i]), asks[i]);
}

static int
watched(int sig)
{
	stop_watch();
	if (stop_asked() || stop_fd() == -1 || readable(stop_fd()))
		return 1;
	if ((fcntl(stop_fd(), F_GETFD) & FD_CLOEXEC) == 0)
		return 2;
	stop_die();
	(void)raise(sig);
	if (!stop_asked() || !readable(stop_fd()))
		return 3;
	/* It stays so, and asking more often than a pipe holds waits for
	 * nothing. */
	for (int i = 0; i < 100000; i++)
		(void)raise(sig);
	return stop_asked() && readable(stop_fd()) ? 0 : 4;
}

static void
test_asks(void **state)
{
	(void)state;
	for (size_t i = 0; i < ASKS; i++)
		exits_0(watched, asks[i]);
}

/* What waits in poll(2) wakes up. */
static int
wakes(int sig)
{
	int64_t from = proc_now();
	struct pollfd one;

	stop_watch();
	send_later(sig);
	one = (struct pollfd){ stop_fd(), POLLIN, 0 };
	while (poll(&one, 1, LONG) != 1)
		if (proc_now() - from > SOON)
			return 1;
	return stop_asked() && proc_now() - from < SOON ? 0 : 2;
}

static void
test_wakes(void **state)
{
	(void)state;
	exits_0(wakes, SIGTERM);
}

/* nohup(1), and a shell's background job. */
static int
ignored(int sig)
{
	(void)signal(sig, SIG_IGN);
	stop_watch();
	(void)raise(sig);
	if (stop_asked() || readable(stop_fd()))
		return 1;
	stop_die();
	/* The others are not. */
	(void)raise(sig == SIGTERM ? SIGINT : SIGTERM);
	return stop_asked() ? 0 : 2;
}

static void
test_ignored(void **state)
{
	(void)state;
	for (size_t i = 0; i < ASKS; i++)
		exits_0(ignored, asks[i]);
}

static int
dies(int sig)
{
	stop_watch();
	(void)raise(sig);
	stop_die();
	return 3;
}

static void
test_dies(void **state)
{
	struct said said;
	char want[64];

	(void)state;
	for (size_t i = 0; i < ASKS; i++) {
		said_begin(&said);
		assert_int_equal(in_child(dies, asks[i]), asks[i]);
		snprintf(want, sizeof(want), "stopped by signal %d (%s)\n",
		    asks[i], strsignal(asks[i]));
		said_one(&said, want, NULL);
	}
}

/*
 * Children.
 */
static const struct span none = { NULL, 0 };

static int
runs(int sig)
{
	const char *const argv[] = { "sh", "-c",
		"trap '' TERM INT HUP; echo $$; exec sleep 600", NULL };
	struct bytes out = BYTES_NONE;
	int64_t from = proc_now();
	pid_t pid;

	stop_watch();
	send_later(sig);
	if (proc_run(argv, NULL, none, &out, NULL, 100, LONG) != -1)
		return 1;
	if (proc_now() - from > SOON || bytes_add(&out, "", 1) == -1)
		return 2;
	pid = (pid_t)strtol(out.p, NULL, 10);
	if (pid < 2 || kill(pid, 0) != -1) /* ended, and reaped */
		return 3;
	return 0;
}

static void
test_run(void **state)
{
	struct said said;

	(void)state;
	said_begin(&said);
	exits_0(runs, SIGTERM);
	exits_0(runs, SIGHUP);
	said_nothing(&said); /* stop_die says it, for all */
}

/* Who is asked already starts nothing that lasts. */
static int
runs_late(int sig)
{
	const char *const argv[] = { "sleep", "600", NULL };
	int64_t from = proc_now();

	stop_watch();
	(void)raise(sig);
	if (proc_run(argv, NULL, none, NULL, NULL, 0, -1) != -1)
		return 1;
	return proc_now() - from < SOON ? 0 : 2;
}

static void
test_run_late(void **state)
{
	(void)state;
	exits_0(runs_late, SIGINT);
}

static int
sleep_long(void *arg, void *result)
{
	(void)arg;
	(void)result;
	(void)sleep(600);
	return 0;
}

/* -1: this host's doing, and no judgement on the file. */
static int
calls(int sig)
{
	int64_t from = proc_now();
	int result = 7;

	stop_watch();
	send_later(sig);
	if (proc_call("walk", sleep_long, NULL, &result, sizeof(result), NULL,
		0, LONG) != -1)
		return 1;
	return result == 7 && proc_now() - from < SOON ? 0 : 2;
}

static void
test_call(void **state)
{
	struct said said;

	(void)state;
	said_begin(&said);
	exits_0(calls, SIGTERM);
	said_nothing(&said);
}

/* Without being asked, a deadline is what it always was. */
static int
calls_in_time(int sig)
{
	int result = 7;

	(void)sig;
	stop_watch();
	return proc_call("walk", sleep_long, NULL, &result, sizeof(result),
		   NULL, 0, 100) == PROC_CRASHED
	    ? 0
	    : 1;
}

static void
test_call_deadline(void **state)
{
	struct said said;

	(void)state;
	said_begin(&said);
	exits_0(calls_in_time, 0);
	said_one(&said, "walk: took over 0.1 s: killed", NULL);
}

/* A child does not take the signals that we take. */
static int
child_dies(int sig)
{
	const char *const argv[] = { "sh", "-c", "kill -TERM $$; exit 3",
		NULL };

	(void)sig;
	stop_watch();
	if (proc_run(argv, NULL, none, NULL, NULL, 0, LONG) != -1)
		return 1;
	return stop_asked() ? 2 : 0;
}

static void
test_child_dies(void **state)
{
	struct said said;

	(void)state;
	said_begin(&said);
	exits_0(child_dies, 0);
	said_one(&said, "killed by signal 15", NULL);
}

/*
 * Locks.
 */
static char path[64];

static int
waits(int sig)
{
	int64_t from = proc_now();
	int fd;

	stop_watch();
	send_later(sig);
	if (lock_file(path, LOCK_SHARED, LONG, &fd) != -1 || fd != -1)
		return 1;
	return proc_now() - from < SOON ? 0 : 2;
}

/* Nobody waits for a lock that nobody will use. */
static void
test_lock(void **state)
{
	struct said said;
	char dir[32];
	int fd;

	(void)state;
	scratch_dir(dir);
	snprintf(path, sizeof(path), "%s/lock", dir);
	assert_int_equal(lock_file(path, LOCK_EXCLUSIVE, 0, &fd), 0);
	said_begin(&said);
	exits_0(waits, SIGTERM);
	said_nothing(&said);
	close(fd);
	scratch_tree(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_not_watched),
		cmocka_unit_test(test_asks),
		cmocka_unit_test(test_wakes),
		cmocka_unit_test(test_ignored),
		cmocka_unit_test(test_dies),
		cmocka_unit_test(test_run),
		cmocka_unit_test(test_run_late),
		cmocka_unit_test(test_call),
		cmocka_unit_test(test_call_deadline),
		cmocka_unit_test(test_child_dies),
		cmocka_unit_test(test_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
