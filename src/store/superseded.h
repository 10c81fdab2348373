#ifndef KDCSYNC_SUPERSEDED_H
#define KDCSYNC_SUPERSEDED_H

#include "seal.h"
#include "state.h"

#include <stdbool.h>

/*
 * What a primary keeps of a signed seal that is ahead of its own: a line, in
 * `superseded`, and beside it the seal, with the grant of a new epoch.  While the
 * line stands nothing is taken, shipped or started here.
 */
#define SUPERSEDED_SEAL STATE_SUPERSEDED ".seal"
#define SUPERSEDED_LINE (PATH_MAX + 1024)

/* Would theirs, if it is signed, come after ours: by its number, or by a later
 * grant?  What an older grant, or none, makes of a key says nothing. */
bool	superseded_by(const struct seal *theirs, const struct seal *ours);

/* Do both bear one number under one grant, and different content?  Then two
 * primaries sign, or one that was put back from a backup, whose next number would
 * overtake theirs. */
bool	superseded_parted(const struct seal *theirs, const struct seal *ours);

/* ours is ahead of nobody: says that who (a replica, a host that ships here) has
 * theirs, whose signature is checked, and keeps it. */
void	superseded_meet(const struct state *s, const char *who,
	    const struct seal *theirs, const struct manifest *ours);

/* The line, as state_line: 1, 0, -1. */
int	superseded_line(const struct state *s, char line[SUPERSEDED_LINE]);

/* The seal, as seal_read; of several that were met the latest.  No signature is
 * verified here. */
int	superseded_seal(const struct state *s, struct seal *by);

int	superseded_remove(const struct state *s);

#endif
