#ifndef KDCSYNC_REHEARSAL_H
#define KDCSYNC_REHEARSAL_H

#include "../sys/proc.h"
#include "../store/kdb/place.h"

/*
 * A krb5kdc on a loopback port, on a database of its own (conf.h), and a login at
 * it.  It ends with us, whatever happens to us.
 */
struct rehearsal {
	const struct place *place;	/* the one made, stash and all */
	unsigned port;
	struct proc kdc;
};
#define REHEARSAL_NONE { .kdc = PROC_NONE }

/* Starts it, on a port that is free, and waits until it answers.  EX_OK, or
 * EX_UNAVAILABLE, said. */
int	rehearsal_start(struct rehearsal *r);

/* Logs in as principal with the keytab, at that KDC and no other: its own log
 * must have it.  EX_OK, or EX_UNAVAILABLE, said. */
int	rehearsal_login(struct rehearsal *r, const char *keytab,
	    const char *principal);

/* Ends it.  Accepts REHEARSAL_NONE. */
void	rehearsal_end(struct rehearsal *r);

#endif
