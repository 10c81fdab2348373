#ifndef KDCSYNC_INTO_H
#define KDCSYNC_INTO_H

#include "source.h"
#include "stages.h"

#include "../store/kdb/mkey.h"
#include "../store/kdb/place.h"

/*
 * A generation in a directory of its own, away from any live KDC: to look
 * something up in it, to take one principal from it, to rehearse with it.
 *
 * DIR/principal and its other files, proved; DIR/krb5.conf and DIR/kdc.conf, with
 * which MIT's programs work on that and on nothing else (conf.h); DIR/stash, if there is
 * one (the archive's, opened with an identity, or else this host's).
 */
struct into {
	const struct config *cf;
	const struct place *place;	/* this host's */
	const char *identity;		/* or NULL */
	const char *dir;		/* missing or empty; 0700 afterwards */
	bool must_open;			/* fail at once without a stash */
	struct stages *stages;		/* INTO_READ under way when into_make is
					 * called, INTO_PROVE when it returns */

	struct place made;		/* the one in dir */
	struct mkey mkey;		/* whether its stash opens it */
	bool has_stash;
};
enum { INTO_READ, INTO_BUILD, INTO_PROVE, INTO_STAGES };

/* EX_OK, or the exit status that fits, said, and dir is as it was.  Killed, it is
 * emptied by the next one into the same dir. */
int	into_make(struct into *x, const struct source *s);

/* Prints what was made, and the lines for a shell that make it MIT's programs'.
 * 0; -1, said. */
int	into_show(const struct into *x, const struct source *s);

#endif
