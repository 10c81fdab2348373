#ifndef KDCSYNC_LEDGER_H
#define KDCSYNC_LEDGER_H

#include "../format/verdict.h"
#include "state.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What the primary knows of a replica: how the last ship to it went, and its
 * last verdict, in replicas/<name>.  The holder of the replica's ship lock
 * writes it, and who finds that nobody can have that.  Two parts, an empty line
 * between them: lines as of a manifest, and the verdict as kdcsync-bundle(5) has it, if there ever was one.
 */
enum ledger_answer {
	LEDGER_NEVER,			/* nothing was tried yet */
	LEDGER_SEALED,			/* it proved and sealed what we sent */
	LEDGER_REFUSED, LEDGER_BUSY, LEDGER_FAILED,	/* its own words */
	LEDGER_UNREACHED,		/* no hello */
	LEDGER_UNKNOWN,			/* no verdict that can be believed */
	LEDGER_AHEAD			/* it has more than this primary */
};

struct ledger {
	int64_t tried;			/* the last time, UTC */
	enum ledger_answer answer;
	int64_t since;			/* since when it is this one */
	int64_t told;			/* when --cron last spoke of it; 0 */
	char why[256];			/* "-" when sealed */
	int64_t sealed;			/* when it last was; 0: never */
	char sent[32];			/* then: "3 deltas" */
	uint64_t bytes, ms;		/* then: sent; from start to end */
	uint64_t free;			/* its last hello: bytes */
	char krb5[64], kdcsync[64];	/* versions; "-": never a hello */
	bool has_verdict;
	struct verdict verdict;
};

#define LEDGER_DIR "replicas"		/* in the state directory */

const char *ledger_word(enum ledger_answer a);	/* "unreached" */

/* 1: read; 0: none; -1: damaged (not said) or unreadable (said).  All but the
 * first leave that of a replica never tried. */
int	ledger_read(const struct state *s, const char *replica,
	    struct ledger *l);
int	ledger_write(const struct state *s, const char *replica,
	    const struct ledger *l);	/* 0; -1 said */

#endif
