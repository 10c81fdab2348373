#ifndef KDCSYNC_BULK_H
#define KDCSYNC_BULK_H

#include <krb5.h>

/*
 * Many puts into a database that is being made and that nobody else knows.
 * libkdb5 stamps the lock file at each put, by its name (plugins/kdb/db2,
 * ctx_update_age), which costs more than the put itself; it locks the file by a
 * descriptor that it has open, and does not ask whether the stamp went well.  So
 * the name is away meanwhile.  Inside src/store/kdb only.
 */

/* Locks db, open in ctx, exclusively.  0; -1: libkdb5 cannot. */
int	bulk_begin(krb5_context ctx, const char *db);

/* The lock file is back under its name, empty, and db is not locked.  0; -1,
 * said. */
int	bulk_end(krb5_context ctx, const char *db);

#endif
