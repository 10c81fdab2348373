#ifndef KDCSYNC_PAGES_H
#define KDCSYNC_PAGES_H

#include "../format/bytes.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A file and its copy, made equal page by page (compare.h): first while others
 * write to the file; then, where they did, what the maps show is read in, for what
 * comes next the caller does under a lock that they wait for.
 */
#define PAGES_SIZE 4096

struct pages {
	int from, to;			/* borrowed; to open for writing, too */
	struct span old, new;		/* maps of the copy; of the file, where
					 * pages_look made one */
	uint8_t *differs;		/* one of each page that both have */
	/* Is a page that was so still the same for all that matters?  NULL: none
	 * that moved is. */
	bool (*same)(struct span was, struct span is);
	bool other;			/* one that moved is not */
};
#define PAGES_NONE { .from = -1, .to = -1 }

/* Maps the copy.  0; -1, said with name. */
int	pages_map(struct pages *p, int from, int to, const char *name);

/* Writes to the copy what differs, while others write to the file, cut it or
 * replace it: what of that is in the copy then, nobody knows.  *moved counts on by
 * the pages written, which are those that differ and what stands behind the last
 * whole one that both have, which is never the same.  0; -1, said with name. */
int	pages_level_restless(struct pages *p, const char *name,
	    uint64_t *moved);

/* Maps both as they are now, to be compared.  0; -1, said with name. */
int	pages_look(struct pages *p, const char *name);

/* The same as pages_level_restless when nobody writes: the copy is then size bytes
 * long, as the file is now, which may have grown or shrunk since pages_look. */
int	pages_level(struct pages *p, uint64_t size, const char *name,
	    uint64_t *moved);

void	pages_unmap(struct pages *p);	/* accepts PAGES_NONE */

#endif
