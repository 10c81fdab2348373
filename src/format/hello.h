#ifndef KDCSYNC_HELLO_H
#define KDCSYNC_HELLO_H

#include "bundle.h"
#include "grant.h"
#include "manifest.h"

#include <sys/types.h>

/*
 * What a replica says first: its lines, one empty line, then manifest and
 * signature of its seal, and grant and signature when it has them, as long as
 * the line `seal:` says.  Untrusted until the signatures are verified.  See
 * kdcsync-bundle(5).
 */
#define HELLO_VERSION 1
#define HELLO_LINES_MAX 1024	/* bytes before the manifest */
#define HELLO_MAX (HELLO_LINES_MAX + MANIFEST_MAX + BUNDLE_SIG_MAX + \
	GRANT_MAX + BUNDLE_SIG_MAX)

struct hello {
	char realm[REALM_MAX];
	bool sealed;			/* false: nothing here yet */
	struct digest digest;		/* of the sealed dump it can patch */
	bool has_dump;			/* false: digest absent, send all */
	uint64_t free;			/* bytes beside the database */
	char krb5[64], kdcsync[64];
	/* These point into the decoded text, or at what is to be encoded. */
	struct span seal, seal_sig;	/* neither is empty */
	struct span grant, grant_sig;	/* both are empty: its key needs none */
};

size_t	hello_encode(const struct hello *h, char text[HELLO_MAX]);
int	hello_decode(struct span text, struct hello *h, const char **why);

/* How much of a hello is still missing, so that a reader knows when to stop:
 * 0, whole; >0, read up to that many more bytes (never past its end); -1, these
 * bytes cannot begin one.  It looks only at what every version has, so that
 * hello_decode can say that a newer one is newer: the first line's name, `seal:`
 * as the last line, an empty line. */
ssize_t	hello_missing(struct span text);

#endif
