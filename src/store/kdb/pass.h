#ifndef KDCSYNC_PASS_H
#define KDCSYNC_PASS_H

#include "exam.h"

/* One walk through the principals.  Inside src/store/kdb only. */

#define PASS_ENOUGH 3	/* an answer of take: the rest is not wanted */

/* Calls take with each principal and its canonical line, from the first to the
 * last or backwards.  Where the structure is proved, each must be the next that
 * the tree has, stand under its own name, and be what our own decoder reads in its
 * page (format/stored.h).  0 at the end, what take answered
 * (an answer of exam.h's, or PASS_ENOUGH), EXAM_FLAW or EXAM_HOST. */
int	pass_run(struct exam *x, bool backwards,
	    int (*take)(void *arg, struct princ *p, struct span line),
	    void *arg);

#endif
