#ifndef KDCSYNC_MASTER_H
#define KDCSYNC_MASTER_H

#include "judge.h"

#include "../store/proof.h"

/* The master key: does this host's stash open database db, and how does a change
 * of it go on?  db is the live database, or with walk a copy of it that was
 * proved sound.  Adds findings "stash" and "krbtgt", on a primary, with walk,
 * "mkey": at each step of a change the line to type next.  p gets the kvnos. */
void	master_check(const struct judge *j, const char *db, bool walk,
	    struct report *r, struct proof *p);

#endif
