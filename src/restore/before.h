#ifndef KDCSYNC_BEFORE_H
#define KDCSYNC_BEFORE_H

#include "plan.h"

/* What was there: the files of the old database, and what this host was. */

/* Keeps the database, if it is to change, and takes the role of a restore; from
 * then on this host goes on, or back.  EX_OK, or the exit status that fits, said,
 * and nothing was changed. */
int	before_keep(struct plan *p);

/* Is the database still the very files that before_keep found?  Writing does not
 * change that, a swap does. */
bool	before_is_live(const struct plan *p);

/* Nothing was changed: makes this host what it was, and removes what was kept.
 * Not for a restore that goes on. */
void	before_undo(struct plan *p);

#endif
