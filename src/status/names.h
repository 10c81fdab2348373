#ifndef KDCSYNC_NAMES_H
#define KDCSYNC_NAMES_H

#include "fleet.h"

/* How the names of replicas stand in their column.  When not all of them fit, the
 * domain that they have in common is left out; one that is still too long has a
 * line of its own. */
struct names {
	int width;			/* of the column, at least 16 */
	const char *domain;		/* ".example.com"; NULL: they are whole */
};

/* rest: what the other columns take, of so many. */
void	names_fit(const struct fleet *f, size_t rest, size_t columns,
	    struct names *n);

/* How much of name is shown, characters. */
size_t	names_shown(const struct names *n, const char *name);

#endif
