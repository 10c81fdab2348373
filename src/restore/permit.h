#ifndef KDCSYNC_PERMIT_H
#define KDCSYNC_PERMIT_H

#include "plan.h"

/* The operator's word, without which no epoch begins. */

/* Prints the grant that is to be signed to stdout, and how to stderr.
 * EX_NOPERM, or another status that fits. */
int	permit_ask(const struct plan *p);

/* Is the one in the plan's file good for it, and the signing key the one that it
 * names?  Nothing is changed before.  EX_OK with p->grant, or the exit status
 * that fits, said. */
int	permit_check(struct plan *p);

/* After the epoch began: puts the grant where the configuration names it, so that
 * none of before stays there.  0 or -1, said. */
int	permit_install(const struct plan *p);

#endif
