#ifndef KDCSYNC_RETIRE_H
#define KDCSYNC_RETIRE_H

#include "alone.h"

/*
 * The end of a primary's life: what it was goes to state_dir/before-TIME, and
 * the host is a replica that nothing was sealed on yet.  Killed anywhere, it goes
 * on, or was not begun.
 */
struct retire {
	const struct demote *d;
	char name[64];			/* "before-20261122T073500Z" */
	char dir[PATH_MAX];		/* and where that is */
};

/* Was one cut short here?  Then r has its name.  1, 0, -1 (said). */
int	retire_again(struct retire *r);

/* Keeps the database and the list, remembers whom this host follows, and marks
 * the beginning.  EX_OK, or the exit status that fits, said: nothing has
 * begun. */
int	retire_begin(struct retire *r, struct alone *a);

/* The list that was kept, to f. */
int	retire_show(const struct retire *r, FILE *f);

/* The rest.  EX_OK; or said, and to be run again. */
int	retire_finish(struct retire *r);

#endif
