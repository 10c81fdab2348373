#ifndef KDCSYNC_LATE_H
#define KDCSYNC_LATE_H

#include "place.h"

#include "../../format/bytes.h"

#include <stdint.h>

/*
 * Late counters: what logins wrote to the live database after it was copied.  The
 * pages that moved since tell the records, and their counters are written over
 * those of the shadow where they stand: 12 bytes of a record, which no dump has.
 * So the shadow's proof holds, structure and digest, without another walk.  The
 * rule is that of counters.h.
 */
struct late {
	int live, shadow;		/* descriptors of the principals' files */
	struct span was;		/* before they moved */
	struct span map, to;		/* of both */
	uint64_t n;			/* records that got counters */
};
#define LATE_NONE { .live = -1, .shadow = -1 }

/* Before the locks are taken: opens the files, was being those of the copy that
 * the shadow was made from (NULL: it is that copy), and reads them in.  1: a hash
 * database, or of another shape: not this way.  0; -1, said. */
int	late_open(struct late *l, const char *live, const char *was,
	    const char *shadow);

/* Under the locks.  0, and the shadow is to be flushed; 1: not this way; -1,
 * said. */
int	late_merge(struct late *l);

void	late_close(struct late *l);	/* accepts LATE_NONE */

#endif
