#ifndef KDCSYNC_GATE_H
#define KDCSYNC_GATE_H

#include "report.h"

#include "../store/config.h"
#include "../store/state.h"

/* What follows from a verdict. */

/* Leaves line in `refused`, for the next apply's on_sealed, and says that the
 * KDC is not started.  primary: that is kadmind, which on_sealed does not start,
 * and `refused` stays as it is. */
void	gate_refuse(struct state *s, bool primary, const char *line);

/* May a KDC (primary: kadmind) start on this?  Good and warning pass.  realm: as
 * given with -r, or NULL.  A refusal is left as above, and its way out is
 * printed.  1 or 0. */
int	gate_pass(const struct config *cf, const char *realm, struct state *s,
	    bool primary, const struct report *r);

/* Remembers the verdict; when it is another than last time, runs on_verdict
 * with the word and the line as two more arguments. */
void	gate_tell(const struct config *cf, struct state *s,
	    const struct report *r);

/* Notes an administrator's word to start in spite of age, clock or signer.  An
 * exit status of sysexits.h. */
int	gate_override(const struct config *cf, const struct state *s,
	    const char *duration, const char *reason);

#endif
