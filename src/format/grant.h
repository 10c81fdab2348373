#ifndef KDCSYNC_GRANT_H
#define KDCSYNC_GRANT_H

#include "bytes.h"
#include "digest.h"
#include "manifest.h"

/* The operator's word that opens an epoch; see kdcsync-bundle(5). */
#define GRANT_VERSION 1
#define GRANT_MAX 1024		/* bytes of text */
#define GRANT_KEY 128		/* characters of a fingerprint and a NUL */

struct grant {
	char realm[REALM_MAX];
	uint64_t epoch;
	char key[GRANT_KEY];		/* SHA256:... as ssh-keygen -l prints */
	struct digest base;		/* of the generation it starts from */
	int64_t time;			/* UTC */
};

size_t	grant_encode(const struct grant *g, char text[GRANT_MAX]);
int	grant_decode(struct span text, struct grant *g, const char **why);

/* What a host remembers of the grant in force: enough to tell it from another
 * when its text is lost. */
struct grant_mark {
	uint64_t epoch;			/* that the host is in; 0: in none yet */
	int64_t time;			/* of the grant, UTC; 0: there is none */
	struct digest digest;		/* of its text */
};

/* Of a manifest of epoch with that grant; g NULL: without one.  0; -1: memory is
 * short. */
int	grant_mark(uint64_t epoch, const struct grant *g,
	    struct grant_mark *mark);

bool	grant_mark_equal(const struct grant_mark *a,
	    const struct grant_mark *b);

/* May what is signed under now follow what was signed under was?  Epochs only
 * grow; within one a grant, once there, stays in force until a later one. */
enum grant_order {
	GRANT_FOLLOWS,
	GRANT_EPOCH_OVER,		/* of an epoch that has ended */
	GRANT_MISSING,			/* without one, where one is in force */
	GRANT_OLD			/* not later than the one in force */
};
enum grant_order grant_order(const struct grant_mark *was,
	    const struct grant_mark *now);

#endif
