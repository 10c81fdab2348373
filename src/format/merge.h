#ifndef KDCSYNC_MERGE_H
#define KDCSYNC_MERGE_H

#include "bytes.h"

#include <stdbool.h>

/*
 * The delta from one canonical dump to another, in librsync's format
 * (commands.h), found by merging the two by their names: copies of whole lines,
 * ascending, and whole lines of the new dump as literals.  So what it does not
 * copy of the old dump is what was removed or changed, and a delta is as large as
 * the lines that are new.  What is equal is passed at the speed of memory.
 */

/* What takes the delta, piece by piece: 0; any other answer ends it. */
typedef int merge_fn(void *arg, const void *p, size_t n);

/* 0; what fn answered when that was not 0; -1: one of them is not shaped like a
 * dump where they differ. */
int	merge_delta(struct span from, struct span to, merge_fn *fn, void *arg);

/* Does the delta make exactly to of from?  Reads it as somebody does who did
 * not write it, and compares every byte that it copies or brings. */
bool	merge_proves(struct span from, struct span delta, struct span to);

#endif
