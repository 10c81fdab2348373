#ifndef KDCSYNC_EMPTYDIR_H
#define KDCSYNC_EMPTYDIR_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

/*
 * A directory that is filled, or is as it was: missing or empty.  While it is
 * under way the lock file .kdc-restore is in it; of a run that was killed there,
 * the next one removes what it left.
 */
struct emptydir {
	char path[PATH_MAX];		/* absolute, no links */
	bool made;			/* it was missing */
	mode_t mode;			/* if not: what it had */
	int lock;			/* -1: not begun */
};
#define EMPTYDIR_NONE { .lock = -1 }

/* Makes it, or takes one that is empty; 0700 then.  EX_OK, or the exit status
 * that fits, said, and nothing was touched. */
int	emptydir_begin(struct emptydir *d, const char *path);

/* What is in it stays, and is on disk.  0; -1, said, and it was abandoned. */
int	emptydir_commit(struct emptydir *d);

/* As it was.  Accepts EMPTYDIR_NONE. */
void	emptydir_abandon(struct emptydir *d);

#endif
