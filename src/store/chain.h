#ifndef KDCSYNC_CHAIN_H
#define KDCSYNC_CHAIN_H

#include "../format/bundle.h"
#include "../format/digest.h"
#include "../format/manifest.h"
#include "state.h"

#include <stdint.h>

/*
 * What a replica that was away needs to catch up: the deltas of the
 * generations that it missed, one each, as the primary keeps them in
 * generations/ (generation.h).
 */
struct chain {
	unsigned n;			/* 0: there is none */
	uint64_t size;			/* of all, compressed, bytes */
	struct chain_link {		/* the newest first */
		uint64_t epoch, n;	/* the generation it makes */
		uint64_t size;
		struct digest base;	/* of the dump it patches */
	} link[BUNDLE_DELTAS];
};

/* Finds the deltas that lead from the dump has to that of now, as few as there
 * are, no two from one base.  That there are none is no error. */
void	chain_find(const struct state *s, const struct manifest *now,
	    const struct digest *has, struct chain *c);

/* Removes the deltas that are not needed any more, and the generations of which
 * then nothing is left (what gives back their dumps is expiry.h's).  Kept are
 * the deltas of now, of the generation before it, and of older ones while all
 * together are smaller than half of now's dump, which is about what it weighs
 * compressed: further back, the whole dump is the shorter way. */
void	chain_prune(const struct state *s, const struct manifest *now);

#endif
