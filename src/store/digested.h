#ifndef KDCSYNC_DIGESTED_H
#define KDCSYNC_DIGESTED_H

#include "../format/digest.h"
#include "../format/text.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A file that was digested and found right, remembered by its stamp: as long as that is
 * the same nobody wrote to it, and it need not be read again.  Every write sets the time
 * of change, ctime, to the kernel's clock, and no program can put that back.  A disk
 * that rots moves no stamp: what was digested over a day ago counts no more.
 */
struct digested {
	struct digest digest;
	uint64_t dev, ino, size;
	int64_t mtime, ctime;		/* nanoseconds since 1970 */
	int64_t time;			/* when, UTC; 0: there is none */
};
#define DIGESTED_NONE { .time = 0 }

/* The stamp of file path, which has that digest.  0; -1, not said: there is no such
 * regular file, and d is none. */
int	digested_stamp(const char *path, const struct digest *digest,
	    struct digested *d);

/* Some time later: does the file still have the stamp d, and was it left alone for so
 * long that a write since would have moved it?  Else d is none. */
void	digested_settle(struct digested *d, const char *path);

/* Is file path still what was found to have this digest, as far as its stamp and a
 * day tell? */
bool	digested_holds(const struct digested *d, const char *path,
	    const struct digest *digest, int64_t now);

/* Does it, read from the first byte to the last?  fd is open on it.  d is for the next
 * time, and may be none. */
bool	digested_read(int fd, const char *path, const struct digest *digest,
	    struct digested *d);

bool	digested_equal(const struct digested *a, const struct digested *b);

/* As lines of a text; none is no line. */
void	digested_put(struct text_out *o, const struct digested *d);
void	digested_get(struct text_in *in, struct digested *d);

#endif
