/* Preloaded, it runs what AT_SLEEP says, once, when the program first sleeps: in
 * kdc-apply that is behind the swap, where it waits for a KDC in the middle of a
 * login.
 *
 *	cc -shared -fPIC -o atsleep.so atsleep.c */

#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int
nanosleep(const struct timespec *wait, struct timespec *left)
{
	const char *command = getenv("AT_SLEEP");

	if (command != NULL) {
		unsetenv("LD_PRELOAD");
		if (system(command) != 0)
			abort();
		unsetenv("AT_SLEEP");
	}
	return (int)syscall(SYS_nanosleep, wait, left);
}
