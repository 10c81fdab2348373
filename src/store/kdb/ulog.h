#ifndef KDCSYNC_ULOG_H
#define KDCSYNC_ULOG_H

#include "place.h"

#include <stdbool.h>

/* Resets the update log of iprop, if this host has one, so that every iprop
 * replica asks for the whole database: after a restore it would replay what is
 * undone.  open: somebody has it open; to remove it under a kadmind that runs
 * would split it in two, without a word.  0; -1, said. */
int	ulog_reset(const struct place *p, bool open);

/* Is there one that is to be reset? */
bool	ulog_exists(const struct place *p);

#endif
