#ifndef KDCSYNC_DEMOTE_H
#define KDCSYNC_DEMOTE_H

#include "../store/config.h"
#include "../store/kdb/place.h"
#include "../store/state.h"

#include <stdbool.h>

/*
 * Makes a primary that another took over from a replica.  What it alone has, what
 * was changed here since the generation that the new epoch starts from, is
 * listed first, and kept in state_dir/before-TIME; it is merged by nobody but a
 * person.
 */
struct demote {
	const struct config *cf;
	const struct place *place;
	struct state *state;
	const char *grant;		/* file of the new epoch's; NULL: what
					 * this primary met (ahead.h) */
	bool dry_run, force, quiet;
};

/* The exit status of kdc-restore. */
int	demote_run(const struct demote *d);

#endif
