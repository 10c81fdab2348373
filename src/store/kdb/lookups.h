#ifndef KDCSYNC_LOOKUPS_H
#define KDCSYNC_LOOKUPS_H

#include "exam.h"

/* The proof by walk and lookup.  Inside src/store/kdb only. */

/* The principals of a database that cannot be walked in order (a hash), sorted
 * and written. */
int	lookups_dump(struct exam *x);

/* With the whole dump in all: a second walk (backwards; of a hash database
 * forwards again) must meet the same principals, and every one must be found by
 * its name, with the same record. */
int	lookups_prove(struct exam *x, struct span all);

/* Every policy in lines, the end of the dump, must be found by its name. */
int	lookups_policies(struct exam *x, struct span lines);

#endif
