/* Preloaded, it takes kdc-apply's stdout (not that of its children) away behind
 * its first SHORTOUT bytes, as a peer's reset does: a short write, then EPIPE.
 * A pipe cannot do that to a text as short as ours, a socket can.
 *
 *	cc -shared -fPIC -o shortout.so shortout.c */

#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static long room = -1; /* bytes; -1: not asked yet */

ssize_t
write(int fd, const void *p, size_t n)
{
	const char *text = getenv("SHORTOUT");
	ssize_t done;

	if (fd != STDOUT_FILENO || text == NULL ||
	    strcmp(program_invocation_short_name, "kdc-apply") != 0)
		return syscall(SYS_write, fd, p, n);
	if (room == -1)
		room = atol(text);
	if (room == 0) {
		(void)raise(SIGPIPE);
		errno = EPIPE;
		return -1;
	}
	if (n > (size_t)room)
		n = (size_t)room;
	done = syscall(SYS_write, fd, p, n);
	if (done > 0)
		room -= done;
	return done;
}
