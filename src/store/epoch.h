#ifndef KDCSYNC_EPOCH_H
#define KDCSYNC_EPOCH_H

#include "config.h"
#include "seal.h"
#include "state.h"

#include <stdbool.h>

/*
 * Under which grant this primary signs.  That of `current`, until the file that
 * the setting grant names, with its signature in FILE.sig, has another: then that
 * one, if it may follow and is for this primary.
 */

/* Gives now the grant that it is to be signed under, if there is one.  last is
 * `current`, or SEAL_NONE.  0; -1, said. */
int	epoch_choose(const struct config *cf, const char *realm,
	    const struct seal *last, struct seal *now);

/* The epoch of what is signed next, and whether it is a new one. */
uint64_t epoch_number(const struct seal *last, const struct seal *now);
bool	epoch_opens(const struct seal *last, const struct seal *now);

/* Did the key that the grant names, if there is one, sign now?  Nothing else may
 * become current.  0; -1, said. */
int	epoch_check_key(const struct config *cf, const struct seal *now);

/* Prints the text of a grant for the public key in a file, to be signed by an
 * operator: in the epoch of what is current here (on a replica, sealed), or the
 * one after it.  0; -1, said. */
int	epoch_print_grant(const char *realm, const struct state *s,
	    const char *public_key, bool new_epoch);

/* The same of that epoch, which follows last: it is to start from that
 * generation, or, when what was published last is to be undone, from any. */
int	epoch_print_next(const char *realm, const struct seal *last,
	    uint64_t epoch, bool undo, const char *public_key);

/* What the operator types to sign a grant, less the grant's file. */
#define EPOCH_SIGN "ssh-keygen -Y sign -n kdcsync-epoch -f OPERATOR_KEY "

#endif
