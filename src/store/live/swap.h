#ifndef KDCSYNC_SWAP_H
#define KDCSYNC_SWAP_H

#include "install.h"

/* The shadow takes the place of the live files, under both locks: late counters
 * first, then the files that changed, policies before principals, the directory
 * flushed.  SEALED (go on), BUSY or FAILED, said: each file is the old or the new
 * one. */
enum verdict_outcome swap(struct install *in);

#endif
