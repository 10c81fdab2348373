#ifndef KDCSYNC_PIECES_H
#define KDCSYNC_PIECES_H

#include "bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What deltas (commands.h) make of a base, without making it: pieces of the base
 * and of the deltas' literals, in order.
 */
#define PIECES_MAX (1 << 20)	/* a delta is not signed: 24 MiB of memory */

struct pieces {
	struct span base;		/* borrowed, like the deltas */
	struct piece {
		uint64_t at;		/* its offset in what they make */
		struct span bytes;
	} *v;
	size_t n, cap;
	uint64_t size;			/* of what they make, bytes */
};
#define PIECES_NONE { .v = NULL }

/* The base itself, in one piece.  0; -1: memory. */
int	pieces_begin(struct pieces *p, struct span base);

/* One delta more, from what the pieces make now.  0; -1 with a phrase: no delta
 * of librsync's, to its last byte, or one that copies what is not there, or too
 * many pieces; only pieces_release then. */
int	pieces_apply(struct pieces *p, struct span delta, const char **why);

/* Does it lie in the base? */
bool	pieces_of_base(const struct pieces *p, struct span bytes);

void	pieces_release(struct pieces *p);	/* accepts PIECES_NONE */

/*
 * The lines that the pieces have otherwise than the base, as two small dumps:
 * from, what the base has there, and to, what comes in its place; a line that is
 * in both stays.  Only there the base is read.  Both are appended to, and are at
 * most max bytes long.  0; -1 with a phrase: too much, or memory.  What is in the lines is not looked at.
 */
int	pieces_changes(const struct pieces *p, size_t max, struct bytes *from,
	    struct bytes *to, const char **why);

#endif
