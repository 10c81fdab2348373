#ifndef KDCSYNC_DIRECT_H
#define KDCSYNC_DIRECT_H

#include "../../sys/beside.h"
#include "leaves.h"

/*
 * The principals' part of a dump without libkdb5, read from the pages
 * (leaves.h), by two processes: the second makes the lines and writes them, we
 * judge each leaf that it has read (format/tree.h) and digest what stands in the
 * file, a little behind it.  On one processor one does both.
 *
 * It proves all of it or nothing: whatever is not as it should be, in the tree, in
 * a record, in how the second ended, is EXAM_OTHERWISE, and the examination begins
 * again with libkdb5, which then says what it is.  Inside src/store/kdb only.
 */
struct direct {
	struct exam *x;
	struct leaves leaves;
	struct beside beside;
	bool two;		/* processes */
	uint64_t size;		/* of the file, for who writes it */
	size_t judged;		/* leaves */
	uint64_t dropped;	/* of the file, up to here: read, and given back */
	struct bytes block;	/* of the file, to be digested */
};

/* Starts the second process if this machine and this database are worth it.  The
 * outline of the tree must stand in x, the dump's header in the file. */
void	direct_begin(struct direct *d, struct exam *x);

/* Writes, digests and judges; then the tree is sound.  0, EXAM_HOST or
 * EXAM_OTHERWISE. */
int	direct_dump(struct direct *d);

void	direct_release(struct direct *d);

#endif
