#ifndef KDCSYNC_LINE_H
#define KDCSYNC_LINE_H

#include "../store/config.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The line to the primary, or to the other half of kdc-apply: two descriptors.
 * It may be silent, slow or gone: nothing here waits for it longer than
 * `deadline` without a byte, nor for what it sends longer than `max_transfer` in
 * all. */
struct line {
	const char *what, *whom;	/* comes; is to be looked after */
	int in, out;
	int64_t deadline, max_transfer;	/* seconds, for messages */
	int64_t until;			/* proc_now time: all must be here */
	bool spoke;			/* it sent a byte */
	bool ended;			/* in is at its end */
};

/* The time for what it sends begins to run. */
void	line_begin(struct line *l, const struct config *cf, int in, int out);

/* The other half has its own deadlines with the primary, and is silent until it
 * has it all, or is done with it: that long again. */
void	line_wait(struct line *l);

/* At most n bytes, as soon as one comes; 0 at the end; -1, said. */
ssize_t	line_read(struct line *l, void *buf, size_t n);

/* All n bytes.  0; -1, not said: it may well have gone, only the caller knows
 * whether that matters.  errno is ETIMEDOUT when it did not read. */
int	line_write(struct line *l, const void *buf, size_t n);

#endif
