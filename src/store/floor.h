#ifndef KDCSYNC_FLOOR_H
#define KDCSYNC_FLOOR_H

#include "config.h"
#include "seal.h"
#include "state.h"

/*
 * How far a replica has come, below which it does not go back.  Its seal tells;
 * when that is damaged, is not what was signed, or says less, what the last proof
 * remembers.  Only the removal of the seal lets a replica begin anew, but not one
 * that was a primary: what it kept of the primary after it counts until it has a
 * seal of its own.
 */
struct floor {
	bool known;			/* false: nothing was ever sealed here */
	struct manifest m;		/* epoch, generation, as_of; all of it
					 * when the seal tells */
	bool has_digest;		/* m.dump.digest is known, too */
	struct grant_mark mark;		/* the grant in force */
};

/* seal, to be released whatever the answer, tells with 1.  1; 0: no seal; -1:
 * damaged or altered (said). */
int	floor_read(const struct config *cf, const char *realm,
	    const struct state *s, struct seal *seal, struct floor *f);

/* What follows here has to follow by; of that with no manifest the grant counts.
 * 0 or -1, said. */
int	floor_keep(const struct state *s, const struct seal *by);

/* There is a seal now: forgets what was kept. */
void	floor_forget(const struct state *s);

/* May next follow?  By number, time and grant; no signature is looked at.  0;
 * -1 with the reason in why. */
#define FLOOR_WHY 300
int	floor_check(const struct floor *f, const struct seal *next,
	    char why[FLOOR_WHY]);

#endif
