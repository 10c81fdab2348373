#ifndef KDCSYNC_LIVE_COPY_H
#define KDCSYNC_LIVE_COPY_H

#include "../config.h"
#include "../kdb/examine.h"
#include "../kdb/files.h"
#include "../kdb/place.h"
#include "../state.h"

#include <stdint.h>

/* A live database is never walked itself, only a copy of it: a walk holds its
 * locks for seconds, and a damaged file can crash libdb2. */

/* A copy of the live database and its proof. */
struct live_copy {
	char dir[PATH_MAX];
	char db[PATH_MAX];		/* the copy */
	struct stamp stamp;		/* of what was copied */
	int64_t held_ms;		/* how long the locks were held */
	int64_t copy_ms, examine_ms;
	bool stays;			/* the files, when it is dropped */
	int dump;			/* its canonical dump; -1 */
	struct examination e;
};
#define LIVE_COPY_NONE { .dump = -1 }

/* Copies the live database into <database_name>.kdcsync/name and examines it so.
 * Two users of one name would meet: each program has its own, under a lock of
 * its own.  0 when c->e tells; LOCK_BUSY; -1, said. */
int	live_copy_take(const struct config *cf, const struct place *p,
	    const char *name, enum examine_how how, struct live_copy *c);

/* The parts of it, for the copy that stays (standing.h): where it is; its proof,
 * the dump being one that can get a name in the state directory (NULL: a file beside
 * the copy). */
int	live_copy_place(const struct place *p, const char *name,
	    struct live_copy *c);
int	live_copy_prove(const struct place *p, const struct state *s,
	    enum examine_how how, struct live_copy *c);

/* Removes the copy that a killed process left under that name: it has all keys,
 * and a run that needs no walk would leave it there. */
void	live_copy_sweep(const struct place *p, const char *name);

/* The same of another program's, whose lock has the name of its copy, unless it
 * is at work. */
void	live_copy_sweep_idle(const struct place *p, const struct state *s,
	    const char *name);
#define LIVE_COPY_DIFF "diff"		/* kdc-archive diff */
#define LIVE_COPY_LAST "last"		/* what the last swap replaced, a copy
					 * that lacks a few pages */
#define LIVE_COPY_STANDING "snapshot"	/* kdc-snapshot, which keeps it */

/* Removes the copy, unless it stays, and closes the dump.  Accepts LIVE_COPY_NONE. */
void	live_copy_drop(struct live_copy *c);

#endif
