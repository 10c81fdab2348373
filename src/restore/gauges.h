#ifndef KDCSYNC_GAUGES_H
#define KDCSYNC_GAUGES_H

#include "../format/bytes.h"

#include <stdbool.h>
#include <stdint.h>

/* The metrics of a realm's drill, for Prometheus.  Times are moments, UTC, not
 * ages; what tells of the last good drill stays when a later one fails. */
struct gauges {
	bool success;			/* of the last one */
	int64_t ran;			/* when it ended */
	int64_t succeeded;		/* when the last good one did; 0: never */
	int64_t duration_ms;		/* of that: the time to recover */
	int64_t as_of;			/* of the generation that it recovered */
	int64_t principals;
};

/* What an earlier one left of that realm; whatever is not there, or not a
 * number, is 0. */
void	gauges_decode(struct span text, const char *realm, struct gauges *g);

/* Writes file path, see metrics.h.  A drill that failed (success is false) takes
 * the rest from what stood there.  0 or -1, said. */
int	gauges_write(const char *path, const char *realm, struct gauges *g);

#endif
