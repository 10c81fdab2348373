#ifndef KDCSYNC_OBSTACLE_H
#define KDCSYNC_OBSTACLE_H

#include "plan.h"

/* Is this host another's business: a replica, a primary that was superseded, one
 * already?  EX_OK, or the exit status that fits, said.  Asked before the source
 * is opened. */
int	obstacle_role(const struct restore *r);

/* Is there anything in the way of the plan: no stash (the archive's is decrypted
 * into the plan), a KDC that runs, no room?  As above. */
int	obstacle_find(struct plan *p);

#endif
