/* Preloaded, it runs what AT_DO says, once, when the program reaches a point: it
 * first sleeps (AT=sleep; in kdc-apply behind the swap, where it waits for a KDC
 * in the middle of a login), or a file gets the name that AT says (AT=seal.next:
 * between the proof and the swap).
 *
 *	cc -shared -fPIC -o atpoint.so atpoint.c */

#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void
reached(const char *point)
{
	const char *at = getenv("AT"), *command = getenv("AT_DO");

	if (at == NULL || command == NULL || strcmp(at, point) != 0)
		return;
	unsetenv("AT");
	unsetenv("LD_PRELOAD");
	if (system(command) != 0)
		abort();
}

int
nanosleep(const struct timespec *wait, struct timespec *left)
{
	reached("sleep");
	return (int)syscall(SYS_nanosleep, wait, left);
}

int
renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	reached(to);
	return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, 0);
}
