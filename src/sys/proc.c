#include "proc.h"
#include "child.h"
#include "say.h"
#include "stop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* After a child's end, so long for the end of its output: a process that it
 * left behind may hold the pipe for ever. */
#define GRACE_MS 1000
#define CHUNK 65536
#define MEANWHILE_MS 200
#define SAID_MAX ((size_t)64 << 20) /* at debug level a line a record */

struct stream {
	int fd; /* -1: closed */
	struct bytes *to;
	size_t room;
};

/* A child that is fed and heard until its end. */
struct run {
	const char *name;
	pid_t pid;
	int watch, in;
	struct span feed;
	struct stream out, err;
	int64_t until;
	int deadline_ms;
	bool ended;
};

/* What proc_harden changed, for proc_become. */
static struct {
	mode_t umask;
	struct rlimit core;
} before;

void
proc_harden(void)
{
	struct rlimit none;

	before.umask = umask(077);
	(void)getrlimit(RLIMIT_CORE, &before.core);
	/* The hard limit stays: proc_become gives back what was. */
	none = (struct rlimit){ 0, before.core.rlim_max };
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0);
	(void)child_prepare();
}

size_t
proc_room(size_t descriptors)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == -1 || r.rlim_cur >= descriptors)
		return descriptors;
	r.rlim_cur = descriptors < r.rlim_max ? descriptors : r.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &r);
	(void)getrlimit(RLIMIT_NOFILE, &r);
	return r.rlim_cur < descriptors ? r.rlim_cur : descriptors;
}

void
proc_become(char *const argv[])
{
	(void)umask(before.umask);
	(void)setrlimit(RLIMIT_CORE, &before.core);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)execvp(argv[0], argv);
	say("%s: %s", argv[0], strerror(errno));
}

int64_t
proc_now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void (*meanwhile)(void);

void
proc_meanwhile(void (*fn)(void))
{
	meanwhile = fn;
}

/* What poll(2) may wait for; its caller looks at the clock again. */
static int
left(int64_t until)
{
	int most = meanwhile != NULL ? MEANWHILE_MS : 60000;
	int64_t ms = until - proc_now();

	if (ms < 0)
		return 0;
	return ms > most ? most : (int)ms;
}

static void
feed(struct run *r)
{
	ssize_t n;

	n = write(r->in, r->feed.p, r->feed.len);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	/* A child need not read what it is given (EPIPE): its exit status
	 * tells whether it was content. */
	if (n == -1) {
		proc_close(&r->in);
		return;
	}
	r->feed.p += n;
	r->feed.len -= (size_t)n;
	if (r->feed.len == 0)
		proc_close(&r->in);
}

static int
hear(struct run *r, struct stream *s)
{
	size_t want = s->room < CHUNK ? s->room + 1 : CHUNK;
	ssize_t n;

	if (bytes_reserve(s->to, want) == -1) {
		say("%s: no memory for what it prints", r->name);
		return -1;
	}
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): fd is -1 then */
	n = read(s->fd, s->to->p + s->to->len, want);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n == -1) {
		say("%s: read: %s", r->name, strerror(errno));
		return -1;
	}
	if (n == 0)
		proc_close(&s->fd);
	if ((size_t)n > s->room) {
		say("%s: printed too much: killed", r->name);
		return -1;
	}
	s->room -= (size_t)n;
	s->to->len += (size_t)n;
	return 0;
}

/* What poll woke us for. */
static int
serve(struct run *r, const struct pollfd p[5])
{
	if (p[0].revents != 0) {
		r->ended = true;
		r->until = proc_now() + GRACE_MS;
		proc_close(&r->in);
	}
	if (p[1].revents != 0 && r->in != -1)
		feed(r);
	if (p[2].revents != 0 && hear(r, &r->out) == -1)
		return -1;
	if (p[3].revents != 0 && hear(r, &r->err) == -1)
		return -1;
	return 0;
}

/* Serves the child until it has ended and its output too.  -1: it must be
 * killed, and why is said. */
static int
attend(struct run *r)
{
	bool bound;
	int n;

	do {
		struct pollfd p[5] = {
			{ r->ended ? -1 : r->watch, POLLIN, 0 },
			{ r->in, POLLOUT, 0 },
			{ r->out.fd, POLLIN, 0 },
			{ r->err.fd, POLLIN, 0 },
			{ stop_fd(), POLLIN, 0 },
		};

		bound = r->ended || r->deadline_ms >= 0;
		n = poll(p, 5, left(bound ? r->until : INT64_MAX));
		if (n == -1 && errno != EINTR) {
			say("%s: poll: %s", r->name, strerror(errno));
			return -1;
		}
		if (meanwhile != NULL)
			meanwhile();
		if (stop_asked())
			return -1; /* whoever asked knows why */
		if (n > 0 && serve(r, p) == -1)
			return -1;
		if (r->ended && r->out.fd == -1 && r->err.fd == -1)
			return 0;
	} while (!bound || proc_now() < r->until);
	if (r->ended)
		return 0;
	if (r->deadline_ms > 0)
		say("%s: took over %g s: killed", r->name,
		    r->deadline_ms / 1000.0);
	return -1;
}

/* Attends and reaps: the child's status, or -1, said. */
static int
finish(struct run *r)
{
	int rc = -1, status;

	r->until = proc_now() + r->deadline_ms;
	r->watch = child_watch(r->pid, r->name);
	if (r->watch != -1)
		rc = attend(r);
	if (rc == -1)
		child_kill(r->pid);
	status = child_reap(r->pid);
	proc_close(&r->watch);
	proc_close(&r->in);
	proc_close(&r->out.fd);
	proc_close(&r->err.fd);
	return rc == -1 ? -1 : status;
}

/* The exit status, or -1 for a signal, said. */
static int
judge(const char *name, int status)
{
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	say("%s: killed by signal %d (%s)", name, WTERMSIG(status),
	    strsignal(WTERMSIG(status)));
	return -1;
}

int
proc_run(const char *const argv[], const int *keep, struct span in,
    struct bytes *out, struct bytes *err, size_t max, int deadline_ms)
{
	const enum child_fd want[3] = {
		in.len > 0 ? CHILD_PIPE : CHILD_NULL,
		out != NULL ? CHILD_PIPE : CHILD_NULL,
		err != NULL ? CHILD_PIPE : CHILD_OURS,
	};
	struct run r = {
		.name = argv[0],
		.feed = in,
		.out = { -1, out, max },
		.err = { -1, err, max },
		.deadline_ms = deadline_ms,
	};
	int ours[3], status;

	if (child_exec(&r.pid, r.name, argv, want, ours, keep) == -1)
		return -1;
	r.in = ours[0];
	r.out.fd = ours[1];
	r.err.fd = ours[2];
	status = finish(&r);
	return status == -1 ? -1 : judge(r.name, status);
}

/* In the child: the work, its result down the pipe, its exit. */
static _Noreturn void
work(int (*fn)(void *, void *), void *arg, void *result, size_t size,
    const int *keep, uint64_t file_max, int to)
{
	struct rlimit most;
	const char *p = result;
	ssize_t n;
	int rc;

	if (keep != NULL)
		child_close(keep, to);
	(void)signal(SIGXFSZ, SIG_IGN); /* EFBIG can be said */
	if (file_max != 0 && getrlimit(RLIMIT_FSIZE, &most) == 0 &&
	    file_max < most.rlim_cur) {
		most.rlim_cur = most.rlim_max = file_max;
		(void)setrlimit(RLIMIT_FSIZE, &most);
	}
	rc = fn(arg, result);
	while (size > 0) {
		n = write(to, p, size);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			_exit(255);
		p += n;
		size -= (size_t)n;
	}
	_exit(rc & 0xff);
}

static bool
is_crash(int status)
{
	int sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	return sig == SIGSEGV || sig == SIGBUS || sig == SIGABRT ||
	    sig == SIGILL || sig == SIGFPE;
}

/* Where lines go instead of stderr, or NULL. */
static struct bytes *
listener(void)
{
	struct bytes *to = say_capture(NULL);

	(void)say_capture(to);
	return to;
}

/* What this child and its own say would stay in their memory. */
static void
speak_into(int err[2])
{
	close(err[0]);
	if (dup2(err[1], STDERR_FILENO) != -1)
		(void)say_capture(NULL);
	close(err[1]);
}

int
proc_call(const char *what, int (*fn)(void *arg, void *result), void *arg,
    void *result, size_t size, const int *keep, uint64_t file_max,
    int deadline_ms)
{
	struct bytes got = BYTES_NONE, said = BYTES_NONE, *heard = listener();
	struct run r = {
		.name = what,
		.in = -1,
		.out = { -1, &got, size },
		.err = { -1, &said, SAID_MAX },
		.deadline_ms = deadline_ms,
	};
	int to[2] = { -1, -1 }, err[2] = { -1, -1 }, status, rc = -1;

	if (child_prepare() == -1 || pipe2(to, O_CLOEXEC) == -1 ||
	    (heard != NULL && pipe2(err, O_CLOEXEC) == -1)) {
		say("%s: pipe: %s", what, strerror(errno));
		proc_close(&to[0]);
		proc_close(&to[1]);
		return -1;
	}
	r.pid = child_fork(what);
	if (r.pid == 0) {
		close(to[0]);
		if (heard != NULL)
			speak_into(err);
		work(fn, arg, result, size, keep, file_max, to[1]);
	}
	proc_close(&to[1]);
	proc_close(&err[1]);
	r.out.fd = to[0];
	r.err.fd = err[0];
	if (r.pid == -1) {
		proc_close(&to[0]);
		proc_close(&err[0]);
		return -1;
	}
	status = finish(&r);
	if (said.len > 0)
		(void)bytes_add(heard, said.p, said.len);
	bytes_release(&said);
	if (status == -1) {
		/* Its time was up, or ours is: that is no fault of the file. */
		rc = stop_asked() ? -1 : PROC_CRASHED;
		goto out;
	}
	if (is_crash(status)) {
		say("%s: crashed (signal %d): the file is damaged", what,
		    WTERMSIG(status));
		rc = PROC_CRASHED;
		goto out;
	}
	rc = judge(what, status);
	if (rc >= 0 && got.len != size) {
		say("%s: exit %d without a result", what, rc);
		rc = PROC_CRASHED;
	}
	if (rc >= 0 && size > 0)
		memcpy(result, got.p, size);
out:
	bytes_release(&got);
	return rc;
}

int
proc_start(struct proc *p, const char *name, const char *const argv[])
{
	const enum child_fd want[3] = { CHILD_PIPE, CHILD_PIPE, CHILD_PIPE };
	int ours[3];

	*p = (struct proc)PROC_NONE;
	if (child_exec(&p->pid, name, argv, want, ours, NULL) == -1)
		return -1;
	p->in = ours[0];
	p->out = ours[1];
	p->err = ours[2];
	p->watch = child_watch(p->pid, name);
	if (p->watch != -1)
		return 0;
	(void)proc_end(p);
	return -1;
}

void
proc_close(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

/* Without a descriptor to watch it by, it counts as running. */
static bool
has_ended(const struct proc *p)
{
	struct pollfd one = { p->watch, POLLIN, 0 };

	return p->watch != -1 && poll(&one, 1, 0) == 1;
}

int
proc_end(struct proc *p)
{
	int status;

	if (p->pid == -1)
		return -1;
	if (!has_ended(p))
		child_kill(p->pid);
	status = child_reap(p->pid);
	proc_close(&p->in);
	proc_close(&p->out);
	proc_close(&p->err);
	proc_close(&p->watch);
	p->pid = -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
