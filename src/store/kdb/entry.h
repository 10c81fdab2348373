#ifndef KDCSYNC_ENTRY_H
#define KDCSYNC_ENTRY_H

#include "../../format/record.h"
#include "place.h"

#include <kdb.h>

/* libkdb5's structures and ours.  Inside src/store/kdb only. */

/* A context for the database called db of that realm, opened; create makes it
 * first.  NULL, said. */
krb5_context entry_open(const struct place *p, const char *db, bool create);
void	entry_close(krb5_context ctx);		/* accepts NULL */

/* Says "db: doing: <libkrb5's words for code>". */
void	entry_say(krb5_context ctx, const char *db, const char *doing,
	    krb5_error_code code);

/* e's fields as p; p borrows e's data, and its name is in its pool or in name, a
 * string to be freed with krb5_free_unparsed_name (NULL: nothing to free).  Sorts e's keys as krb5_db_iterate would.  0, or -1
 * when e cannot stand in a dump (foreign data, memory). */
int	entry_to_princ(krb5_context ctx, krb5_db_entry *e, struct princ *p,
	    char **name);
int	entry_to_policy(osa_policy_ent_t e, struct policy *p);

/* Puts a principal; its counters are written too.  0 or libkrb5's code. */
krb5_error_code entry_put_princ(krb5_context ctx, const struct princ *p);
krb5_error_code entry_put_policy(krb5_context ctx, const struct policy *p);

/* Looks a name (as in the dump) up.  NULL and 0: not there. */
krb5_error_code entry_get(krb5_context ctx, struct span name,
	    krb5_db_entry **e);

#endif
