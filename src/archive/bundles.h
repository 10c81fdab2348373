#ifndef KDCSYNC_BUNDLES_H
#define KDCSYNC_BUNDLES_H

#include "spool.h"
#include "../store/past/stock.h"

/* Adds generation m, whole, and with older all before it, each as what is
 * smaller: the delta from the one before it in the archive, or whole.  0; -1,
 * said.  Older ones that cannot be had are said, and left out. */
int	bundles_add(struct spool *p, const struct stock *k,
	    const struct manifest *m, bool older, bool *left_out);

#endif
