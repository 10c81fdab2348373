#ifndef KDCSYNC_LIST_H
#define KDCSYNC_LIST_H

#include "../store/past/stock.h"

/* Prints what there is, the newest first, for people or as JSON.  0; -1, said:
 * it could not be printed. */
int	list(const struct stock *k, bool json);

#endif
