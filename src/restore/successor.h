#ifndef KDCSYNC_SUCCESSOR_H
#define KDCSYNC_SUCCESSOR_H

#include "demote.h"

#include "../store/seal.h"

/*
 * Who took over from this primary: whose seal it met (superseded.h), or whom a
 * grant in a file names.  Signatures are checked, again.
 */
struct successor {
	struct seal ours;		/* `current`; SEAL_NONE: not readable */
	struct seal seal;		/* theirs, */
	bool met;			/* or only its grant */
};
#define SUCCESSOR_NONE { .ours = SEAL_NONE, .seal = SEAL_NONE }

/* EX_OK, or the exit status that fits, said: it is not known that anybody did.
 * successor_release in both cases. */
int	successor_find(const struct demote *d, struct successor *x);
void	successor_release(struct successor *x);

uint64_t successor_epoch(const struct successor *x);

/* Did an epoch or a grant begin that this host was not part of? */
bool	successor_is_granted(const struct successor *x);

#endif
