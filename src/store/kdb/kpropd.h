#ifndef KDCSYNC_KPROPD_H
#define KDCSYNC_KPROPD_H

#include "../../format/bytes.h"
#include "place.h"

#include <stdbool.h>

/*
 * A kpropd(8) that serves our database loads another one over it, or with iprop
 * writes into it, whenever it likes.
 */

/* The pid of one that runs, or 0.  Judged by its arguments and environment and
 * the krb5.conf and kdc.conf that these name, in its own mount namespace (that
 * of Debian's unit is one).  0, too, when it cannot be told: another user's, in
 * another root directory, unreadable.  Nothing is said. */
int	kpropd_find(const struct place *p);

/* Its parts. */

/* What its arguments say, as /proc/PID/cmdline has them, the program's name
 * first, each with its NUL (a last one without is left out); NULL where they say
 * nothing.  Borrowed from words. */
struct kpropd_arguments {
	const char *realm;		/* -r */
	const char *database;		/* -F */
};
void	kpropd_arguments(struct span words, struct kpropd_arguments *a);

/* The value of that variable in /proc/PID/environ, borrowed; NULL. */
const char *kpropd_variable(struct span environment, const char *name);

/* Is what a process calls there, seen from its directory in /proc, the database
 * that we call here, an absolute path?  They need not exist, their directories
 * must. */
bool	kpropd_same(int proc, const char *there, const char *here);

#endif
