#ifndef KDCSYNC_VERDICT_H
#define KDCSYNC_VERDICT_H

#include "bytes.h"
#include "digest.h"
#include "dump.h"
#include "manifest.h"

/* What a replica says last.  Untrusted bytes: recorded, shown, never obeyed.
 * It ends where the stream ends.  See kdcsync-bundle(5). */
#define VERDICT_VERSION 1
#define VERDICT_MAX 4096

/* What a person does about NEED_FULL; in a session the primary does it. */
#define VERDICT_REMAKE "refused; kdc-snapshot --full makes it anew"
#define VERDICT_TAKE_FULL "take a full bundle (kdc-snapshot --full, or -o FILE)"

enum verdict_outcome {
	VERDICT_SEALED,		/* the generation is live, proved and sealed */
	VERDICT_NEED_FULL,	/* the delta's base is not here, or it is spoilt */
	VERDICT_REFUSED,	/* bad or unwanted data: nothing was changed */
	VERDICT_BUSY,		/* another apply, a lock not got in time */
	VERDICT_FAILED		/* this host's fault: disk, configuration */
};

struct verdict {
	char realm[REALM_MAX];
	enum verdict_outcome outcome;
	char why[256];			/* "-" when sealed */
	uint64_t epoch, generation;	/* sealed here now; 0.0: none */
	struct digest digest;		/* of that; zeros: none */
	int64_t as_of;			/* of the seal, UTC; 0: none */
	int64_t proof;			/* last deep proof, UTC; 0: never */
	char proof_result[128];		/* "good", or what was found; "-" */
	uint32_t stash_kvno;		/* of the stash; 0: unreadable */
	uint32_t mkey_kvno[DUMP_MKEYS];	/* K/M kvnos it can open, ascending */
	unsigned n_mkey;
	uint64_t receive_ms, apply_ms;	/* milliseconds */
};

size_t	verdict_encode(const struct verdict *v, char text[VERDICT_MAX]);
int	verdict_decode(struct span text, struct verdict *v, const char **why);

#endif
