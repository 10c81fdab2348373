#ifndef KDCSYNC_FILL_H
#define KDCSYNC_FILL_H

#include "place.h"

#include <stdint.h>

/*
 * Makes a shadow database from a dump.  The counters of a login (last success,
 * last failure, failures in a row) are not in a dump: each record takes them
 * from the record of the same name in old, unless its keys differ -- the user
 * whom the helpdesk just reset must not stay locked out.
 */

/* Creates database shadow (its directory exists and is empty) with the records
 * of the dump open in fd, in a child process.  old: a copy of the live database,
 * examined and without a flaw, or NULL.  0 or -1, said. */
int	fill_load(const struct place *p, const char *shadow, int dump,
	    const char *old);

/* Puts into shadow the counters that late, a copy of the live database taken
 * after the one that fill_load saw, has and shadow has not, by the same rule.
 * Records equal, lookups of all of them: for use under a lock only while it is
 * rare.  *n: how many records.  0 or -1, said. */
int	fill_late(const struct place *p, const char *shadow, const char *late,
	    uint64_t *n);

#endif
