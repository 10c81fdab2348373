#ifndef KDCSYNC_PATCH_H
#define KDCSYNC_PATCH_H

#include "../format/verdict.h"
#include "seal.h"

#include <stdbool.h>

/*
 * From a bundle to a dump, in a child that has the bundle, the base, the result
 * and two scratch files, and nothing else: it unpacks, decompresses, patches
 * and parses bytes that came over the network.
 */
struct patch {
	int bundle;			/* from its first byte */
	int base;			/* the sealed dump; -1: none */
	struct digest base_digest;	/* of that; checked by the caller */
	int out;			/* empty; gets the dump */
	const char *scratch;		/* directory for unnamed files */
	bool unread;			/* nor is the dump looked at: whoever gets it
					 * does (vouch.h) */
};

/* SEALED: out holds, but for unread, to the last byte, the canonical dump that
 * now describes (the caller computes the digest once more).  *payload tells
 * whether there was
 * one: a heartbeat has none, and out stays empty; nor have deltas from an older
 * dump to the one that base is already.  NEED_FULL: deltas from
 * something else than base, or that do not give that dump; said, but not that
 * there is no base (-1).  REFUSED, FAILED: said. */
enum verdict_outcome patch(const struct patch *x, const struct manifest *now,
	    bool *payload);

#endif
