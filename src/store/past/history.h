#ifndef KDCSYNC_HISTORY_H
#define KDCSYNC_HISTORY_H

#include "../../format/manifest.h"
#include "../state.h"

#include <stddef.h>

/*
 * The generations that the primary can give back: the newest, whose dump lies in
 * generations/ whole, and older ones, whose dumps are made of newer ones'
 * (back.h).  What expiry.h does meanwhile does no harm.
 */
struct history {
	struct manifest *m;		/* the newest first */
	size_t n;
};

/* Those whose manifest is there and in order, and a file of which their dump
 * comes; whether that can be had is seen when it is opened.  What is kept only to
 * ship is none of them.  0; -1, said. */
int	history_read(const struct state *s, struct history *h);
void	history_release(struct history *h);

/* The one named "1.42", or "current"; the last one that was current at t
 * (taken; UTC).  NULL when there is none, not said. */
const struct manifest *history_named(const struct history *h,
	    const char *name);
const struct manifest *history_at(const struct history *h, int64_t t);

/* Its dump, in a file without a name, its size and digest those of the
 * manifest.  The descriptor, or -1, said: which file is missing or damaged, and
 * which newer generation may still be had. */
int	history_open(const struct state *s, const struct manifest *m);

/* The same for several: what was opened last is where the next one begins, so that
 * from the newest to the oldest each step is made once.  NULL, said. */
struct history_walk;
struct history_walk *history_begin(const struct state *s);
int	history_next(struct history_walk *w, const struct manifest *m);
void	history_end(struct history_walk *w);	/* accepts NULL */

/* Opens all of them, in one walk.  How many there are, and in *good how many can
 * be given back; what is wrong with the others is said.  -1, said. */
int	history_verify(const struct state *s, size_t *n, size_t *good);

#endif
