#ifndef KDCSYNC_FILES_H
#define KDCSYNC_FILES_H

#include "../../sys/lock.h"
#include "place.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The files of a live database: their locks, their stamps, a copy of them.
 * Locks are taken as MIT's programs take them (lib/krb5/os/lock_file.c,
 * plugins/kdb/db2/kdb_db2.c): principal.ok, then principal.kadm5.lock.
 */

/* How many of the two data files are there, or -1 (said). */
int	files_exist(const char *db);

struct files_lock {
	int fd[2];
	int64_t since;			/* proc_now() when both were held */
};
#define FILES_UNLOCKED { { -1, -1 }, 0 }

/* Locks both, waiting at most wait_ms for each.  With make, lock files that
 * are missing are made (an empty replica).  0, LOCK_BUSY or -1, said. */
int	files_lock(const char *db, enum lock_mode mode, bool make, int wait_ms,
	    struct files_lock *l);
void	files_unlock(struct files_lock *l);	/* accepts FILES_UNLOCKED */

/* What tells that nobody wrote: device, inode, size and modification time of
 * both data files.  Never that of principal.ok, which runs ahead of the clock. */
struct stamp {
	struct {
		uint64_t dev, ino, size;
		int64_t mtime;		/* nanoseconds since 1970 */
	} file[PLACE_DATA];
	int64_t read;			/* when, nanoseconds since 1970 */
};

/* Under the locks, or the answer may be torn.  0 or -1 (said). */
int	stamp_read(const char *db, struct stamp *s);
bool	stamp_equal(const struct stamp *a, const struct stamp *b);

/* The same two files at least, whatever was written to them? */
bool	stamp_same_files(const struct stamp *a, const struct stamp *b);

/* Were the files over a second old when s was read?  A younger stamp cannot
 * tell a later write in the same tick of the clock from none. */
bool	stamp_settled(const struct stamp *s);

/* Puts the modification time of a data file that is about to become live two seconds
 * back: its stamp is settled at once, as whatever is written from then on, in the same
 * tick as well, sets it to the clock.  Nobody writes to it now.  Where that cannot be
 * done (not said) the stamp settles by itself. */
void	stamp_age(const char *path);

/* Copies both data files into directory dir (made anew, 0700, on the same
 * filesystem) as database dir/principal.  First without the locks, then, under
 * shared locks, what moved meanwhile: nothing, when size and time of the files
 * say so, else the pages that a comparison finds; or by FICLONE, where the
 * filesystem has it.  copy gets its database name.  s is the stamp of what was
 * copied, *held_ms how long the locks were held.  Nothing is flushed.
 * files_copy_locked: the caller holds the locks.  0; LOCK_BUSY; -1, said. */
int	files_copy(const char *db, const char *dir, int wait_ms,
	    char copy[PATH_MAX], struct stamp *s, int64_t *held_ms);
int	files_copy_locked(const char *db, const char *dir, char copy[PATH_MAX],
	    struct stamp *s);

/* The same where dir still holds the copy that files_copy, or this, made last time:
 * only pages that moved are written.  *other: more than login counters moved, or
 * that cannot be told.  0; LOCK_BUSY; -1, said; FILES_NONE: there is no such copy,
 * or one that was damaged. */
#define FILES_NONE 2
int	files_copy_again(const char *db, const char *dir, int wait_ms,
	    char copy[PATH_MAX], struct stamp *s, int64_t *held_ms, bool *other);

/* Keeps what is there of a database, sound or not, as dir/principal and its other
 * files, on disk when it returns.  dir appears whole or not at all; it must not be
 * there.  A killed process leaves FILES_KEEPING beside it.  0; LOCK_BUSY; -1,
 * said. */
#define FILES_KEEPING ".before"
int	files_keep(const char *db, const char *dir, int wait_ms);

#endif
