#ifndef KDCSYNC_TABLE_H
#define KDCSYNC_TABLE_H

#include "fleet.h"
#include "paint.h"

/* For people: one line that says it all, this host, and a line for each replica,
 * or each that is not good, with what is wrong of it below. */
void	table(const struct fleet *f, const struct paint *p, bool trouble_only);

#endif
