#ifndef KDCSYNC_LIVE_H
#define KDCSYNC_LIVE_H

#include "../../format/verdict.h"
#include "../changes.h"
#include "../config.h"
#include "../kdb/mkey.h"
#include "../kdb/place.h"
#include "../seal.h"
#include "../state.h"

#include <stdbool.h>
#include <stdint.h>

struct live_report {
	uint64_t added, removed, changed;	/* records, against before */
	uint64_t late;			/* counters written during the swap */
	int64_t fill_ms, prove_ms, lock_ms;
	unsigned shadows;		/* 0: it was equal already */
	bool first;			/* there was no usable database */
	bool followed;			/* record by record */
	struct mkey mkey;
};

/*
 * The only writer of a live database in kdcsync.
 *
 * live_install makes the live database what next says, whose dump lies in the state
 * directory (state_dump) with the right digest, and seals it: shadow, proof,
 * swap, another look, seal.  The caller holds the apply lock and has checked
 * next's signature.  SEALED; REFUSED: the data do not fit this host (stash,
 * realm), nothing changed; BUSY: a lock was not got in time; FAILED.  Whatever
 * happens each of the two files is whole, and `seal.next` tells live_recover
 * what was under way.
 */
enum verdict_outcome live_install(const struct config *cf,
	    const struct place *p, struct state *s, const struct seal *next,
	    struct live_report *r);

/* The same with that dump open in dump.  vouched: the caller has computed its digest
 * and looked at its lines; else that is done here, REFUSED (said) when it is not
 * what next says. */
enum verdict_outcome live_install_dump(const struct config *cf,
	    const struct place *p, struct state *s, const struct seal *next,
	    int dump, bool vouched, struct live_report *r);

/*
 * The same where only some records change, without the dump of next: it is written
 * into the state directory by the proof of the shadow, a copy of the live files
 * with these records put and deleted.  NEED_FULL: that did not give what is
 * signed, for which the changes, the dump that they start from or the live
 * database can be to blame; nothing was changed, and live_install, which says
 * more, is the way.
 */
enum verdict_outcome live_follow(const struct config *cf,
	    const struct place *p, struct state *s, const struct seal *next,
	    const struct changes *c, struct live_report *r);

/* Seals next without touching the database: a heartbeat of what is live and
 * proved. */
int	live_seal(struct state *s, const struct seal *next);

/* Removes the copies of all keys that a killed process left.  The caller holds
 * the apply lock. */
void	live_sweep(const struct place *p, const struct state *s);

/* Finishes or undoes a swap that was cut short, and removes what it left.  The caller holds the apply
 * lock.  SEALED also when there was nothing to do. */
enum verdict_outcome live_recover(const struct config *cf,
	    const struct place *p, struct state *s);

#endif
