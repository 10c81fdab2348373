#ifndef KDCSYNC_REPLICA_H
#define KDCSYNC_REPLICA_H

#include "notes.h"

#include "../format/manifest.h"
#include "../store/ledger.h"
#include "../store/state.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What the primary knows of one replica, judged by what that said it proved
 * (its last verdict), never by what was sent to it.
 */
struct replica {
	const char *name;
	bool configured;		/* false: only its ledger is there */
	bool shipping;			/* a run ships to it now */
	int read;			/* as ledger_read answered */
	struct ledger l;
	/* By replica_judge: */
	struct notes notes;
	bool proved;			/* its verdict names a generation */
	bool equal;			/* ... with the digest of the current */
	bool known;			/* ... which we have, with that digest: */
	uint32_t krbtgt_kvno;		/* of that, 0: none */
	bool opens;			/* ... and its stash opens that's K/M */
	bool counted;			/* of this epoch, not ahead of us: */
	uint64_t behind;		/* generations */
	int64_t age;			/* seconds since its as-of */
};

/* What they are measured by. */
struct basis {
	const struct state *state;	/* this primary's */
	const char *config;		/* where its configuration stands */
	const char *realm;
	const struct manifest *m;	/* of `current`; NULL: none */
	int64_t now, interval, max_age;	/* UTC; seconds */
};

/* Reads its ledger. */
void	replica_read(struct replica *r, const struct state *s);

void	replica_judge(struct replica *r, const struct basis *b);

/* "current", "behind", "removed" when it is in no configuration, or the word of
 * its worst note. */
const char *replica_state(const struct replica *r);

#endif
