#ifndef KDCSYNC_LEAVES_H
#define KDCSYNC_LEAVES_H

#include "exam.h"

/* The lines of the principals, read from the pages of the database by our own
 * decoder (format/stored.h), leaf by leaf in the order of the tree.  Nothing of
 * the tree needs to be proved, nothing that is read is believed before it is.
 * Inside src/store/kdb only. */
struct leaves {
	struct exam *x;
	size_t next;		/* leaf of x->tree */
	struct princ p;
	struct bytes big;	/* a record from overflow pages */
	struct bytes lines;
};

/* The lines of some leaves more, about LEAVES_CHUNK bytes; what was there before
 * is gone.  Notes them in x->e.  0, EXAM_HOST, or EXAM_OTHERWISE. */
#define LEAVES_CHUNK (256 * 1024)
int	leaves_lines(struct leaves *l);

/* How many records all leaves say they have. */
uint64_t leaves_records(const struct tree *t);

void	leaves_release(struct leaves *l);

#endif
