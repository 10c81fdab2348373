#include "sys/proc.h"
#include "sys/say.h"
#include "scratch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* Far more than anything here takes; and what "not for ever" means. */
#define LONG 60000
#define SOON 30000

static struct bytes out, err;
static char said[512];

static int
begin(void **state)
{
	(void)state;
	out = err = (struct bytes)BYTES_NONE;
	say("mark");
	return 0;
}

static int
end(void **state)
{
	(void)state;
	bytes_release(&out);
	bytes_release(&err);
	return 0;
}

static void
heard(const char *text)
{
	say_last(said, sizeof(said));
	if (strstr(said, text) == NULL)
		print_error("said: %s\n", said);
	assert_non_null(strstr(said, text));
}

static void
is_bytes(const struct bytes *b, const char *text)
{
	assert_int_equal(b->len, strlen(text));
	assert_memory_equal(b->p, text, b->len);
}

static int
sh(const char *script, struct span in, size_t max, int deadline_ms)
{
	const char *const argv[] = { "sh", "-c", script, NULL };

	return proc_run(argv, NULL, in, &out, &err, max, deadline_ms);
}

static const struct span nothing = { NULL, 0 };

static void
test_run(void **state)
{
	struct span in = { "in\n", 3 };

	(void)state;
	assert_int_equal(sh("cat; echo e >&2; exit 7", in, 100, LONG), 7);
	is_bytes(&out, "in\n");
	is_bytes(&err, "e\n");
	assert_int_equal(sh("echo more", nothing, 5, LONG), 0); /* appends */
	is_bytes(&out, "in\nmore\n");
	assert_int_equal(sh("exit 255", nothing, 0, -1), 255);
	heard("mark"); /* exit status is the caller's to say */
}

static void
test_null_streams(void **state)
{
	const char *const argv[] = { "sh", "-c", "cat; echo x", NULL };
	const char *const bad[] = { "sh", "-c", "echo x >&2", NULL };
	int fd = scratch_file("", 0), saved;

	(void)state;
	assert_int_equal(proc_run(argv, NULL, nothing, NULL, NULL, 0, LONG), 0);
	saved = scratch_hush(fd);
	assert_int_equal(proc_run(bad, NULL, nothing, NULL, NULL, 0, LONG), 0);
	scratch_unhush(saved);
	assert_true(scratch_is(fd, "x\n", 2)); /* our stderr */
	close(fd);
}

static void
test_cannot_run(void **state)
{
	const char *const none[] = { "/no/such/program", NULL };
	const char *const dir[] = { "/tmp", NULL };

	(void)state;
	assert_int_equal(
	    proc_run(none, NULL, nothing, &out, &err, 9, LONG), -1);
	heard("cannot run /no/such/program: No such file or directory");
	assert_int_equal(proc_run(dir, NULL, nothing, &out, &err, 9, LONG), -1);
	heard("cannot run /tmp: Permission denied");
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* all reaped */
	assert_int_equal(errno, ECHILD);
}

/* More than a pipe holds, both ways at once. */
static void
test_much(void **state)
{
	static char big[3000000];
	struct span in = { big, sizeof(big) };

	(void)state;
	scratch_noise(big, sizeof(big), 3);
	assert_int_equal(sh("cat", in, sizeof(big), LONG), 0);
	assert_int_equal(out.len, sizeof(big));
	assert_memory_equal(out.p, big, sizeof(big));
	/* it need not read what it is given */
	assert_int_equal(sh("exit 3", in, 0, LONG), 3);
	assert_int_equal(sh("exec <&-; sleep 0.1; exit 4", in, 0, LONG), 4);
}

static void
test_endless(void **state)
{
	int64_t from = proc_now();

	(void)state;
	assert_int_equal(sh("yes", nothing, 100000, LONG), -1);
	heard("sh: printed too much: killed");
	assert_true(out.len <= 100000);
	assert_int_equal(sh("yes >&2", nothing, 100000, LONG), -1);
	heard("printed too much");
	assert_true(proc_now() - from < SOON);
	out.len = 0;
	assert_int_equal(sh("printf 12345", nothing, 5, LONG), 0);
	assert_int_equal(sh("printf 123456", nothing, 5, LONG), -1);
}

/* Has it ended, reaped by somebody or not? */
static bool
is_dead(pid_t pid)
{
	char name[32], text[64] = "";
	int fd;

	snprintf(name, sizeof(name), "/proc/%d/stat", pid);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return true;
	if (read(fd, text, sizeof(text) - 1) <= 0)
		text[0] = '\0';
	close(fd);
	return text[0] == '\0' || strstr(text, ") Z ") != NULL;
}

static bool
dies(pid_t pid)
{
	for (int i = 0; i < 3000; i++) {
		if (is_dead(pid))
			return true;
		usleep(10000);
	}
	return false;
}

/* The whole process group dies with the child. */
static void
test_deadline(void **state)
{
	int64_t from = proc_now();
	pid_t pid;

	(void)state;
	assert_int_equal(sh("trap '' TERM INT HUP; sleep 600 & echo $!; "
			    "wait; sleep 600",
			     nothing, 100, 500),
	    -1);
	heard("sh: took over 0.5 s: killed");
	assert_in_range(proc_now() - from, 500, SOON);
	pid = (pid_t)strtol(out.p, NULL, 10);
	assert_true(pid > 1 && dies(pid));
}

/* Output closed, work not ended: the deadline still holds. */
static void
test_deadline_quiet(void **state)
{
	(void)state;
	assert_int_equal(sh("exec >&- 2>&-; sleep 600", nothing, 100, 300), -1);
	heard("took over");
}

static void
test_killed(void **state)
{
	(void)state;
	assert_int_equal(sh("kill -9 $$", nothing, 0, LONG), -1);
	heard("sh: killed by signal 9 (Killed)");
}

/* A process left behind holds the pipe: the answer comes all the same. */
static void
test_grandchild(void **state)
{
	int64_t from = proc_now();

	(void)state;
	assert_int_equal(
	    sh("sleep 100 & echo $!; exit 5", nothing, 99, LONG), 5);
	assert_true(proc_now() - from < SOON);
	kill((pid_t)strtol(out.p, NULL, 10), SIGKILL);
	/* the deadline counts for the child, not for what it leaves */
	out.len = 0;
	assert_int_equal(
	    sh("setsid sleep 100 & echo $!; exit 6", nothing, 99, LONG), 6);
	kill((pid_t)strtol(out.p, NULL, 10), SIGKILL);
}

/* What a child inherits: nothing but 0 to 2 and what is kept. */
static void
test_inherits(void **state)
{
	const char *const argv[] = { "sh", "-c",
		"ls /proc/self/fd | tr '\\n' ' '; cat <&7; "
		/* 32 and 33 are the C library's own, and not ours to set. */
		"sed -n 's/\\(0000000\\)18\\(0000000\\)$/\\100\\2/; "
		"/^Sig[IB][gl][nk]:/p' /proc/self/status; ulimit -c; "
		"cut -d ' ' -f 6 /proc/$$/stat; echo $$",
		NULL };
	const int keep[] = { 7, -1 };
	char want[256];
	int leak, kept;
	sigset_t all;
	char *line;

	(void)state;
	proc_harden();
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	leak = dup2(STDERR_FILENO, 100); /* not close-on-exec */
	kept = scratch_file("kept\n", 5);
	assert_int_equal(fcntl(kept, F_GETFD), FD_CLOEXEC);
	assert_int_equal(dup2(kept, 7), 7);
	fcntl(7, F_SETFD, FD_CLOEXEC);
	assert_int_equal(
	    proc_run(argv, keep, nothing, &out, &err, 999, LONG), 0);
	sigprocmask(SIG_UNBLOCK, &all, NULL);
	close(leak);
	close(kept);
	close(7);
	assert_int_equal(bytes_add(&out, "", 1), 0);
	/* 3 is ls's own */
	snprintf(want, sizeof(want),
	    "0 1 2 3 7 kept\nSigBlk:\t%016d\nSigIgn:\t%016d\n0\n", 0, 0);
	assert_memory_equal(out.p, want, strlen(want));
	line = strchr(out.p + strlen(want), '\n');
	assert_non_null(line);
	*line = '\0';
	assert_int_equal(strncmp(out.p + strlen(want), line + 1,
			     strlen(out.p + strlen(want))),
	    0); /* its own session */
}

static void
test_bad_keep(void **state)
{
	const char *const argv[] = { "true", NULL };
	const int keep[] = { 99, -1 };

	(void)state;
	assert_int_equal(
	    proc_run(argv, keep, nothing, &out, &err, 9, LONG), -1);
	heard("cannot run true: Bad file descriptor");
}

/* Descriptors 0 to 2 closed: pipes must not land there. */
static void
test_closed_stdio(void **state)
{
	struct span in = { "hello", 5 };
	int status, rc;
	pid_t pid;

	(void)state;
	pid = fork();
	if (pid == 0) {
		close(0);
		close(1);
		close(2);
		rc = sh("cat; echo e >&2", in, 100, LONG);
		_exit(rc == 0 && out.len == 5 && err.len == 2 &&
			    memcmp(out.p, "hello", 5) == 0
			? 0
			: 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* cron and some supervisors leave SIGCHLD ignored. */
static void
test_sigchld_ignored(void **state)
{
	(void)state;
	signal(SIGCHLD, SIG_IGN);
	assert_int_equal(sh("exit 9", nothing, 0, LONG), 9);
}

/* Children die with us. */
static void
test_parent_killed(void **state)
{
	int p[2];
	pid_t pid;
	char c;

	(void)state;
	assert_int_equal(pipe(p), 0);
	pid = fork();
	if (pid == 0) {
		const char *const argv[] = { "sleep", "600", NULL };
		const int keep[] = { p[1], -1 };

		(void)proc_run(argv, keep, nothing, NULL, NULL, 0, LONG);
		_exit(0);
	}
	close(p[1]);
	usleep(200000);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	/* the end of the pipe: nobody has it any more */
	assert_int_equal(read(p[0], &c, 1), 0);
	close(p[0]);
}

struct answer {
	int pid;
	char text[100000];
};

static struct answer answer;

static int
fill_in(void *arg, void *result)
{
	struct answer *a = result;

	if (a->text[0] != 'k') /* as it was */
		return 1;
	a->pid = getpid();
	memset(a->text, *(char *)arg, sizeof(a->text));
	return 42;
}

static void
test_call(void **state)
{
	char c = 'z';

	(void)state;
	memset(&answer, 0, sizeof(answer));
	answer.text[0] = 'k';
	assert_int_equal(proc_call("work", fill_in, &c, &answer, sizeof(answer),
			     NULL, 0, LONG),
	    42);
	assert_int_not_equal(answer.pid, getpid());
	assert_int_equal(answer.text[99999], 'z');
}

static int
misbehave(void *arg, void *result)
{
	*(int *)result = 1;
	switch (*(char *)arg) {
	case 's':
		raise(SIGSEGV);
		break;
	case 'a':
		signal(SIGABRT, SIG_DFL);
		raise(SIGABRT);
		break;
	case 'k':
		raise(SIGKILL);
		break;
	case 'x':
		_exit(0);
	case 'l':
		for (;;)
			pause();
	default:
		break;
	}
	return 0;
}

static int
call(char c, int deadline_ms)
{
	int result = 7, rc;

	rc = proc_call("walk of /x", misbehave, &c, &result, sizeof(result),
	    NULL, 0, deadline_ms);
	assert_int_equal(result, rc == 0 ? 1 : 7);
	return rc;
}

static void
test_call_crashes(void **state)
{
	int64_t from = proc_now();

	(void)state;
	assert_int_equal(call('0', LONG), 0);
	heard("mark");
	assert_int_equal(call('s', LONG), PROC_CRASHED);
	heard("walk of /x: crashed (signal 11): the file is damaged");
	assert_int_equal(call('a', LONG), PROC_CRASHED);
	heard("crashed (signal 6)");
	assert_int_equal(call('k', LONG), -1);
	heard("walk of /x: killed by signal 9");
	assert_int_equal(call('x', LONG), PROC_CRASHED);
	heard("without a result");
	assert_int_equal(call('l', 300), PROC_CRASHED);
	heard("walk of /x: took over 0.3 s: killed");
	assert_true(proc_now() - from < SOON);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static int
look_around(void *arg, void *result)
{
	int *fds = arg;
	struct rlimit core;
	int n = 0;

	(void)result;
	for (int fd = 3; fd < 200; fd++)
		if (fcntl(fd, F_GETFD) != -1)
			n++;
	getrlimit(RLIMIT_CORE, &core);
	/* the kept one and the way home */
	return n == 2 && fcntl(fds[0], F_GETFD) != -1 &&
	    fcntl(fds[1], F_GETFD) == -1 && core.rlim_cur == 0;
}

static void
test_call_closes(void **state)
{
	int fds[2] = { 50, 60 };
	const int keep[] = { 50, -1 };

	(void)state;
	dup2(2, 50);
	dup2(2, 60);
	assert_int_equal(
	    proc_call("look", look_around, fds, NULL, 0, keep, 0, LONG), 1);
	close(50);
	close(60);
}

static int
write_much(void *arg, void *result)
{
	static char big[10000];
	int fd = *(int *)arg;

	(void)result;
	return write(fd, big, 4096) == 4096 && write(fd, big, 4096) == -1 &&
	    errno == EFBIG;
}

static void
test_call_file_max(void **state)
{
	char dir[32];
	int fd;

	(void)state;
	scratch_dir(dir);
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	assert_int_equal(
	    proc_call("fill", write_much, &fd, NULL, 0, NULL, 4096, LONG), 1);
	close(fd);
	scratch_names(dir, 1);
}

static int
print_more(void *arg, void *result)
{
	(void)result;
	fputs("child\n", arg);
	return fflush(arg) == 0 ? 0 : 1;
}

/* What waits in our stdio buffers is written once. */
static void
test_call_stdio(void **state)
{
	int fd = scratch_file("", 0);
	FILE *f = fdopen(dup(fd), "w");

	(void)state;
	fputs("parent\n", f);
	assert_int_equal(
	    proc_call("print", print_more, f, NULL, 0, NULL, 0, LONG), 0);
	fclose(f);
	assert_true(scratch_is(fd, "parent\nchild\n", 13));
	close(fd);
}

/*
 * A child to talk to.
 */
static struct proc
start(const char *script)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	struct proc p;

	assert_int_equal(proc_start(&p, "kdc2", argv), 0);
	return p;
}

/* Is it ready within the time? */
static bool
ready(int fd, short events, int64_t ms)
{
	struct pollfd one = { fd, events, 0 };

	return poll(&one, 1, (int)ms) == 1;
}

/* What comes next, within reason. */
static ssize_t
hear(int fd, char *buf, size_t n)
{
	assert_true(ready(fd, POLLIN, LONG));
	return read(fd, buf, n);
}

static void
is_none(const struct proc *p)
{
	assert_int_equal(p->pid, -1);
	assert_int_equal(p->in, -1);
	assert_int_equal(p->out, -1);
	assert_int_equal(p->err, -1);
	assert_int_equal(p->watch, -1);
}

static void
test_talk(void **state)
{
	struct proc p = start("read a; echo \"got $a\"; cat; echo why >&2; "
			      "exit 3");
	int watch;
	char buf[64];

	(void)state;
	assert_int_equal(write(p.in, "hello\n", 6), 6);
	assert_int_equal(hear(p.out, buf, 4), 4);
	assert_memory_equal(buf, "got ", 4);
	assert_int_equal(hear(p.out, buf, sizeof(buf)), 6);
	assert_memory_equal(buf, "hello\n", 6);
	assert_int_equal(write(p.in, "x", 1), 1);
	assert_int_equal(hear(p.out, buf, sizeof(buf)), 1);
	assert_false(ready(p.watch, POLLIN, 0));
	proc_close(&p.in);
	assert_int_equal(p.in, -1);
	proc_close(&p.in);
	assert_int_equal(hear(p.out, buf, sizeof(buf)), 0);
	assert_int_equal(hear(p.out, buf, sizeof(buf)), 0);
	/* Its stderr is for us, too; it still is when it has ended. */
	assert_true(ready(p.watch, POLLIN, LONG));
	assert_int_equal(hear(p.err, buf, sizeof(buf)), 4);
	assert_memory_equal(buf, "why\n", 4);
	watch = p.watch;
	assert_int_equal(proc_end(&p), 3);
	assert_int_equal(fcntl(watch, F_GETFD), -1);
	is_none(&p);
	assert_int_equal(proc_end(&p), -1);
	heard("mark");
}

/* Nothing waits: not to read, not to write, not for its end. */
static void
test_talk_idle(void **state)
{
	int64_t from = proc_now();
	struct proc p = start("trap '' TERM INT HUP; sleep 600 & echo $!; "
			      "wait; sleep 600");
	static char big[1 << 20];
	char buf[64] = "";
	pid_t group;
	ssize_t n;

	(void)state;
	assert_true(hear(p.out, buf, sizeof(buf) - 1) > 1);
	group = (pid_t)strtol(buf, NULL, 10);
	assert_int_equal(read(p.out, buf, 1), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(read(p.err, buf, 1), -1);
	assert_int_equal(errno, EAGAIN);
	n = write(p.in, big, sizeof(big));
	assert_in_range(n, 1, sizeof(big) - 1);
	assert_int_equal(write(p.in, big, sizeof(big)), -1);
	assert_int_equal(errno, EAGAIN);
	assert_false(ready(p.watch, POLLIN, 0));
	/* Killed, with its group; whoever does it has said why. */
	assert_int_equal(proc_end(&p), -1);
	is_none(&p);
	assert_true(group > 1 && dies(group));
	assert_true(proc_now() - from < SOON);
	heard("mark");
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* One that ended by itself leaves what it leaves: only that it ended counts. */
static void
test_talk_left(void **state)
{
	struct proc p = start("sleep 600 & echo $!; exit 5");
	char buf[64] = "";
	pid_t left;

	(void)state;
	assert_true(hear(p.out, buf, sizeof(buf) - 1) > 1);
	assert_true(ready(p.watch, POLLIN, LONG));
	assert_int_equal(proc_end(&p), 5);
	left = (pid_t)strtol(buf, NULL, 10);
	assert_true(left > 1);
	assert_int_equal(kill(left, SIGKILL), 0);
	heard("mark");
}

static void
test_talk_gone(void **state)
{
	struct proc p = start("exit 1");
	const char *const none[] = { "/no/such", NULL };
	char c;

	(void)state;
	assert_true(ready(p.watch, POLLIN, LONG));
	assert_int_equal(write(p.in, "x", 1), -1);
	assert_int_equal(errno, EPIPE); /* and no signal */
	assert_int_equal(read(p.out, &c, 1), 0);
	assert_int_equal(proc_end(&p), 1);
	p = start("kill -9 $$");
	assert_true(ready(p.watch, POLLIN, LONG));
	assert_int_equal(proc_end(&p), -1);
	heard("mark");
	assert_int_equal(proc_start(&p, "kdc2", none), -1);
	heard("kdc2: cannot run /no/such: No such file or directory");
	is_none(&p);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* A child's lines, and those of a child of its own. */
static int
complain(void *arg, void *result)
{
	pid_t pid;

	(void)arg;
	say("no room");
	pid = fork();
	if (pid == 0) {
		say("nor here");
		_exit(0);
	}
	*(int *)result = waitpid(pid, NULL, 0) == pid;
	return 3;
}

static void
test_call_captured(void **state)
{
	struct bytes lines = BYTES_NONE;
	int reaped = 0;

	(void)state;
	say_capture(&lines);
	assert_int_equal(proc_call("work", complain, NULL, &reaped,
			     sizeof(reaped), NULL, 0, LONG),
	    3);
	say("all told");
	say_capture(NULL);
	assert_int_equal(reaped, 1);
	assert_int_equal(bytes_add(&lines, "", 1), 0);
	assert_string_equal(lines.p,
	    "kdcsync: no room\nkdcsync: nor here\nkdcsync: all told\n");
	bytes_release(&lines);
}

/* Room for many is made as far as the hard limit goes, and never taken away. */
static int
find_room(void *arg, void *result)
{
	struct rlimit r = { 64, 500 };

	(void)arg;
	(void)result;
	if (setrlimit(RLIMIT_NOFILE, &r) == -1)
		return 1;
	if (proc_room(32) != 32 || getrlimit(RLIMIT_NOFILE, &r) == -1 ||
	    r.rlim_cur != 64)
		return 2;
	if (proc_room(300) != 300 || getrlimit(RLIMIT_NOFILE, &r) == -1 ||
	    r.rlim_cur != 300)
		return 3;
	if (proc_room(100000) != 500 || getrlimit(RLIMIT_NOFILE, &r) == -1 ||
	    r.rlim_cur != 500)
		return 4;
	return r.rlim_max == 500 ? 0 : 5;
}

static void
test_room(void **state)
{
	(void)state;
	assert_int_equal(
	    proc_call("room", find_room, NULL, NULL, 0, NULL, 0, LONG), 0);
}

static void
test_harden(void **state)
{
	struct rlimit core;
	int status;
	pid_t pid;

	(void)state;
	pid = fork();
	if (pid == 0) {
		struct sigaction pipe_action;

		close(0);
		close(2);
		proc_harden();
		getrlimit(RLIMIT_CORE, &core);
		sigaction(SIGPIPE, NULL, &pipe_action);
		_exit(umask(0) == 077 && core.rlim_cur == 0 &&
			    prctl(PR_GET_DUMPABLE) == 0 &&
			    fcntl(0, F_GETFD) == 0 && fcntl(2, F_GETFD) == 0 &&
			    pipe_action.sa_handler == SIG_IGN
			? 0
			: 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

#define WITH(t) cmocka_unit_test_setup_teardown(t, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(test_run),
		WITH(test_null_streams),
		WITH(test_cannot_run),
		WITH(test_much),
		WITH(test_endless),
		WITH(test_deadline),
		WITH(test_deadline_quiet),
		WITH(test_killed),
		WITH(test_grandchild),
		WITH(test_inherits),
		WITH(test_bad_keep),
		WITH(test_closed_stdio),
		WITH(test_sigchld_ignored),
		WITH(test_parent_killed),
		WITH(test_call),
		WITH(test_call_crashes),
		WITH(test_call_closes),
		WITH(test_call_file_max),
		WITH(test_call_stdio),
		WITH(test_call_captured),
		WITH(test_talk),
		WITH(test_talk_idle),
		WITH(test_talk_left),
		WITH(test_talk_gone),
		WITH(test_room),
		WITH(test_harden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
