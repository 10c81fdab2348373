#ifndef KDCSYNC_BESIDE_H
#define KDCSYNC_BESIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * A second process for half of the work: a child like proc_call's, but beside
 * which we go on working.  What it leaves for us stands in memory that was
 * mapped shared before; the two pipes are for telling each other how far they
 * are.  It dies when we do.
 */
struct beside {
	pid_t pid;			/* -1: none */
	int from, to;
};
#define BESIDE_NONE { -1, -1, -1 }

/* How many processors this process may use. */
int	beside_cpus(void);

/* Runs fn(arg, from, to) in a child with those descriptors to us, 0 to 2 and
 * those in keep (ended by -1); its answer, 0 to 255, is the child's.  what names
 * the work in messages.  0; -1, said. */
int	beside_begin(struct beside *b, const char *what,
	    int (*fn)(void *arg, int from, int to), void *arg, const int *keep);

/* Waits for n bytes from the other side; false: it ended before. */
bool	beside_hear(int from, void *p, size_t n);

/* false: nobody will read it. */
bool	beside_tell(int to, const void *p, size_t n);

/* Waits for its end: its answer, or -1 when a signal ended it; *crashed, whether
 * it was one that a damaged file may cause.  b is BESIDE_NONE afterwards. */
int	beside_end(struct beside *b, bool *crashed);

/* Ends it.  Accepts BESIDE_NONE. */
void	beside_drop(struct beside *b);

#endif
