#ifndef KDCSYNC_SPOOL_H
#define KDCSYNC_SPOOL_H

#include "../format/index.h"
#include "../store/seal.h"
#include "../sys/archive.h"

/*
 * The members of an archive in the making, one behind the other in an unnamed
 * file, and their index: size and digest must be known before the first is
 * written.
 */
struct spool {
	int fd;
	uint64_t end;			/* bytes */
	struct index index;
	struct digest_run *run;		/* of the member being added */
};
#define SPOOL_NONE { .fd = -1, .index = INDEX_NONE }

/* dir is for the unnamed file.  0 or -1, said; spool_release in both cases. */
int	spool_begin(struct spool *p, const char *dir);
void	spool_release(struct spool *p);	/* accepts SPOOL_NONE */

/* Adds a file. */
int	spool_add_file(struct spool *p, enum index_kind kind, struct span text);

/* Adds a bundle of that seal and its payload, from the first byte of fd: the
 * whole dump, or the delta from base (NULL: whole), compressed. */
int	spool_add_bundle(struct spool *p, const struct seal *s, int fd,
	    const struct digest *base);

/* Writes them all, in order, to a. */
int	spool_put(const struct spool *p, struct archive_out *a);

#endif
