#ifndef KDCSYNC_SHIP_H
#define KDCSYNC_SHIP_H

#include "../store/config.h"
#include "../store/seal.h"
#include "../store/state.h"

#include <stdbool.h>

enum ship_answer {
	SHIP_SEALED,			/* it proved and sealed what we sent */
	SHIP_BEHIND,			/* it answered, but did not; or another
					 * run is shipping to it (said) */
	SHIP_UNREACHED,			/* no hello (said) */
	SHIP_SUPERSEDED			/* it has a signed seal ahead of ours:
					 * this primary must not ship (said) */
};

/* One replica, one session: its hello, our bundle, its verdict, which is kept
 * in replicas/<name>.  A verdict need-full gets the full dump in a second
 * session, once.  Each replica has a lock of its own, so that a run that is slow
 * with one does not keep the next from the others. */
enum ship_answer ship(const struct config *cf, struct state *s,
	    const struct config_replica *to, const struct seal *now, bool full);

#endif
