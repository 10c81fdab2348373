#ifndef KDCSYNC_REBUILD_H
#define KDCSYNC_REBUILD_H

#include "../../format/index.h"
#include "../config.h"
#include "../seal.h"

/*
 * The dumps of an archive's bundles, made again one after the other: each delta
 * is from the dump before.  Each payload is decompressed, patched and parsed in
 * a child (patch.h), after the signature of its manifest was checked.
 */
struct rebuild {
	const struct config *cf;
	const char *realm;
	const char *scratch;		/* directory for unnamed files */
	uint64_t epoch_max;		/* no later one can be in it */
	int dump;			/* the last that was made; -1: none yet */
	struct digest digest;		/* of that */
	int out;			/* for the next */
};
#define REBUILD_NONE { .dump = -1, .out = -1 }

/* The bundle in fd, which must be of the generation that m names.  EX_OK with
 * its seal, to be released in any case; EX_DATAERR or EX_IOERR, not said: why
 * tells. */
#define REBUILD_WHY 700
int	rebuild_bundle(struct rebuild *r, int fd, const struct index_member *m,
	    struct seal *s, char why[REBUILD_WHY]);

void	rebuild_release(struct rebuild *r);	/* accepts REBUILD_NONE */

#endif
