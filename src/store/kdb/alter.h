#ifndef KDCSYNC_ALTER_H
#define KDCSYNC_ALTER_H

#include "place.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A shadow database that is a copy of the live one, brought up to date record by
 * record.  What changed is told by two small dumps, from and to; nothing of them
 * is trusted, and whether the result is what it is to be, only a proof tells.
 */
struct alter {
	const struct place *place;
	const char *db;			/* the shadow; live, for alter_holds */
	int from, to;			/* open dumps */
	bool again;			/* some of it may be done already */
};

struct altered {
	uint64_t added, removed, changed;	/* records */
	bool principals, policies;		/* which file has some */
};

/* Puts and deletes in the shadow, in a child process.  A record that is there
 * keeps its counters, by the rule of counters.h.  0; 1: the shadow is not what
 * from says (not said); -1, said, for which a damaged copy can be to blame. */
int	alter(const struct alter *a, struct altered *n);

/* Does the live database, which others may write to, have all of these records as
 * to says?  Principals are looked up under one shared lock.  1; 0; -1, said. */
int	alter_holds(const struct alter *a);

#endif
