#ifndef KDCSYNC_FILE_H
#define KDCSYNC_FILE_H

#include "../format/bytes.h"
#include "../format/digest.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Reading and copying, carefully: O_NOFOLLOW|O_CLOEXEC, regular files only,
 * short counts and EINTR handled.  Failures are said unless noted. */

/* Opens for reading.  The descriptor; -1, with errno kept: ENOENT is not said,
 * the caller knows what a missing file means. */
int	file_open(const char *path);

/* Is path (links followed) safe from being written by others?  0 or -1. */
int	file_guarded(const char *path);

/* The whole of a file of at most max bytes, appended to out (which is NUL-
 * terminated beyond its len; unchanged on failure).  0 or -1; ENOENT as
 * above. */
int	file_read(const char *path, size_t max, struct bytes *out);

/* Appends what is there from fd to its end, at most max bytes; more is an
 * error.  name is for messages. */
int	file_read_fd(int fd, const char *name, size_t max, struct bytes *out);

/* All n bytes, or -1 (said, with name). */
int	file_write(int fd, const char *name, const void *p, size_t n);
int	file_write_at(int fd, const char *name, const void *p, size_t n,
	    uint64_t at);

/* Copies the first size bytes of from, from offset 0, to to, which then is
 * exactly these, or -1: FICLONE where the filesystem has it, else
 * copy_file_range, else read and write. */
int	file_copy(int from, int to, uint64_t size, const char *name);

/* The same of the bytes from `at` on; those before stay what they are. */
int	file_copy_rest(int from, int to, uint64_t at, uint64_t size,
	    const char *name);

/* What is there from `at` on of a file that others may write to, cut or replace
 * meanwhile. */
int	file_copy_restless(int from, int to, uint64_t at, const char *name);

/* Makes to the same file as from by FICLONE, in no time at all.  0; -1, not said:
 * the filesystem has no such thing. */
int	file_clone(int from, int to);

/* The size, or -1 (said). */
int64_t	file_size(int fd, const char *name);

/* A read-only map of the whole file; an empty file is an empty span with p not
 * NULL.  0 or -1. */
int	file_map(int fd, const char *name, struct span *map);
void	file_unmap(struct span *map);	/* accepts an empty { NULL, 0 } */

/* SHA-256 of the whole file, wherever its offset is. */
int	file_digest(int fd, const char *name, struct digest *d);

/* Bytes an ordinary user of that directory may still write; 0 if unknown. */
uint64_t file_free(const char *dir);

#endif
