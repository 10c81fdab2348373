#ifndef KDCSYNC_SHIP_H
#define KDCSYNC_SHIP_H

#include "../store/config.h"
#include "../store/seal.h"
#include "../store/state.h"

#include <stdbool.h>
#include <stddef.h>

struct ship {
	const struct config_replica **to;	/* as long as the fleet lives */
	size_t n;
	bool full;			/* the whole dump, to all */
	bool cron;			/* speak of what changed */
	bool quiet;			/* no picture of the progress */
};

struct ship_count {
	size_t asked;			/* all of them */
	size_t sealed;			/* proved and sealed what we sent */
	size_t reached;			/* answered; those included */
	bool superseded;		/* one is ahead of this primary */
};

/*
 * A generation on its way to all of them at once: a child each, one loop, so that
 * none waits for another.  Each has its deadlines, its lock (another run may be at
 * work with it: then it is skipped), and its ledger, where the outcome goes.  Each
 * is told of in one line.
 */
struct fleet;

/* Starts their commands, of which nothing is heard yet: what is to be shipped may
 * still be in the making.  NULL, said: no memory. */
struct fleet *ship_begin(const struct config *cf, struct state *s,
	    const struct ship *o);

/* Ships now, and returns when all are done.  Nothing is sent before all have said
 * hello, or a moment has passed: so a primary that has been superseded mostly
 * learns it in time.  Commands that have waited for long are started again. */
void	ship_go(struct fleet *f, const struct seal *now,
	    struct ship_count *count);

/* Of one that never went, ends the commands; nobody is told.  Accepts NULL. */
void	ship_end(struct fleet *f);

#endif
