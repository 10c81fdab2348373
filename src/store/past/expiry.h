#ifndef KDCSYNC_EXPIRY_H
#define KDCSYNC_EXPIRY_H

#include "keep.h"
#include "../state.h"

/*
 * Gives each generation that was the newest its way back, and lets go what the
 * rules do not keep any more.  A generation goes when nothing needs it: first the
 * older ones get a way back from the next newer one that stays, proved, then
 * their old way goes, then it does.  Killed anywhere, it goes on from there; what
 * can be given back before can be given back after.  What ships (chain.h) is not
 * touched.
 *
 * What may go is looked up once an hour, so that one walk serves some of them;
 * and when it was not for a day, because nothing ran or a clock leapt, it waits
 * one hour more.
 *
 * Under a lock of its own, for which it does not wait: taking and shipping do not
 * wait for it either.  0; -1, said, or asked to stop: nothing is lost, and the
 * next run goes on.
 */
int	expiry_run(const struct state *s, const struct keep *k, int64_t now);

/* Only the first part, if runs that were cut short left more than the two dumps
 * of one run. */
int	expiry_backlog(const struct state *s);

#define STATE_EXPIRED "expired"		/* when that was looked up last */
#define EXPIRY_LOCK "keep"		/* for state_lock */

#endif
