#ifndef KDCSYNC_SESSION_H
#define KDCSYNC_SESSION_H

#include "../format/verdict.h"
#include "../store/config.h"
#include "../store/kdb/place.h"
#include "../store/state.h"

#include <stdbool.h>

/* Speaks with a primary, or, serving, with a relay to one: hello to stdout, a
 * bundle from stdin, which is received and applied, and the verdict.  The exit
 * status. */
int	session(const struct config *cf, const struct place *p,
	    struct state *s, bool serving);

/* The exit status that goes with an outcome; see kdc-apply(8). */
int	session_status(enum verdict_outcome o);

#endif
