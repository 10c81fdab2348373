#ifndef KDCSYNC_AHEAD_H
#define KDCSYNC_AHEAD_H

#include "../format/hello.h"
#include "../store/config.h"
#include "../store/seal.h"
#include "../store/state.h"

/* Has a replica more than this primary: a later generation, epoch or grant, or
 * other content under the number that is current here?  Only by a seal and a grant
 * that are signed: what it merely claims, or what a key signed that a later grant
 * has replaced, is ignored. */
enum ahead {
	AHEAD_NO,
	AHEAD_OF_RUN,			/* a later run of ours was faster */
	AHEAD_OF_PRIMARY		/* this primary was restored from a
					 * backup, or another took over; said,
					 * and left in `superseded` */
};

/* Was this primary found superseded, and nothing mended since?  1 (said), 0, or
 * -1 (said).  Mended is `current` being as new as what was met, its grant
 * included, and not another of its number. */
int	ahead_standing(const struct state *s);

enum ahead ahead_check(const struct config *cf, const struct state *s,
	    const char *replica, const struct hello *h, const struct seal *now);

#endif
