#ifndef KDCSYNC_RECEIVE_H
#define KDCSYNC_RECEIVE_H

#include "line.h"

#include "../format/verdict.h"
#include "../store/config.h"
#include "../store/seal.h"
#include "../store/state.h"

#include <limits.h>

/*
 * The half of kdc-apply that meets the network.  It reads its configuration and
 * allowed_signers, writes nothing but incoming/, and stores nothing whose
 * manifest is not signed, nor more bytes than the signed size allows.  A key of
 * the grant that is sealed here needs the seal, which the hello has said anyway.
 * What it stores is checked again by whoever applies it; the same process need not
 * ask ssh-keygen twice about the same texts.
 */

/* Stores the bundle that the peer sends to its end as a file in incoming/ and
 * gives its name; in handed/ when incoming/ is the receiving user's, and we are
 * root.  was: what is sealed here; seal gets what the bundle says, checked on
 * SEALED, to be released in any case.  SEALED (meaning: go on), REFUSED or FAILED,
 * said; REFUSED with nothing said when it ended before its first byte. */
enum verdict_outcome receive(const struct config *cf, const char *realm,
	    const struct state *s, const struct seal *was, struct line *from,
	    struct seal *seal, char path[PATH_MAX]);

#endif
