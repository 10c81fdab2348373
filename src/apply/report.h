#ifndef KDCSYNC_APPLY_REPORT_H
#define KDCSYNC_APPLY_REPORT_H

#include "../format/verdict.h"
#include "../store/kdb/place.h"
#include "../store/state.h"

/* What this replica is now, with the outcome o and the reason said last. */
void	report(const struct place *p, const struct state *s,
	    enum verdict_outcome o, struct verdict *v);

#endif
