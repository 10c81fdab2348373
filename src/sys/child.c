#include "child.h"
#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int
child_prepare(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGCHLD, SIG_DFL);
	return fd == -1 ? -1 : 0;
}

/* The child's first steps.  Nothing here can be said: the parent may hold
 * anything half done. */
static void
settle(pid_t parent)
{
	const struct rlimit none = { 0, 0 };
	sigset_t empty;

	(void)setsid();
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127); /* it died before prctl could know */
	for (int i = 1; i < NSIG; i++)
		(void)signal(i, SIG_DFL);
	sigemptyset(&empty);
	(void)sigprocmask(SIG_SETMASK, &empty, NULL);
	(void)setrlimit(RLIMIT_CORE, &none);
}

pid_t
child_fork(const char *name)
{
	pid_t parent = getpid(), pid;

	(void)fflush(NULL); /* or the child has a copy of what waits there */
	pid = fork();
	if (pid == -1)
		say("%s: fork: %s", name, strerror(errno));
	if (pid == 0)
		settle(parent);
	return pid;
}

static void
close_between(int first, int last)
{
	long most;

	if (first > last ||
	    close_range((unsigned)first, (unsigned)last, 0) == 0)
		return;
	most = sysconf(_SC_OPEN_MAX);
	for (int fd = first; fd <= last && fd < most; fd++)
		close(fd);
}

void
child_close(const int *keep, int also)
{
	int next;

	for (int fd = 3; fd != INT_MAX;
	     fd = next == INT_MAX ? next : next + 1) {
		next = also >= fd ? also : INT_MAX;
		for (const int *k = keep; k != NULL && *k != -1; k++)
			if (*k >= fd && *k < next)
				next = *k;
		close_between(fd, next == INT_MAX ? next : next - 1);
	}
}

static void
close_fd(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

/* One pipe: our end, which does not block, and theirs, its descriptor i. */
static int
open_pipe(int i, int *ours, int *theirs)
{
	int p[2];

	if (pipe2(p, O_CLOEXEC) == -1)
		return -1;
	*ours = i == STDIN_FILENO ? p[1] : p[0];
	*theirs = i == STDIN_FILENO ? p[0] : p[1];
	return fcntl(*ours, F_SETFL, O_NONBLOCK);
}

static int
open_fds(const enum child_fd want[3], int ours[3], int theirs[3])
{
	for (int i = 0; i < 3; i++) {
		if (want[i] == CHILD_PIPE &&
		    open_pipe(i, &ours[i], &theirs[i]) == -1)
			return -1;
		if (want[i] == CHILD_NULL)
			theirs[i] = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (want[i] == CHILD_OURS)
			theirs[i] = fcntl(i, F_DUPFD_CLOEXEC, 3);
		if (theirs[i] == -1)
			return -1;
	}
	return 0;
}

/* In the child.  theirs are all above 2: child_prepare saw to it. */
static _Noreturn void
exec_here(
    const char *const argv[], const int theirs[3], const int *keep, int report)
{
	int e;

	for (int i = 0; i < 3; i++)
		if (dup2(theirs[i], i) == -1)
			goto fail;
	for (const int *k = keep; k != NULL && *k != -1; k++)
		if (fcntl(*k, F_SETFD, 0) == -1)
			goto fail;
	child_close(keep, report);
	(void)execvp(argv[0], (char *const *)(uintptr_t)argv);
fail:
	e = errno;
	if (write(report, &e, sizeof(e)) == -1)
		_exit(126);
	_exit(127);
}

/* What exec said through the pipe that it closes when it succeeds: errno, or
 * 0. */
static int
hear(int report)
{
	ssize_t n;
	int e;

	do
		n = read(report, &e, sizeof(e));
	while (n == -1 && errno == EINTR);
	return n == sizeof(e) ? e : 0;
}

int
child_exec(pid_t *pid, const char *name, const char *const argv[],
    const enum child_fd want[3], int ours[3], const int *keep)
{
	int theirs[3] = { -1, -1, -1 }, report[2] = { -1, -1 };
	int e = 0;

	*pid = -1;
	ours[0] = ours[1] = ours[2] = -1;
	if (child_prepare() == -1 || open_fds(want, ours, theirs) == -1 ||
	    pipe2(report, O_CLOEXEC) == -1) {
		say("%s: cannot run: %s", name, strerror(errno));
		goto out;
	}
	*pid = child_fork(name);
	if (*pid == 0)
		exec_here(argv, theirs, keep, report[1]);
	if (*pid == -1)
		goto out;
	close_fd(&report[1]);
	e = hear(report[0]);
	if (e != 0) {
		if (strcmp(name, argv[0]) == 0)
			say("cannot run %s: %s", name, strerror(e));
		else
			say("%s: cannot run %s: %s", name, argv[0],
			    strerror(e));
		(void)child_reap(*pid);
		*pid = -1;
	}
out:
	for (int i = 0; i < 3; i++) {
		close_fd(&theirs[i]);
		if (*pid == -1)
			close_fd(&ours[i]);
	}
	close_fd(&report[0]);
	close_fd(&report[1]);
	return *pid == -1 ? -1 : 0;
}

int
child_watch(pid_t pid, const char *name)
{
	int fd;

	fd = pidfd_open(pid, 0);
	if (fd == -1)
		say("%s: pidfd_open: %s", name, strerror(errno));
	return fd;
}

/* Both: a child that was just forked may not have its session yet. */
void
child_kill(pid_t pid)
{
	(void)kill(-pid, SIGKILL);
	(void)kill(pid, SIGKILL);
}

int
child_reap(pid_t pid)
{
	int status;
	pid_t got;

	do
		got = waitpid(pid, &status, 0);
	while (got == -1 && errno == EINTR);
	return got == pid ? status : W_EXITCODE(0, SIGKILL);
}
