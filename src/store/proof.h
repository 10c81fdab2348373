#ifndef KDCSYNC_PROOF_H
#define KDCSYNC_PROOF_H

#include "../format/digest.h"
#include "../format/dump.h"
#include "config.h"
#include "digested.h"
#include "kdb/files.h"
#include "seal.h"
#include "state.h"

/* What is known of the live database since it was last walked whole. */
struct proof {
	int64_t time;			/* UTC */
	bool good;			/* what the seal says, lookups and all */
	char result[128];		/* "good", or what was found */
	struct digest digest;		/* of what was found, zeros if unknown */
	uint64_t epoch, generation;	/* of the seal, 0: none */
	int64_t as_of;			/* of the seal then, UTC; 0: none */
	struct grant_mark mark;		/* of the seal then; its epoch again */
	uint32_t stash_kvno;		/* as mkey_check found it, 0: not */
	uint32_t mkey_kvno[DUMP_MKEYS];
	unsigned n_mkey;
	struct stamp stamp;
	bool locked;			/* known: */
	int64_t locked_ms;		/* how long the last copy kept
					 * writers waiting, at stamp.read */
	struct digested dump;		/* a replica's sealed one */
};

/* 1; 0, with p empty: none, or not readable as one (it will be made anew). */
int	proof_read(const struct state *s, struct proof *p);
int	proof_write(const struct state *s, const struct proof *p);

/* Remembers how far s has brought this replica: should the seal be damaged, what
 * is older than that still does not get in.  0 or -1, said. */
int	proof_follow(struct proof *p, const struct seal *s);

/* Had this replica come further than s by then: by epoch, grant or generation?
 * (As-of moves on without a proof.) */
bool	proof_beyond(const struct proof *p, const struct seal *s);

/* The sealed dump is not what it was found to be: the next heartbeat reads it, and asks
 * for another.  What cannot be written is said. */
void	proof_forget_dump(const struct state *s);

/* Is the live database still what was proved to have this digest: a good proof,
 * and nobody wrote since?  1 with p, 0, or -1 (said: a lock was not got). */
int	proof_holds(const struct config *cf, const struct place *place,
	    const struct state *s, const struct digest *digest,
	    struct proof *p);

#endif
