#ifndef KDCSYNC_STORED_H
#define KDCSYNC_STORED_H

#include "bytes.h"
#include "record.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A principal as it is stored in a DB2 database: the data beside its key, which
 * is the name and a NUL.  Fixed fields in little-endian order whatever the
 * machine, then the name, tl_data, keys.  Source: MIT krb5 1.20.1,
 * src/plugins/kdb/db2/kdb_xdr.c, krb5_encode_princ_entry().
 */

/* What logins move, the non-replicated attributes: these bytes of the data. */
#define STORED_COUNTERS 22		/* last_success, last_failed, */
#define STORED_COUNTERS_END 34		/* fail_auth_count, 4 bytes each */

struct stored_counters {
	uint32_t last_success, last_failed;	/* seconds since 1970 */
	uint32_t fail_auth_count;
};

/* -1: the data is too short to be a principal. */
int	stored_counters(struct span data, struct stored_counters *c);

/* The name, as krb5_unparse_name spelt it, without its NUL; it points into data.
 * An empty span: there is none, or it is not a NUL's length from its end. */
struct span stored_name(struct span data);

/* Do the two differ in nothing but the counters? */
bool	stored_same_but_counters(struct span a, struct span b);

/*
 * The whole as libkdb5 would hand it out (krb5_db_iterate: keys newest first,
 * tl_data as they stand): p borrows all of it from data.  -1, "not this way", of
 * whatever is not exactly what krb5_encode_princ_entry writes: fields of later
 * versions, a length that does not fit, bytes behind the end (libkdb5 overlooks
 * them), a name that krb5_unparse_name would spell otherwise.  Ask libkdb5 then;
 * tests/unit/test_stored_princ.c holds the two against each other.
 */
int	stored_princ(struct span data, struct princ *p);

/* Is that the key of a principal of this name: the name and a NUL? */
bool	stored_is_key(struct span key, struct span name);

/* Have both the same keys, to the byte and in the same order? */
bool	stored_same_keys(struct span a, struct span b);

#endif
