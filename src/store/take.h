#ifndef KDCSYNC_TAKE_H
#define KDCSYNC_TAKE_H

#include "config.h"
#include "kdb/place.h"
#include "seal.h"
#include "state.h"

#include <stdbool.h>

/* Takes a generation of the primary's database, or confirms the last one. */
enum take_answer {
	TAKE_NEW,			/* a new generation is current */
	TAKE_SAME,			/* a heartbeat of the current one */
	TAKE_HELD,			/* data may be lost: publication is held
					 * (said); a heartbeat says why, if
					 * there is a generation at all */
	TAKE_BUSY,			/* another run; a lock not got; said */
	TAKE_FAILED,			/* said */
	TAKE_SUPERSEDED			/* not even tried (ahead.h); said */
};

/* Called once it is known that something will be signed, and before it is; fn may be
 * NULL. */
struct take_soon {
	void (*fn)(void *arg);
	void *arg;
};

/* now gets what is to be shipped, freshly signed and committed as `current`;
 * with TAKE_HELD and no generation yet its epoch is 0.  With anew, and once a day
 * (deep.h), libkdb5 walks the database, whatever its stamps say; otherwise its
 * pages are read, if it was written to (kdb/examine.h).  What finds the current
 * generation puts its dump back where that is missing or damaged (said).  The
 * caller holds the run lock. */
enum take_answer take(const struct config *cf, const struct place *p,
	    struct state *s, bool allow_shrink, bool anew,
	    struct take_soon soon, struct seal *now);

#endif
