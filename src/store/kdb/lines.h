#ifndef KDCSYNC_LINES_H
#define KDCSYNC_LINES_H

#include "../../format/dump.h"

/* Dump lines kept in memory until they can stand in order: policies, and the
 * principals of a hash database.  Inside src/store/kdb only. */
struct lines {
	struct bytes heap;
	struct line_at {
		size_t at, len;
	} *index;
	size_t n, cap;
	struct span *sorted;		/* after lines_sort */
};
#define LINES_NONE { .index = NULL }

int	lines_add(struct lines *l, struct span line);

/* Fills sorted, by name; no lines_add after it.  -1: memory. */
int	lines_sort(struct lines *l, enum dump_line kind);

void	lines_release(struct lines *l);

#endif
