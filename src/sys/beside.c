#include "beside.h"

#include "child.h"
#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define KEEP_MAX 8

int
beside_cpus(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	if (sched_getaffinity(0, sizeof(set), &set) == -1)
		return 1;
	return CPU_COUNT(&set);
}

static void
close_fd(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

static _Noreturn void
work(int (*fn)(void *, int, int), void *arg, const int *keep, int from, int to)
{
	int all[KEEP_MAX + 2], n = 0;

	for (; n < KEEP_MAX && keep[n] != -1; n++)
		all[n] = keep[n];
	all[n++] = from;
	all[n] = -1;
	child_close(all, to);
	/* We may end, or not listen any more: then there is nobody to tell. */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* EFBIG can be said */
	_exit(fn(arg, from, to) & 0xff);
}

int
beside_begin(struct beside *b, const char *what,
    int (*fn)(void *arg, int from, int to), void *arg, const int *keep)
{
	int down[2] = { -1, -1 }, up[2] = { -1, -1 };

	*b = (struct beside)BESIDE_NONE;
	if (child_prepare() == -1 || pipe2(down, O_CLOEXEC) == -1 ||
	    pipe2(up, O_CLOEXEC) == -1)
		say("%s: pipe: %s", what, strerror(errno));
	else
		b->pid = child_fork(what);
	if (b->pid == 0)
		work(fn, arg, keep, down[0], up[1]);
	close_fd(&down[0]);
	close_fd(&up[1]);
	if (b->pid == -1) {
		close_fd(&down[1]);
		close_fd(&up[0]);
		return -1;
	}
	b->to = down[1];
	b->from = up[0];
	return 0;
}

bool
beside_hear(int from, void *p, size_t n)
{
	char *at = p;
	ssize_t got;

	while (n > 0) {
		got = read(from, at, n);
		if (got == -1 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += got;
		n -= (size_t)got;
	}
	return true;
}

bool
beside_tell(int to, const void *p, size_t n)
{
	const char *at = p;
	ssize_t put;

	while (n > 0) {
		put = write(to, at, n);
		if (put == -1 && errno == EINTR)
			continue;
		if (put == -1)
			return false;
		at += put;
		n -= (size_t)put;
	}
	return true;
}

int
beside_end(struct beside *b, bool *crashed)
{
	int status, sig;

	close_fd(&b->to);
	status = child_reap(b->pid);
	close_fd(&b->from);
	b->pid = -1;
	sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	*crashed = sig == SIGSEGV || sig == SIGBUS || sig == SIGABRT ||
	    sig == SIGILL || sig == SIGFPE;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void
beside_drop(struct beside *b)
{
	bool crashed;

	if (b->pid == -1)
		return;
	child_kill(b->pid);
	(void)beside_end(b, &crashed);
}
