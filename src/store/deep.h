#ifndef KDCSYNC_DEEP_H
#define KDCSYNC_DEEP_H

#include "state.h"

/*
 * When libkdb5 itself last walked the database of this host (EXAMINE_LIBKDB5 of
 * kdb/examine.h), and each record that it read was what our own decoder reads.  For
 * a day after that our decoder's word is taken.
 */

/* Is it to walk again: a day later, when it never did, or nobody knows? */
bool	deep_due(const struct state *s);

/* It did, and nothing was wrong.  0 or -1, said. */
int	deep_done(const struct state *s);

#endif
