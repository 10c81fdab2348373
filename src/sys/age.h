#ifndef KDCSYNC_AGE_H
#define KDCSYNC_AGE_H

#include "../format/bytes.h"

/*
 * age(1), run as a child: what only the owners of some keys may read.  The plain
 * text goes down a pipe, never to a disk, an argument or a message.
 */

/* Appends plain, encrypted to all recipients, to out.  A recipient is what age
 * takes: age1..., "ssh-ed25519 ...", "ssh-rsa ...", or else a file of such
 * lines.  0 or -1, said. */
int	age_encrypt(struct span plain, const char *const *recipient, size_t n,
	    struct bytes *out);

/* May it be one, or is it a key that nobody should see?  0 or -1, said. */
int	age_check(const char *recipient);

/* Appends what text is for the owner of the secret key in a file (age's, or one
 * of ssh without a passphrase) to plain.  0 or -1, said: not for that key, too. */
int	age_decrypt(struct span text, const char *identity,
	    struct bytes *plain);

/* For how many is it encrypted?  0: it is not what age writes. */
unsigned age_recipients(struct span text);

#endif
