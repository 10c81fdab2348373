#include "retired.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#define STEP ((off_t)8 << 20) /* bytes */

void
retired_open(const char *path, struct retired *r)
{
	r->fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
}

/* fcntl(2): a write lease is given only where no other descriptor is open, nor a
 * mapping made of one. */
static bool
only_ours(int fd)
{
	return fcntl(fd, F_SETLEASE, F_WRLCK) == 0 &&
	    fcntl(fd, F_SETLEASE, F_UNLCK) == 0;
}

void
retired_free(struct retired *r)
{
	struct stat st;

	if (r->fd == -1)
		return;
	/* Without a name nobody can open it any more. */
	if (fstat(r->fd, &st) == 0 && st.st_nlink == 0 && only_ours(r->fd))
		while (st.st_size > STEP) {
			st.st_size -= STEP;
			if (ftruncate(r->fd, st.st_size) == -1)
				break;
		}
	(void)close(r->fd);
	r->fd = -1;
}

static bool
can_be_ours(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1 &&
	    st.st_uid == geteuid() && (st.st_mode & 07777) == 0600 &&
	    only_ours(fd);
}

int
retired_reuse(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd != -1 && can_be_ours(fd))
		return fd;
	if (fd != -1)
		(void)close(fd);
	(void)unlink(path);
	return -1;
}
