#ifndef KDCSYNC_BULK_H
#define KDCSYNC_BULK_H

#include <krb5.h>

/*
 * Many puts into a database that is being made and that nobody else knows.
 * libkdb5 stamps the lock file at each put (plugins/kdb/db2, ctx_update_age): it
 * asks its descriptor for the time, then sets a later one by its name, which
 * together cost as much as the put itself.  What the descriptor does not tell,
 * it does not set.  So that is put aside meanwhile, and the lock with it, which is
 * the open file's and not the number's.  Inside src/store/kdb only.
 */
struct bulk {
	int number;			/* libkdb5's descriptor; -1: not found */
	int aside;			/* the same file, meanwhile */
};
#define BULK_NONE { -1, -1 }

/* Locks db, open in ctx, exclusively.  No descriptor may be opened until the end:
 * it would get that number.  0; -1: libkdb5 cannot. */
int	bulk_begin(krb5_context ctx, const char *db, struct bulk *b);

/* The descriptor is back, and db is not locked.  0; -1, said. */
int	bulk_end(krb5_context ctx, const char *db, struct bulk *b);

#endif
