#ifndef KDCSYNC_PARTING_H
#define KDCSYNC_PARTING_H

#include "../store/seal.h"
#include "../store/state.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A new epoch that does not start from what is sealed here: a replica was
 * promoted that had less, and what this one had more is replaced.  The sealed
 * dump is kept, with its seal and a list, in before-epoch-N of the state
 * directory.
 */
struct parting {
	bool parted;
	bool later;			/* it had more, as the base is the one
					 * before; otherwise it may as well have
					 * had less */
	uint64_t records;		/* that are in the list */
	char dir[PATH_MAX];
};

/* Does now part from was?  Before the dump of now is stored: it may be the
 * base. */
void	parting_look(const struct state *s, const struct seal *was,
	    const struct seal *now, struct parting *p);

/* now is to become live in the place of was, whose dump is open (-1: it is lost),
 * and its own dump is stored.  0; -1, said: it could not be kept. */
int	parting_keep(const struct state *s, const struct seal *was, int dump,
	    const struct seal *now, struct parting *p);

/* Once now is live. */
void	parting_tell(const struct parting *p, const struct seal *was,
	    const struct seal *now);

#endif
