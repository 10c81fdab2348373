#ifndef KDCSYNC_SHIP_H
#define KDCSYNC_SHIP_H

#include "../store/config.h"
#include "../store/seal.h"
#include "../store/state.h"

#include <stdbool.h>
#include <stddef.h>

struct ship {
	const struct config_replica **to;
	size_t n;
	bool full;			/* the whole dump, to all */
	bool cron;			/* speak of what changed */
	bool quiet;			/* no picture of the progress */
};

struct ship_count {
	size_t sealed;			/* proved and sealed what we sent */
	size_t reached;			/* answered; those included */
	bool superseded;		/* one is ahead of this primary */
};

/*
 * Ships now to all of them at once: a child each, one loop, so that none waits
 * for another.  Each has its deadlines, its lock (another run may be at work
 * with it: then it is skipped), and its ledger, where the outcome goes.  Each is
 * told of in one line.
 *
 * Nothing is sent before all have said hello, or a moment has passed: so a
 * primary that has been superseded mostly learns it in time.  0; -1, said: there
 * was no memory to begin.
 */
int	ship(const struct config *cf, struct state *s, const struct seal *now,
	    const struct ship *o, struct ship_count *count);

#endif
