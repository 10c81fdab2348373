#ifndef KDCSYNC_ROLLOVER_H
#define KDCSYNC_ROLLOVER_H

#include "place.h"

#include <stdbool.h>
#include <stdint.h>

/* How far has a change of the master key come?  kdb5_util add_mkey, use_mkey,
 * update_princ_encryption, purge_mkeys, in this order. */
struct rollover {
	bool under_way;			/* K/M has more than one key */
	uint32_t newest, active;	/* kvnos; active: krb5kdc's for new keys */
	int64_t from;			/* when newest is to be active, UTC; 0:
					 * nobody said so yet */
	uint64_t behind;		/* principals not under active */
};

/* Of database db, a copy that nobody writes to and that was proved sound; in a
 * child process.  Walks every principal when one is under way.  0 when r tells;
 * -1 when this host failed (said). */
int	rollover_find(const struct place *p, const char *db,
	    struct rollover *r);

#endif
