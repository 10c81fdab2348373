#ifndef KDCSYNC_COMPARE_H
#define KDCSYNC_COMPARE_H

#include "../format/bytes.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Two files in memory, compared page by page on two cores: for use while a lock is
 * held.  The maps are made before it is taken, and faulted in, or the comparison
 * would wait for the disk and for the page tables.
 */

/* A read-only map of the whole file that shows what others write to it.  0 or -1
 * (said).  To be unmapped with file_unmap. */
int	compare_map(int fd, const char *name, struct span *map);

/* Notes in differs, one byte a page, which of the first n pages of a and b, that
 * long at least, are not the same. */
void	compare_pages(const char *a, const char *b, size_t page, size_t n,
	    uint8_t *differs);

#endif
