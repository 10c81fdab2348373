#ifndef KDCSYNC_SIGN_H
#define KDCSYNC_SIGN_H

#include "../format/bytes.h"
#include "config.h"
#include "seal.h"

#include <stdint.h>

/* Signatures are OpenSSH's: ssh-keygen -Y, run as a child, no shell, nothing
 * secret in its arguments. */
#define SIGN_NAMESPACE "kdcsync"

/* Signs text with the configured key; appends the armoured signature to sig.
 * 0 or -1, said. */
int	sign_make(const struct config *c, struct span text, struct bytes *sig);

enum sign_answer {
	SIGN_GOOD,
	SIGN_BAD,			/* no signature of this text */
	SIGN_NOT_ALLOWED,		/* a good one, of a key that is not the
					 * signer's, or not any more */
	SIGN_EXPIRED,			/* good at that time, not now */
	SIGN_FAILED			/* could not be checked; said */
};

/* Is sig the configured signer's signature of text, by allowed_signers as it
 * stands now, at the time at (UTC seconds; 0: now)?  SIGN_EXPIRED is only
 * answered for at == 0, when the signature is good at as_of. */
enum sign_answer sign_check(const struct config *c, const char *signer,
	    struct span text, struct span sig, int64_t at, int64_t as_of);

/* The same for a seal of realm, by the signer configured for it, at its own
 * as-of (where it stands) or at the present time (where it arrives). */
enum sign_when { SIGN_AT_AS_OF, SIGN_NOW };
enum sign_answer sign_check_seal(const struct config *c, const char *realm,
	    const struct seal *s, enum sign_when when);

/* The configured signer, or primary@realm. */
void	sign_signer(const struct config *c, const char *realm,
	    char signer[320]);

#endif
