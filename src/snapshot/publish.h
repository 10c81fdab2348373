#ifndef KDCSYNC_PUBLISH_H
#define KDCSYNC_PUBLISH_H

#include "../store/take.h"

/* What becomes of a generation: shipped, written to a file, or neither. */
struct publish {
	const char **to;		/* names; all when n_to is 0 */
	size_t n_to;
	bool no_ship, full;
	bool cron, quiet;		/* see ship.h */
	const char *output;		/* of a full bundle; "-": stdout; or NULL */
	const struct config_replica **at;	/* who is shipped to */
	struct fleet *fleet;		/* begun with, or NULL */
};

/* Are all names replicas of ours?  0 or -1, said. */
int	publish_check(const struct config *cf, const struct publish *o);

/* Begins with the replicas, if any are to be shipped to: what they get is about to
 * be signed.  What cannot be begun here publish() tries again. */
void	publish_soon(const struct config *cf, struct state *s,
	    struct publish *o);

/* Lets go of replicas that were begun with, shipped to or not. */
void	publish_end(struct publish *o);

/* The exit status of kdc-snapshot. */
int	publish(const struct config *cf, struct state *s, struct publish *o,
	    enum take_answer took, const struct seal *now);

#endif
