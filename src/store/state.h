#ifndef KDCSYNC_STATE_H
#define KDCSYNC_STATE_H

#include "../format/bytes.h"
#include "../format/digest.h"
#include "../sys/lock.h"
#include "config.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Our directory.  A primary's commit point is `current`, a replica's is
 * `seal.tar`: both are seals (seal.h), replaced by one rename; everything else
 * is named after what it holds, or can be lost.
 */
enum role { ROLE_NONE, ROLE_PRIMARY, ROLE_REPLICA,
	ROLE_RESTORE			/* kdc-restore is at work, or was cut
					 * short: nothing is shipped, applied or
					 * started until it went on to its end */
};

struct state {
	char dir[PATH_MAX];
	enum role role;
	/* With ROLE_RESTORE: what the host was before, in which epoch (0: in
	 * none), and where what it had is kept, a directory in dir; "-": nothing
	 * was kept yet. */
	enum role was;
	uint64_t from;
	char kept[48];
};

/* Opens the directory.  With make, one that is missing is made, and what killed
 * processes left in it a day ago is removed; otherwise a missing one is an
 * error, said.  A directory that others may write is refused. */
int	state_open(const struct config *c, bool make, struct state *s);

/* Only says where it is: for the receiving user, who may look at nothing in it but
 * incoming/. */
void	state_locate(const struct config *c, struct state *s);

/* What this host is from now on; -1, said, when it is something else by now,
 * which only a person may change (kdc-restore, or by removing `role`).  To be
 * asked again under the lock: a kdc-restore may have been faster. */
int	state_take_role(struct state *s, enum role role);
#define STATE_CUT_SHORT "a kdc-restore was cut short here; run it again: see " \
	    "kdc-restore(8)"

/* For kdc-restore, which changes it.  ROLE_NONE removes it.  0 or -1, said. */
int	state_set_role(struct state *s, enum role role);
int	state_set_restore(struct state *s, enum role was, uint64_t from,
	    const char *kept);

/* The name of the seal that says how far this host is: `current` of a primary,
 * `seal.tar` of a replica, and of one that is being promoted as long as that is
 * there. */
const char *state_newest(const struct state *s);

/* dir/name.  Names are ours and short. */
void	state_path(const struct state *s, const char *name,
	    char path[PATH_MAX]);
#define STATE_CURRENT "current"		/* primary: seal of the newest */
#define STATE_SEAL "seal.tar"		/* replica */
#define STATE_SEAL_NEXT "seal.next"	/* replica: a swap is under way */
#define STATE_INCOMING "incoming"	/* the receiving user's, if there is one */
#define STATE_HANDED "handed"		/* replica: what he handed over */
#define STATE_REFUSED "refused"		/* the gate refused: one line, why */
#define STATE_SUPERSEDED "superseded"	/* primary: by what; one line */
#define STATE_SPARE "spare"		/* a dump that nothing needs: the next one is
					 * written over it */
#define STATE_VERDICT "verdict"		/* verify's last */

/* dump.<sha256>: the sealed dump of a replica, and the one before. */
void	state_dump(const struct state *s, const struct digest *d,
	    char path[PATH_MAX]);
/* Removes all of them but these two (b may be NULL), and what a killed process
 * left half written; one is the spare then, where any stays.  The caller holds the
 * apply lock.  0; -1, said: some are still there. */
int	state_prune_dumps(const struct state *s, const struct digest *a,
	    const struct digest *b);

/* The path of a kept dump that is not of d: the generation before.  1, 0. */
int	state_other_dump(const struct state *s, const struct digest *d,
	    char path[PATH_MAX]);

/* STATE_SPARE: spare_put makes it of path (false: not moved).  spare_open opens it,
 * or a scratch file where there is none: the descriptor, to be written over from its
 * beginning, or -1, said.  newfile_adopt gives it a name; until the next spare_put it
 * has both.  The caller holds the lock of who makes dumps here. */
bool	state_spare_put(const struct state *s, const char *path);
int	state_spare_open(const struct state *s);

/* Locks dir/name.lock; one run at a time.  As lock_file. */
int	state_lock(const struct state *s, const char *name, int wait_ms,
	    int *fd);

/* A one-line file: its text without the newline.  1, 0 (none), -1. */
int	state_line(const struct state *s, const char *name, char *text,
	    size_t size);
int	state_set_line(const struct state *s, const char *name,
	    const char *text);
int	state_remove(const struct state *s, const char *name);

/* A small file of ours, whole, appended to text.  1, 0 (none), -1 (said). */
int	state_read(const struct state *s, const char *name,
	    struct bytes *text);
int	state_write(const struct state *s, const char *name, const char *text,
	    size_t len);

/* An administrator's word to start in spite of age, clock or signer. */
struct override {
	int64_t until;			/* UTC */
	struct digest seal;		/* sha256 of the manifest it is for */
	char reason[200];
};
int	override_read(const struct state *s, struct override *o);
int	override_write(const struct state *s, const struct override *o);

#endif
