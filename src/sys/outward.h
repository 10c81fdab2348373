#ifndef KDCSYNC_OUTWARD_H
#define KDCSYNC_OUTWARD_H

#include <stdint.h>

/*
 * Writing out ahead of fsync(2): a large file that is to stay goes to the disk
 * while the rest of it is still in the making, so that the flush at its end has
 * little to wait for.  This promises nothing; newfile.h does, and fsync tells the
 * failures.
 */
struct outward {
	uint64_t from;			/* nothing was begun from here on */
};

/* Begins to write out what stands before byte `to`, some megabytes at a time; the
 * last step waits for a later call.  Waits for no disk. */
void	outward_begin(struct outward *o, int fd, uint64_t to);

/* The last step, too. */
void	outward_end(struct outward *o, int fd, uint64_t to);

#endif
