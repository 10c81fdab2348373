#ifndef KDCSYNC_STOCK_H
#define KDCSYNC_STOCK_H

#include "history.h"
#include "../seal.h"

/*
 * The generations that this host can give back: a primary those of its history,
 * a replica the sealed one.
 */
struct stock {
	const struct state *state;
	struct seal now;		/* `current`, or seal.tar */
	struct history all;		/* the newest first, none newer */
	struct history_walk *walk;	/* of a primary, through these */
};
#define STOCK_NONE                                                             \
	{ .state = NULL, .now = SEAL_NONE, .all = { NULL, 0 }, .walk = NULL }

/* 0; -1, said: it has none yet, or what says so is damaged. */
int	stock_read(const struct state *s, const char *realm, struct stock *k);
void	stock_release(struct stock *k);	/* accepts STOCK_NONE */

/* "1.42" or "current", and a time: the form of these, not whether there is
 * such a generation.  A time is "2026-11-22T07:35:00Z", seconds or the whole
 * time of day may be missing. */
bool	stock_is_name(const char *text);
bool	stock_is_time(const char *text, int64_t *t);

/* The generation of that name; the last one that was current then.  NULL,
 * said. */
const struct manifest *stock_named(const struct stock *k, const char *name);
const struct manifest *stock_at(const struct stock *k, const char *time);

/* Its dump, digest checked: a descriptor, or -1, said. */
int	stock_open(const struct stock *k, const struct manifest *m);

/* Its signed texts: for the newest, as they were signed last.  0 or -1, said. */
int	stock_seal(const struct stock *k, const struct manifest *m,
	    struct seal *s);

#endif
