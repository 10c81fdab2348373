#ifndef KDCSYNC_DIFF_H
#define KDCSYNC_DIFF_H

#include "../store/past/stock.h"

#include "../store/config.h"
#include "../store/kdb/place.h"

struct diff {
	const struct config *cf;
	const char *realm;
	const struct place *place;
	const struct state *state;
	const char *from, *to;		/* as written: a generation, a time, a
					 * file that is an archive, or "live" */
	bool json;
};

/* Prints what differs, by name, never what is in it.  0: the same; 1: they
 * differ; else the exit status that fits, said. */
int	diff_run(const struct diff *d);

#endif
