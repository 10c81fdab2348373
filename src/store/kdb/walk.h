#ifndef KDCSYNC_WALK_H
#define KDCSYNC_WALK_H

#include "../../format/record.h"
#include "place.h"

#include <krb5.h>
#include <stdbool.h>

/* Every record of an open database.  Inside src/store/kdb only. */

/* What ended a walk early, beside a non-zero answer of fn. */
#define WALK_FAILED -1		/* libkdb5: words in why */
#define WALK_RECORD -2		/* a record that no dump can carry */

/* Calls fn with each principal, counters as stored, and its canonical line.
 * Not allowed to call libkdb5 on this ctx.  Returns 0 at the end, what fn
 * returned if that was not 0 (fn returns 0 or a positive number), or one of
 * the above.  reverse: last to first, btree only. */
int	walk_princs(krb5_context ctx, bool reverse, char why[160],
	    int (*fn)(void *arg, struct princ *p, struct span line), void *arg);

/* The same for policies.  fn must not call libkdb5 at all: it holds the db2
 * module's one mutex here. */
int	walk_policies(krb5_context ctx, char why[160],
	    int (*fn)(void *arg, struct policy *p, struct span line),
	    void *arg);

#endif
