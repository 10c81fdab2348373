#ifndef KDCSYNC_RESTORE_H
#define KDCSYNC_RESTORE_H

#include "source.h"

#include "../store/kdb/place.h"

#include <stdbool.h>

/*
 * Makes this host the primary of a new epoch: of an older generation on a primary,
 * of an archive's on any host, of what it has sealed on a replica (promotion).
 *
 * While that is under way the role is ROLE_RESTORE: nothing is shipped, applied
 * or started.  Cut short anywhere, the same command goes on; whatever was there
 * before stays in state_dir/before-TIME until somebody removes it.
 */
struct restore {
	const struct config *cf;
	const struct place *place;
	struct state *state;
	struct source *source;		/* not opened yet */
	const char *grant;		/* file of the new epoch's, or NULL */
	const char *identity;		/* to decrypt the archive's stash */
	bool promote;			/* the source is what is sealed here */
	bool dry_run, force, quiet;
};

/* The exit status of kdc-restore. */
int	restore_run(const struct restore *r);

#endif
