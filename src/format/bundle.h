#ifndef KDCSYNC_BUNDLE_H
#define KDCSYNC_BUNDLE_H

#include "digest.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The rules of a bundle, apart from the tar that carries it: which names, in
 * which order, how many bytes each.  `manifest`, `manifest.sig`, then perhaps
 * `grant`, `grant.sig`, then nothing, `dump.zst`, or one or more
 * `delta.<sha256 of its base>.zst` in the order of use.
 */
#define BUNDLE_NAME_MAX 80
#define BUNDLE_SIG_MAX 8192	/* bytes of an ssh-keygen -Y signature */
#define BUNDLE_DELTAS 256

enum bundle_part {
	BUNDLE_MANIFEST, BUNDLE_MANIFEST_SIG, BUNDLE_GRANT, BUNDLE_GRANT_SIG,
	BUNDLE_DUMP, BUNDLE_DELTA
};

/* Zero it to begin. */
struct bundle_rules {
	unsigned seen;			/* bits, 1 << enum bundle_part */
	unsigned n_delta;
	struct digest base[BUNDLE_DELTAS];	/* of the deltas seen */
	uint64_t payload_max;		/* set from the signed size when known */
};

/* May an entry of this name and size come next?  0 with *part (and *base for a
 * delta, which may not be NULL), or -1 with a phrase in *why.  Texts are bounded by their own maximum,
 * payloads by payload_max, which is 0 until the caller has checked the
 * manifest and set it. */
int	bundle_entry(struct bundle_rules *r, const char *name, uint64_t size,
	    enum bundle_part *part, struct digest *base, const char **why);

/* Was that a whole bundle?  0, or -1 with a phrase. */
int	bundle_end(const struct bundle_rules *r, const char **why);

/* How large a compressed payload may be, given the signed dump size: zstd's
 * worst case and a margin. */
uint64_t bundle_bound(uint64_t dump_size);

/* The name of a part; of a delta, from its base. */
void	bundle_name(enum bundle_part part, const struct digest *base,
	    char name[BUNDLE_NAME_MAX]);

#endif
