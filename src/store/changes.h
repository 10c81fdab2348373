#ifndef KDCSYNC_CHANGES_H
#define KDCSYNC_CHANGES_H

#include "patch.h"

/*
 * From a bundle's deltas to the records that they change, in a child as patch's
 * is.  Nothing here is proved: neither the deltas nor, but where they change it,
 * the base is looked at.  What comes of it must have the signed digest.
 */
struct changes {
	/* Two small canonical dumps, unnamed: what the base has, what comes in
	 * its place.  (dump_diff tells the changes.) */
	int from, to;
};
#define CHANGES_NONE { -1, -1 }

/* out of x is not used.  SEALED: c has what it takes.  NEED_FULL: the bundle has
 * no deltas from that base, or they change more than is worth it, or are not
 * in its order: patch, which says what is wrong if something is; nothing is said
 * but at debug level.  FAILED: said. */
enum verdict_outcome changes_read(const struct patch *x,
	    const struct manifest *now, struct changes *c);

void	changes_release(struct changes *c);	/* accepts CHANGES_NONE */

#endif
