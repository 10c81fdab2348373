#ifndef KDCSYNC_REIGN_H
#define KDCSYNC_REIGN_H

#include "plan.h"

/* Carries out the plan, whose grant was checked: what was there is kept, the stash
 * put there, the database built beside the live one, proved, swapped in, the
 * epoch begun; last of all this host is the primary.  begun: its first
 * generation.  Cut short anywhere, the same goes on, or another restore does.
 * EX_OK, or the exit status that fits, said: then nothing was changed, or the
 * role is a restore's. */
int	reign_begin(struct plan *p, struct manifest *begun);

#endif
