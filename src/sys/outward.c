#include "outward.h"

#include <fcntl.h>

/* As newfile_flush's: not so much at once that others wait for the disk. */
#define STEP ((uint64_t)8 << 20)

static void
begin(struct outward *o, int fd, uint64_t n)
{
	(void)sync_file_range(
	    fd, (off_t)o->from, (off_t)n, SYNC_FILE_RANGE_WRITE);
	o->from += n;
}

void
outward_begin(struct outward *o, int fd, uint64_t to)
{
	while (to > o->from && to - o->from >= STEP)
		begin(o, fd, STEP);
}

void
outward_end(struct outward *o, int fd, uint64_t to)
{
	outward_begin(o, fd, to);
	if (to > o->from)
		begin(o, fd, to - o->from);
}
