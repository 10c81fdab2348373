#ifndef KDCSYNC_ORIGIN_H
#define KDCSYNC_ORIGIN_H

#include "successor.h"

#include "../store/past/history.h"

/* Where this primary and the one after it part: the generation of this one with
 * which its database is compared.  Rather an older one than one too new. */
enum origin {
	ORIGIN_BASE,			/* which the new epoch starts from */
	ORIGIN_HAD,			/* that is not kept here; one that every
					 * replica had */
	ORIGIN_NEAR			/* nor is one known; the nearest */
};

/* NULL: there is no generation at all. */
const struct manifest *origin_find(const struct state *s,
	    const struct successor *x, const struct history *h,
	    enum origin *is);

#endif
