#include "line.h"

#include "../sys/proc.h"
#include "../sys/say.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

void
line_begin(struct line *l, const struct config *cf, int in, int out)
{
	*l = (struct line){ .what = "bundle",
		.whom = "the primary and the line to it",
		.in = in,
		.out = out,
		.deadline = cf->deadline,
		.max_transfer = cf->max_transfer,
		.until = proc_now() + cf->max_transfer * 1000 };
}

void
line_wait(struct line *l)
{
	l->deadline += l->max_transfer;
	l->max_transfer = 2 * l->deadline;
	l->until = proc_now() + l->max_transfer * 1000;
}

/* Waits until fd is ready, not past until (proc_now time).  1, 0 when it is
 * not, -1. */
static int
await(int fd, short events, int64_t until)
{
	struct pollfd one = { fd, events, 0 };
	int64_t left;
	int n;

	do {
		left = until - proc_now();
		if (left < 0)
			left = 0;
		n = poll(&one, 1, left > 60000 ? 60000 : (int)left);
	} while ((n == -1 && errno == EINTR) || (n == 0 && left > 0));
	return n;
}

static int
say_late(const struct line *l, bool idle)
{
	if (idle)
		say("%s: not a byte came for %" PRId64
		    " s (deadline); refused; look after %s",
		    l->what, l->deadline, l->whom);
	else
		say("%s: not all here after %" PRId64
		    " s (max_transfer); refused; look after the line, or give "
		    "it more time here",
		    l->what, l->max_transfer);
	return -1;
}

ssize_t
line_read(struct line *l, void *buf, size_t n)
{
	int64_t idle = proc_now() + l->deadline * 1000;
	ssize_t got = -1;
	int ready;

	do {
		ready = await(l->in, POLLIN, idle < l->until ? idle : l->until);
		if (ready == 0)
			return say_late(l, idle < l->until);
		if (ready == 1)
			got = read(l->in, buf, n);
	} while (
	    got == -1 && ready == 1 && (errno == EINTR || errno == EAGAIN));
	/* unix(7): closed there, with some of what we wrote unread. */
	if (got == -1 && errno == ECONNRESET)
		got = 0;
	if (got == -1)
		say("%s: read: %s; look after %s", l->what, strerror(errno),
		    l->whom);
	l->spoke = l->spoke || got > 0;
	l->ended = got == 0;
	return got;
}

int
line_write(struct line *l, const void *buf, size_t n)
{
	const char *from = buf;
	ssize_t done;
	int ready;

	while (n > 0) {
		ready = await(l->out, POLLOUT, proc_now() + l->deadline * 1000);
		if (ready == 0)
			errno = ETIMEDOUT;
		if (ready != 1)
			return -1;
		/* pipe(7): so much of a ready pipe does not block. */
		done = write(l->out, from, n < PIPE_BUF ? n : PIPE_BUF);
		if (done == -1 && errno != EINTR && errno != EAGAIN)
			return -1;
		if (done > 0) {
			from += done;
			n -= (size_t)done;
		}
	}
	return 0;
}
