#ifndef KDCSYNC_MKEY_H
#define KDCSYNC_MKEY_H

#include "../../format/dump.h"
#include "place.h"

/* Can this host's stash open the database?  As krb5kdc tries at its start
 * (kdc/main.c): K/M through the stash, directly or by way of MKEY_AUX, then the
 * other master keys, then the newest key of krbtgt/REALM@REALM. */
enum mkey_state {
	MKEY_GOOD,
	MKEY_OLD,			/* opens, but K/M has a newer key */
	MKEY_NO_STASH,			/* missing or unreadable */
	MKEY_WRONG,			/* does not open K/M */
	MKEY_AHEAD,			/* nor can it: of a key not in K/M yet */
	MKEY_NO_KRBTGT,			/* no krbtgt, no key, or disabled */
	MKEY_BAD_KRBTGT			/* its key does not decrypt */
};

struct mkey {
	enum mkey_state state;
	char why[200];
	uint32_t stash_kvno;		/* the one krb5kdc tries; 0: unknown */
	uint32_t newest;		/* of K/M, opened or not; 0: unknown */
	uint32_t kvno[DUMP_MKEYS];	/* what it opens, ascending */
	unsigned n;
};

/* In a child process.  0 when m tells; -1 when this host failed (said). */
int	mkey_check(const struct place *p, const char *db, struct mkey *m);

#endif
