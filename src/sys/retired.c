#include "retired.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define STEP ((off_t)8 << 20) /* bytes */

void
retired_open(const char *path, struct retired *r)
{
	r->fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
}

/* fcntl(2): a write lease is given only where no other descriptor is open, and
 * without a name none can be opened any more. */
static int
only_ours(int fd, const struct stat *st)
{
	return st->st_nlink == 0 && fcntl(fd, F_SETLEASE, F_WRLCK) == 0;
}

void
retired_free(struct retired *r)
{
	struct stat st;

	if (r->fd == -1)
		return;
	if (fstat(r->fd, &st) == 0 && only_ours(r->fd, &st))
		while (st.st_size > STEP) {
			st.st_size -= STEP;
			if (ftruncate(r->fd, st.st_size) == -1)
				break;
		}
	(void)close(r->fd);
	r->fd = -1;
}
