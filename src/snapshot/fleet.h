#ifndef KDCSYNC_FLEET_H
#define KDCSYNC_FLEET_H

#include "peer.h"
#include "ship.h"

#include "../store/ledger.h"

/* One ship, shared by its two halves: ship.c, its beginning and its end, and this,
 * the loop.  Inside src/snapshot only. */
struct slot {
	struct peer peer;
	const struct pollfd *poll;	/* what it waits for; NULL: nothing */
	struct ledger before;
	struct bytes said;		/* with --cron */
	bool released;
};

struct fleet {
	struct ship o;
	struct run run;
	struct slot *slot;
	struct bytes *outer;		/* where lines go that are about no
					 * replica */
	struct pollfd *poll;		/* PEER_FDS each, and one for stop.h */
	size_t next, room;		/* who is begun with next; how many at
					 * once */
	int64_t start;
	bool draws;
	int64_t drawn;
};

/* What is said between these two is about this replica.  One that is done then is
 * let go of. */
void	fleet_listen(struct fleet *f, struct slot *x);
void	fleet_listen_end(struct fleet *f, struct slot *x);

/* Begins with as many as there is room for; the others when these are done. */
void	fleet_start(struct fleet *f);

/* Until all are done. */
void	fleet_loop(struct fleet *f);

#endif
