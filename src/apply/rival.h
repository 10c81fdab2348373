#ifndef KDCSYNC_RIVAL_H
#define KDCSYNC_RIVAL_H

#include "line.h"

#include "../format/verdict.h"
#include "../store/config.h"
#include "../store/state.h"

/* This host is a primary, and another one ships here.  Nothing is taken; but if
 * that one's seal is signed and ahead, this host was superseded, and keeps it.
 * REFUSED, said; nothing said when nothing came. */
enum verdict_outcome rival_meet(const struct config *cf, const char *realm,
	    const struct state *s, struct line *from);

#endif
