#ifndef KDCSYNC_ARCHIVE_FILES_H
#define KDCSYNC_ARCHIVE_FILES_H

#include "spool.h"

#include "../store/kdb/place.h"

/* What else a KDC is made from, where its configuration says. */

/* Appends the stash to out, encrypted.  0 or -1, said. */
int	files_stash(const struct place *p, const char *const *recipient,
	    size_t n, struct bytes *out);

/* Adds krb5.conf and kdc.conf, which must be there, kadm5.acl, and the encrypted
 * stash unless that is empty.  0 or -1, said. */
int	files_add(struct spool *p, const struct place *place,
	    const struct bytes *stash);

#endif
