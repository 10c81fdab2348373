#ifndef KDCSYNC_CONTENT_H
#define KDCSYNC_CONTENT_H

#include "judge.h"

#include "../store/seal.h"

/* Is the live database what seal says, as a walk and every lookup find it?  Or
 * what next says (NULL: nothing), the digest of a swap that is not sealed yet?
 * Quick: believes the last deep proof while the files' stamps stand still.
 * seal NULL: a primary, whose database only has to be sound.  Adds
 * finding "content", and those of master_check. */
void	content_check(const struct judge *j, const struct seal *seal,
	    const struct digest *next, struct report *r);

#endif
