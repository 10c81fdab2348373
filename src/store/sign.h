#ifndef KDCSYNC_SIGN_H
#define KDCSYNC_SIGN_H

#include "../format/bytes.h"
#include "config.h"
#include "seal.h"

#include <stdint.h>

/* Signatures are OpenSSH's: ssh-keygen -Y, run as a child, no shell, nothing
 * secret in its arguments. */
#define SIGN_NAMESPACE "kdcsync"		/* of manifests */
#define SIGN_GRANT_NAMESPACE "kdcsync-epoch"	/* of grants */

/* Signs text with the configured key; appends the armoured signature to sig.
 * 0 or -1, said. */
int	sign_make(const struct config *c, struct span text, struct bytes *sig);

enum sign_answer {
	SIGN_GOOD,
	SIGN_BAD,			/* no signature of this text; of a seal
					 * also: not of the key that its epoch's
					 * grant names */
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

/*
 * May the key that signed a seal of realm sign manifests of its epoch?
 *
 * Without a grant, in epoch 1 only, it must be the configured signer's, at the
 * manifest's as-of where the seal stands, at the present time where it arrives.
 *
 * With a grant it must be the key that this names, whether allowed_signers has
 * it or not; the grant must be for the manifest's realm and epoch, and signed by
 * the configured operator, at its own time where it stands, at the present time
 * where it arrives.  Which grant may follow which is floor.h's question.
 *
 * All but GOOD and FAILED leave in why, unless that is NULL, what is wrong, for
 * a message: "signed by a key that ...".
 */
enum sign_when { SIGN_STANDING, SIGN_ARRIVING };
#define SIGN_WHY 640
enum sign_answer sign_check_seal(const struct config *c, const char *realm,
	    const struct seal *s, enum sign_when when, char why[SIGN_WHY]);

/* The operator's signature of its grant alone, before anything was signed under
 * it. */
enum sign_answer sign_check_grant(const struct config *c, const char *realm,
	    const struct seal *s, enum sign_when when, char why[SIGN_WHY]);

/* The same of another text than a manifest, signed at the time at under the
 * grant of by, which has no manifest, or before there was one. */
enum sign_answer sign_check_text(const struct config *c, const char *realm,
	    const struct seal *by, struct span text, struct span sig,
	    int64_t at, char why[SIGN_WHY]);

/* Which key signed it, allowed or not?  GOOD with its fingerprint, as grants
 * have it; BAD; FAILED (said). */
enum sign_answer sign_key(struct span text, struct span sig,
	    char key[GRANT_KEY]);

/* The fingerprint of the public key in a file.  0 or -1, said. */
int	sign_fingerprint(const char *path, char key[GRANT_KEY]);

/* The configured signer, or primary@realm; operator, or operator@realm. */
void	sign_signer(const struct config *c, const char *realm,
	    char signer[320]);
void	sign_operator(const struct config *c, const char *realm,
	    char operator[320]);

#endif
