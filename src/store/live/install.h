#ifndef KDCSYNC_INSTALL_H
#define KDCSYNC_INSTALL_H

#include "live.h"
#include "live_copy.h"
#include "../changes.h"
#include "../digested.h"

/* One live_install, shared by its steps: look, shadow, swap.  Inside
 * src/store/live only. */
struct install {
	const struct config *cf;
	const struct place *place;
	struct state *state;
	const struct seal *next;	/* what the database is to be */
	int dump;			/* of that; or -1: */
	const struct changes *changes;	/* to what is live, not checked */
	bool vouched;			/* dump was found to be that */
	struct live_report *r;
	/* As look() found it: */
	struct live_copy old;
	bool usable;			/* old is there and without a flaw */
	bool equal;			/* old is what next says */
	bool changed[PLACE_DATA];	/* which files differ */
	/* What shadow and swap made: */
	char dir[PATH_MAX], shadow[PATH_MAX];
	bool kept;			/* shadow has what was live */
	struct stamp swapped;		/* of the live files since */
	int64_t unlocked;		/* when, by proc_now() */
	struct digested sealed;		/* the dump of next, when that was
					 * digested */
};

#endif
