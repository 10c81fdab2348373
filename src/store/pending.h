#ifndef KDCSYNC_PENDING_H
#define KDCSYNC_PENDING_H

#include "config.h"
#include "seal.h"
#include "state.h"

/* `seal.next`: what a swap makes of a replica.  Written before the first rename,
 * gone after the seal. */
enum pending {
	PENDING_NONE,			/* no swap is under way */
	PENDING_SWAP,			/* signed, and newer than the seal */
	PENDING_VOID,			/* not signed, or no newer, or under an
					 * older grant: to finish that would be
					 * to roll back */
	PENDING_UNKNOWN			/* cannot be told now (said) */
};

/* next is to be released whatever the answer, and tells only with SWAP. */
enum pending pending_read(const struct config *cf, const char *realm,
	    const struct state *s, struct seal *next);

#endif
