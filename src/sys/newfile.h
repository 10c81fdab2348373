#ifndef KDCSYNC_NEWFILE_H
#define KDCSYNC_NEWFILE_H

#include <stddef.h>

/*
 * A file that appears whole or not at all, and stays: temporary, fsync, rename,
 * fsync of the directory.  The only home of rename(2) and fsync(2).  Files are
 * 0600 from birth, directories 0700.  Failures are said, with the file's name
 * and the reason; a full disk says that it is full.
 */
struct newfile {
	int fd;				/* write here; -1: none */
	int dir;			/* the directory, our own descriptor */
	char *path;			/* the name it will have */
	char *tmp;			/* .<name>.XXXXXX beside it */
};
#define NEWFILE_NONE { -1, -1, NULL, NULL }

/* Creates the temporary file beside path.  0 or -1, nothing left behind. */
int	newfile_begin(struct newfile *n, const char *path);

/* The same with the unnamed file of newfile_scratch as the temporary one: what is
 * in it need not be written again.  1, not said: that cannot be, it is of another
 * filesystem, say; -1, said. */
int	newfile_adopt(struct newfile *n, const char *path, int unnamed);

/* Flushes, gives it its name (replacing what had it), flushes the directory.
 * 0; or -1, and path is as it was unless the very last flush failed.  n is
 * NEWFILE_NONE afterwards either way. */
int	newfile_commit(struct newfile *n);

/* Removes the temporary file.  Accepts NEWFILE_NONE. */
void	newfile_abandon(struct newfile *n);

/* All of the above for len bytes in memory. */
int	newfile_put(const char *path, const void *p, size_t len);

/* Removes the temporary files that processes killed between begin and commit
 * left beside path.  The caller holds the lock that makes it path's only
 * writer. */
int	newfile_sweep(const char *path);

/* An unnamed file in directory dir, for reading and writing, gone when closed:
 * scratch that a crash cannot leave behind.  The descriptor or -1. */
int	newfile_scratch(const char *dir);

/* Makes the directory if it is not there, mode 0700, its parent flushed; one
 * that exists must be a directory, ours, and writable by nobody else. */
int	newfile_dir(const char *path);

/* rename(2), both names in directories of one filesystem.  Nothing is flushed:
 * callers that hold a lock flush before and after, in the order they need. */
int	newfile_move(const char *from, const char *to);

/* Two files, or directories, of one filesystem take each other's name at once.  As
 * above.  1, not said: it cannot be done here, or one is not there. */
int	newfile_exchange(const char *a, const char *b);

/* fsync of an open file, a large one in steps; of a directory by its path. */
int	newfile_flush(int fd, const char *path);
int	newfile_flush_dir(const char *path);

/* unlink(2) and flush of the directory; a file that is not there is fine. */
int	newfile_remove(const char *path);

/* Removes the directory path and the files in it, not deeper; one that is not
 * there is fine. */
int	newfile_remove_dir(const char *path);

#endif
