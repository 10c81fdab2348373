#ifndef KDCSYNC_ENFORCE_H
#define KDCSYNC_ENFORCE_H

#include "report.h"

#include "../store/config.h"
#include "../store/state.h"

/*
 * What follows from a verdict while krb5kdc runs.  It is stopped only for what it
 * would serve: content that is not what was signed, and that a repair, tried
 * before, could not mend.  Not for age, clock or signer: intact data serve on.  Nor
 * for a stash that does not fit: the KDC that runs has the key in memory, whatever
 * became of the file, and could not be started again.  Nor when the repair has
 * only to wait, nor on a primary, whose data nobody else proves.
 */

/* Is it to be stopped?  To be asked after repair(). */
bool	enforce_wanted(const struct report *r);

/* Stops it with stop_kdc if it is to be, and leaves `refused`, so that the next
 * good ship starts it again.  What was done is said. */
void	enforce(const struct config *cf, struct state *s,
	    const struct report *r);

#endif
