#ifndef KDCSYNC_HISTORY_H
#define KDCSYNC_HISTORY_H

#include "../format/manifest.h"
#include "state.h"

#include <stddef.h>

/*
 * The generations that the primary can give back: those whose dump lies in
 * generations/ whole, the newest and the one before.
 */
struct history {
	struct manifest *m;		/* the newest first */
	size_t n;
};

/* Those whose dump is there and whose manifest is in order; whether the dump is
 * what that says is seen when it is opened.  0; -1, said. */
int	history_read(const struct state *s, struct history *h);
void	history_release(struct history *h);

/* The one named "1.42", or "current"; the last one that was current at t
 * (taken; UTC).  NULL when there is none, not said. */
const struct manifest *history_named(const struct history *h,
	    const char *name);
const struct manifest *history_at(const struct history *h, int64_t t);

/* Its dump, in a file without a name, its size and digest those of the
 * manifest.  The descriptor, or -1, said. */
int	history_open(const struct state *s, const struct manifest *m);

#endif
