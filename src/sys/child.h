#ifndef KDCSYNC_CHILD_H
#define KDCSYNC_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * The one fork(2), for proc.c: how a child is born and how it ends.  What is
 * said to it and heard from it is proc's.
 */

/* Descriptors 0 to 2 open (/dev/null), SIGPIPE ignored, SIGCHLD not: a parent
 * that ignores it takes the exit status from us.  0 or -1. */
int	child_prepare(void);

/* Forks, after child_prepare.  In the child (0): its own session, default
 * signal dispositions, none blocked, no core dumps, SIGKILL when its parent
 * dies.  -1 is said. */
pid_t	child_fork(const char *name);

/* In a child: closes all descriptors but 0 to 2, those in keep (ended by -1;
 * or NULL) and also. */
void	child_close(const int *keep, int also);

/* What stands behind a child's descriptor 0, 1 or 2. */
enum child_fd { CHILD_NULL, CHILD_PIPE, CHILD_OURS };

/* Runs a program in a child.  ours: our ends of the pipes, not blocking; -1
 * where none was wanted.  0; -1, said, when it could not be run. */
int	child_exec(pid_t *pid, const char *name, const char *const argv[],
	    const enum child_fd want[3], int ours[3], const int *keep);

/* A descriptor for poll(2), readable when the child has ended; -1 said. */
int	child_watch(pid_t pid, const char *name);

/* SIGKILL to the child and its process group, which is not reaped yet. */
void	child_kill(pid_t pid);

/* Waits and reaps: the status of waitpid(2). */
int	child_reap(pid_t pid);

#endif
