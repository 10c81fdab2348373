#ifndef KDCSYNC_SHELF_H
#define KDCSYNC_SHELF_H

#include "pack.h"

#include <stdint.h>

/*
 * The bundles of a run, ready to be sent: each is made once, for all replicas
 * that need the same, in a file without a name.
 */
struct parcel {
	int fd;				/* read it with pread(2) */
	uint64_t size;			/* bytes */
	enum pack_kind kind;
	char words[PACK_WORDS];
};

struct shelf {
	const struct state *state;
	const struct seal *now;
	struct shelf_item **item;
	size_t n;
};

/* The bundle for a replica that has has (or NULL), or the full one; with the
 * grant, where it needs that.  It stays the shelf's.  NULL, said. */
const struct parcel *shelf_get(struct shelf *f, const struct digest *has,
	    bool full, bool grant);

void	shelf_release(struct shelf *f);

#endif
