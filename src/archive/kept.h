#ifndef KDCSYNC_KEPT_H
#define KDCSYNC_KEPT_H

#include "../store/past/stock.h"

#include "../store/config.h"

#include <stdbool.h>

/* Makes the dump of each generation that this host keeps, and checks the
 * signature of its manifest, at its own time.  Says in one line how many there are,
 * unless quiet; what is wrong with others is said, one line each.  The exit status
 * that fits. */
int	kept_verify(const struct config *cf, const struct stock *k, bool quiet);

#endif
