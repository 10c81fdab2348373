#ifndef KDCSYNC_FLEET_H
#define KDCSYNC_FLEET_H

#include "replica.h"

#include "../store/config.h"
#include "../store/proof.h"
#include "../store/seal.h"

/* This primary and its replicas, as its state directory tells of them. */
struct fleet {
	const struct config *cf;
	const struct state *state;
	const char *realm;
	int64_t now;			/* when they were looked at, UTC */
	bool running;			/* kdc-snapshot is at work */
	bool sealed;			/* seal is that of `current` */
	struct seal seal;
	struct proof proof;		/* of its database; empty: none */
	struct notes notes;		/* of this host */
	struct replica *replica;	/* the worst first */
	size_t n;
	struct strays {			/* ledgers of no configured replica */
		char **name;
		size_t n;
	} strays;
};
#define FLEET_NONE { .seal = SEAL_NONE }

/* Looks at all of them now.  0; -1, said: memory is short. */
int	fleet_read(struct fleet *f, const struct config *cf,
	    const struct state *s, const char *realm);
void	fleet_release(struct fleet *f);

/* The worst of this host and of those that are configured. */
enum level fleet_level(const struct fleet *f);

/* Of the replicas that are configured: how many of that level, how many that
 * have the current generation, all. */
size_t	fleet_count(const struct fleet *f, enum level l);
size_t	fleet_count_current(const struct fleet *f);
size_t	fleet_configured(const struct fleet *f);

#endif
