#ifndef KDCSYNC_PAGES_H
#define KDCSYNC_PAGES_H

#include "../format/bytes.h"

#include <stdint.h>

/*
 * A file and its copy, compared page by page at the speed of memory, on two
 * processors where there are two.  The maps are made, and what they show is
 * brought into memory, before: the caller compares under a lock that others wait
 * for.
 */
#define PAGES_SIZE 4096

struct pages {
	int from, to;			/* borrowed; to open for writing, too */
	struct span old, new;		/* maps of the copy, of the file */
};
#define PAGES_NONE { -1, -1, { NULL, 0 }, { NULL, 0 } }

/* 0, also when nothing could be brought into memory; -1, said with name. */
int	pages_map(struct pages *p, int from, int to, const char *name);

/* Writes to the copy what differs, and makes it size bytes long, as the file is
 * now.  *moved counts on by the pages written.  The file may have grown or
 * shrunk since it was mapped.  0; -1, said with name. */
int	pages_level(struct pages *p, uint64_t size, const char *name,
	    uint64_t *moved);

void	pages_unmap(struct pages *p);	/* accepts PAGES_NONE */

#endif
