#ifndef KDCSYNC_DUMP_DELTA_H
#define KDCSYNC_DUMP_DELTA_H

/*
 * Deltas between two canonical dumps that are both here (format/merge.h): found
 * at the speed of memory, and no larger than the lines that differ.  delta_patch,
 * and rdiff, take them as they take librsync's own (sys/delta.h).
 */

/* Writes to out (emptied first) the delta that turns base into target, read
 * again and compared with both.  A base of which bytes rotted is no harm: where it
 * differs from target, target's lines are in the delta.  0; 1: they are not shaped
 * like dumps, and librsync may try; -1, said. */
int	dump_delta_make(int base, int target, int out);

/* Does that delta, whoever made it, turn base into target, every byte compared?
 * 1; 0; -1, said. */
int	dump_delta_proves(int base, int target, int delta);

#endif
