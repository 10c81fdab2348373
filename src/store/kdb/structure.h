#ifndef KDCSYNC_STRUCTURE_H
#define KDCSYNC_STRUCTURE_H

#include "exam.h"

/* The files of a database seen without libkdb5.  Inside src/store/kdb only. */

/* Tells what kind the principals' file is (x->hash, x->most), and proves the
 * structure of both files as far as they are btrees of this machine's (x->sound:
 * the principals' is).  0, EXAM_FLAW or EXAM_HOST. */
int	structure_prove(struct exam *x);

/* The principals' tree, but for its leaves, which are judged later: 0, or
 * EXAM_OTHERWISE. */
int	structure_outline(struct exam *x);

/* The policies' file alone, as structure_prove. */
int	structure_policies(struct exam *x);

/* Accepts an exam whose structure was never looked at. */
void	structure_release(struct exam *x);

#endif
