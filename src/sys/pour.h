#ifndef KDCSYNC_POUR_H
#define KDCSYNC_POUR_H

#include "../format/bytes.h"

#include "outward.h"

#include <stdint.h>

/* Writes much memory to a place of a file.  Straight from memory that no cache
 * holds any more, and at an odd offset, the kernel copies several times as
 * slowly as by way of a small buffer in which the bytes stand as they will in the
 * file's pages.  With o it is written out meanwhile.  0; -1, said with name. */
int	pour(int fd, const char *name, struct span from, uint64_t at,
	    struct outward *o);

#endif
