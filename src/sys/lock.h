#ifndef KDCSYNC_LOCK_H
#define KDCSYNC_LOCK_H

/*
 * fcntl(2) locks that belong to the open file (F_OFD_SETLK), as libkrb5 takes
 * on principal.ok: whole file, polled, with a deadline, because the kernel's
 * own wait has neither deadline nor deadlock detection.
 */
enum lock_mode { LOCK_SHARED, LOCK_EXCLUSIVE };

/* The answer when somebody else held it until the deadline. */
#define LOCK_BUSY 1

/* Tries once, and says nothing when somebody else holds it. */
#define LOCK_SILENT (-1)

/* Locks an open descriptor (open for writing where the mode is exclusive).
 * wait_ms: how long to try; 0 tries once, as does LOCK_SILENT.  0; LOCK_BUSY; -1.
 * Both failures are said; the first names the holder's program and pid where
 * /proc tells, the file and how long it waited: path is for messages.  Being asked
 * to stop (stop.h) while it waits is -1, too, and not said. */
int	lock_fd(int fd, const char *path, enum lock_mode mode, int wait_ms);

/* Opens path (created 0600, never removed: a removed lock file is two locks)
 * and locks it.  The descriptor in *fd; closing it unlocks. */
int	lock_file(const char *path, enum lock_mode mode, int wait_ms, int *fd);

/* Who held it at the last LOCK_BUSY: "kdc-snapshot (pid 4711)". */
const char *lock_who(void);

/* Does somebody else hold a lock on path now?  1; 0, also when it is not there;
 * nothing is said, nothing waits. */
int	lock_held(const char *path);

#endif
