#ifndef KDCSYNC_JUDGE_H
#define KDCSYNC_JUDGE_H

#include "report.h"

#include "../store/config.h"
#include "../store/kdb/place.h"
#include "../store/state.h"

#include <stdbool.h>

struct judge {
	const struct config *cf;
	const struct place *place;
	struct state *state;
	bool deep;			/* walk, whatever the stamps say */
	bool gate;			/* a KDC is about to start on this */
	bool primary;			/* and that is kadmind */
};

/* Runs every check of this host's role.  r tells; nothing is printed but what
 * could not be done. */
void	judge(const struct judge *j, struct report *r);

#endif
