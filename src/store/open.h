#ifndef KDCSYNC_OPEN_H
#define KDCSYNC_OPEN_H

#include "../format/bundle.h"
#include "../format/verdict.h"
#include "../sys/archive.h"
#include "config.h"
#include "seal.h"

/* The reading of a bundle, on receipt and later: its texts first, checked,
 * before a byte of payload is looked at. */
struct open_bundle {
	bool standing;			/* it was looked at when it came: each
					 * signature at its own time */
	const struct seal *checked;	/* of this realm and found signed by this
					 * process a moment ago; NULL: none */
	struct bundle_rules rules;
	enum bundle_part part;		/* of the current entry */
	struct digest base;		/* its base, if it is a delta */
	uint64_t size;
	bool ahead;			/* the next head is read, not judged: */
	int head;			/* as archive_next answered */
	const char *name;
};
#define OPEN_NONE { .size = 0 }

/* Whose fault is it that a step failed: this host's, whose disk or memory is
 * full or failing (FAILED), or the bundle's (REFUSED)?  By errno, which the
 * caller sets to 0 before the step. */
enum verdict_outcome open_fault(void);

/* Reads the texts, which come first: manifest and signature, and a grant and
 * its signature or neither; without them the grant in was, what is sealed here,
 * is in force if it is of the same epoch.  Of our realm, and signed by a key
 * that may sign (sign_check_seal), a new grant at the present time unless
 * standing.  No payload is looked at before.  SEALED (go on), REFUSED or FAILED, said.  seal is to be
 * released in any case. */
enum verdict_outcome open_texts(const struct config *cf, const char *realm,
	    struct archive_in *a, struct open_bundle *b,
	    const struct seal *was, struct seal *seal);

/* The first two entries of a bundle whose texts were checked before: passed
 * over, as a grant then is by open_payload.  0 or -1 (said). */
int	open_skip_texts(struct archive_in *a, struct open_bundle *b);

/* The next payload: 1 with part, base and size, 0 at the end of a whole bundle,
 * -1 (said). */
int	open_payload(struct archive_in *a, struct open_bundle *b);

/* Goes on to the end; payloads are passed over. */
enum verdict_outcome open_to_end(struct archive_in *a, struct open_bundle *b);

#endif
