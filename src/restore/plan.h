#ifndef KDCSYNC_PLAN_H
#define KDCSYNC_PLAN_H

#include "restore.h"
#include "stages.h"

#include "../store/kdb/users.h"
#include "../store/seal.h"

/*
 * What a restore would do here, found out without changing anything.
 */
#define PLAN_WORDS 256

#define PLAN_STAGES 5
extern const char *const plan_stages[PLAN_STAGES];

struct plan {
	const struct restore *r;
	struct stages stages;
	bool again;			/* goes on where one was cut short */
	enum role was;			/* what this host is, or was before */
	uint64_t from;			/* the epoch it was in; 0: in none */
	uint64_t newest;		/* the newest epoch that it knows of */
	struct seal base;		/* what the new epoch starts from: */
	bool is_current;		/* `current`; else it becomes that */

	bool there;			/* a database, or part of one */
	uint64_t inode[PLACE_DATA];	/* of its files; 0: not there */
	bool same;			/* it has the wanted records already */
	char changes[PLAN_WORDS];	/* what becomes of it */
	struct users users;
	int kpropd;			/* its pid, or 0 */
	char before[sizeof(((struct state *)0)->kept)];	/* where what is there
					 * is kept, in state->dir; "-" */

	bool stash_there;
	struct bytes stash;		/* the archive's, to be put there */

	struct config cf;		/* r->cf, but for the grant's file */
	struct seal grant;		/* that of the new epoch, checked */
};
#define PLAN_NONE .base = SEAL_NONE, .grant = SEAL_NONE, .stash = BYTES_NONE

/* The source is open.  EX_OK, or the exit status that fits, said: not for this
 * host.  plan_release in both cases. */
int	plan_make(struct plan *p);
void	plan_release(struct plan *p);

/* Prints it, to stdout or (not when quiet) to stderr; what is missing first. */
void	plan_print(const struct plan *p, bool to_stdout);

/* Did the epoch that is current begin with this very restore?  Then it was done
 * already. */
bool	plan_is_done(const struct plan *p);

#endif
