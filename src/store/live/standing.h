#ifndef KDCSYNC_STANDING_H
#define KDCSYNC_STANDING_H

#include "live_copy.h"

/*
 * The copy of its database that a primary keeps from one run to the next, so that
 * a run writes only the pages that moved.  What was proved of it stands in the state
 * directory (`copy`), from the end of a proof until the copy is written to again, and
 * counts for as long as this kernel runs: what was not flushed, a power cut may take
 * back.  The caller holds the lock `snapshot`.
 */

/* Brings the copy up to date and examines it so; its dump is a file of the state
 * directory, which can get a name there.  0 when c->e tells; LOCK_BUSY; -1, said.
 * STANDING_SAME: the copy was proved to have the digest known (NULL: it is to be
 * examined in any case), and since then logins moved their counters and nothing else
 * was written: c has no dump, and e is empty. */
#define STANDING_SAME 2
int	standing_take(const struct config *cf, const struct place *p,
	    struct state *s, const struct digest *known, enum examine_how how,
	    struct live_copy *c);

/* The copy was proved to have this digest.  0 or -1, said. */
int	standing_proved(const struct state *s, const struct live_copy *c,
	    const struct digest *d);

/* This host is no primary any more.  0 or -1, said. */
int	standing_end(const struct place *p, const struct state *s);

#endif
