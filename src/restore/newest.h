#ifndef KDCSYNC_NEWEST_H
#define KDCSYNC_NEWEST_H

#include <limits.h>

/* The newest archive of realm among the files in directory dir: by the time in
 * its index, which nobody has verified yet.  What is no archive, or of another
 * realm, is passed over, and named (say_info).  One whose index cannot be read
 * counts as the newest: damage is not passed over.  EX_OK and its path, or the
 * exit status that fits, said. */
int	newest_find(const char *dir, const char *realm, char path[PATH_MAX]);

#endif
