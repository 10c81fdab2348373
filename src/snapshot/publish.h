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
};

/* Are all names replicas of ours?  0 or -1, said. */
int	publish_check(const struct config *cf, const struct publish *o);

/* The exit status of kdc-snapshot. */
int	publish(const struct config *cf, struct state *s,
	    const struct publish *o, enum take_answer took,
	    const struct seal *now);

#endif
