#ifndef KDCSYNC_DRILL_H
#define KDCSYNC_DRILL_H

#include "../store/config.h"
#include "../store/kdb/place.h"
#include "../store/state.h"

/*
 * The rehearsal: an archive restored into a temporary directory, a krb5kdc started
 * on it on a loopback port, a login.
 */
struct drill {
	const struct config *cf;
	const struct place *place;
	const struct state *state;
	const char *archive;		/* a file, or a directory of them: the
					 * newest */
	const char *canary;		/* keytab of the principal that logs in */
	const char *principal;		/* or NULL: the keytab's first */
	const char *identity;		/* to decrypt the archive's stash */
	const char *metrics;		/* file, or NULL */
	bool quiet;
};

/* The exit status of kdc-restore. */
int	drill_run(const struct drill *d);

#endif
