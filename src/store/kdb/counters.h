#ifndef KDCSYNC_COUNTERS_H
#define KDCSYNC_COUNTERS_H

#include "entry.h"

/*
 * The counters of a login (last success, last failure, failures in a row) are
 * not in a dump: a record keeps those that its database recorded, unless its
 * keys differ -- the user whom the helpdesk just reset must not stay locked out.
 * Inside src/store/kdb only.
 */

/* Gives to the counters of was, if the keys are the same. */
void	counters_carry(struct princ *to, const struct princ *was);
bool	counters_equal(const struct princ *a, const struct princ *b);

/* A record as a database has it. */
struct fetched {
	krb5_db_entry *e;
	char *name;
	struct princ p;			/* borrows from both */
};
#define FETCHED_NONE { .e = NULL }

/* 1: there, to be dropped; 0: not; -1, said with db: it cannot be read. */
int	fetch(krb5_context ctx, const char *db, struct span name,
	    struct fetched *f);
void	fetch_drop(krb5_context ctx, struct fetched *f);
void	fetch_release(struct fetched *f);	/* what it grew, at the end */

#endif
