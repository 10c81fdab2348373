#ifndef KDCSYNC_ARCHIVE_H
#define KDCSYNC_ARCHIVE_H

#include "../format/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The one home of libarchive (plain pax tar, no other format, no filter) and of
 * zstd.  Failures are said, once, under the name given at open; what
 * write_fn or read_fn answers -1 to, they have said.  After a failure the rest
 * is -1 too.
 */

/* Writing: a tar of regular files, mode 0600, owner root, time t, so that the
 * same parts give the same bytes. */
struct archive_out;
struct archive_out *archive_create(int fd, const char *name);
/* write_fn instead of a descriptor: all n bytes, or -1. */
struct archive_out *archive_create_fn(int (*write_fn)(void *arg,
	    const void *p, size_t n), void *arg, const char *name);
int	archive_put(struct archive_out *a, const char *entry, int64_t t,
	    const void *p, size_t n);
int	archive_put_fd(struct archive_out *a, const char *entry, int64_t t,
	    int fd, uint64_t size);		/* from offset 0 */
int	archive_put_part(struct archive_out *a, const char *entry, int64_t t,
	    int fd, uint64_t from, uint64_t size);	/* from there */
/* Writes the end mark, unless something failed before.  0 or -1; a is freed
 * either way. */
int	archive_finish(struct archive_out *a);
/* Frees without an end mark: what was written does not look whole.  Accepts
 * NULL. */
void	archive_drop(struct archive_out *a);

/* Reading.  An entry that is not a regular file, or has link, device or
 * unknown size, ends the reading with -1. */
struct archive_in;
struct archive_in *archive_open(int fd, const char *name);
/* read_fn instead: up to n bytes, 0 at the end, -1. */
struct archive_in *archive_open_fn(ssize_t (*read_fn)(void *arg, void *buf,
	    size_t n), void *arg, const char *name);
/* 1: an entry, its name (as stored; borrowed until the next call) and size; 0:
 * the end of the archive, its end mark seen and only zeros, at most 1 MiB,
 * behind it up to the end of the input; -1. */
int	archive_next(struct archive_in *a, const char **entry, uint64_t *size);
/* Where in the input its data begin, which stand there in one piece, of that size if
 * the input is as long. */
uint64_t archive_at(struct archive_in *a);
/* The current entry, whole, appended to out or written where fd stands.
 * Exactly its size, or -1. */
int	archive_get(struct archive_in *a, struct bytes *out, size_t max);
int	archive_get_fd(struct archive_in *a, int fd, uint64_t max);
void	archive_close(struct archive_in *a);	/* accepts NULL */

/* zstd, whole files: in from its first byte, out from where it stands.  One
 * frame with its checksum, nothing before or behind it, no window over 128 MiB;
 * decompressing writes at most max bytes.  Level 1: half of a dump, and more of a
 * delta, are keys in hex, of which the levels up to 6 make no less, in three times
 * the time.  Compressing uses up to four processors; what it makes of a file does
 * not depend on how many, but on whether there is more than one. */
int	archive_compress(int in, int out);
int	archive_decompress(int in, int out, uint64_t max);

/* The same of a part of in, all of it.  kept: out was empty, and is to stay
 * (outward.h). */
int	archive_decompress_part(int in, uint64_t from, uint64_t size, int out,
	    uint64_t max, bool kept);

#endif
