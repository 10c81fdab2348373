#include "files.h"

#include "../../sys/proc.h"
#include "../../sys/say.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const enum place_file locks[2] = { PLACE_LOCK, PLACE_POLICY_LOCK };

int
files_exist(const char *db)
{
	char path[PATH_MAX];
	struct stat st;
	int n = 0;

	for (int i = 0; i < PLACE_DATA; i++) {
		place_path(db, (enum place_file)i, path);
		if (lstat(path, &st) == 0) {
			n++;
		} else if (errno != ENOENT) {
			say("%s: %s", path, strerror(errno));
			return -1;
		}
	}
	return n;
}

/* The lock must be on the file that others will open by this name. */
static int
same_inode(int fd, const char *path)
{
	struct stat a, b;

	if (fstat(fd, &a) == -1 || lstat(path, &b) == -1) {
		say("%s: %s", path, strerror(errno));
		return -1;
	}
	if (a.st_dev != b.st_dev || a.st_ino != b.st_ino) {
		say("%s: replaced while we waited for its lock; run again",
		    path);
		return -1;
	}
	return 0;
}

static int
lock_one(const char *path, enum lock_mode mode, bool make, int wait_ms, int *fd)
{
	int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | (make ? O_CREAT : 0);
	int rc;

	*fd = open(path, flags, 0600);
	if (*fd == -1) {
		say("%s: %s%s", path, strerror(errno),
		    errno == ENOENT ? "; no KDC database here, or a load "
				      "-update was cut short "
				      "(then make an empty file of that name)"
				    : "");
		return -1;
	}
	rc = lock_fd(*fd, path, mode, wait_ms);
	if (rc != 0)
		return rc;
	return same_inode(*fd, path);
}

int
files_lock(const char *db, enum lock_mode mode, bool make, int wait_ms,
    struct files_lock *l)
{
	char path[PATH_MAX];
	int rc;

	*l = (struct files_lock)FILES_UNLOCKED;
	for (int i = 0; i < 2; i++) {
		place_path(db, locks[i], path);
		rc = lock_one(path, mode, make, wait_ms, &l->fd[i]);
		if (rc != 0) {
			files_unlock(l);
			return rc;
		}
	}
	l->since = proc_now();
	return 0;
}

void
files_unlock(struct files_lock *l)
{
	for (int i = 1; i >= 0; i--) {
		/* Nothing was written through it; closing unlocks. */
		if (l->fd[i] != -1)
			(void)close(l->fd[i]);
		l->fd[i] = -1;
	}
}

static int64_t
nanoseconds(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int
stamp_read(const char *db, struct stamp *s)
{
	char path[PATH_MAX];
	struct timespec now;
	struct stat st;

	memset(s, 0, sizeof(*s));
	for (int i = 0; i < PLACE_DATA; i++) {
		place_path(db, (enum place_file)i, path);
		if (lstat(path, &st) == -1) {
			say("%s: %s", path, strerror(errno));
			return -1;
		}
		s->file[i].dev = st.st_dev;
		s->file[i].ino = st.st_ino;
		s->file[i].size = (uint64_t)st.st_size;
		s->file[i].mtime = nanoseconds(st.st_mtim);
	}
	(void)clock_gettime(CLOCK_REALTIME, &now);
	s->read = nanoseconds(now);
	return 0;
}

bool
stamp_equal(const struct stamp *a, const struct stamp *b)
{
	for (int i = 0; i < PLACE_DATA; i++)
		if (a->file[i].dev != b->file[i].dev ||
		    a->file[i].ino != b->file[i].ino ||
		    a->file[i].size != b->file[i].size ||
		    a->file[i].mtime != b->file[i].mtime)
			return false;
	return true;
}

bool
stamp_same_files(const struct stamp *a, const struct stamp *b)
{
	for (int i = 0; i < PLACE_DATA; i++)
		if (a->file[i].dev != b->file[i].dev ||
		    a->file[i].ino != b->file[i].ino)
			return false;
	return true;
}

bool
stamp_settled(const struct stamp *s)
{
	for (int i = 0; i < PLACE_DATA; i++)
		if (s->read - s->file[i].mtime <= 1000000000)
			return false;
	return true;
}

void
stamp_age(const char *path)
{
	struct timespec t[2] = { { 0, UTIME_OMIT }, { 0, 0 } };

	(void)clock_gettime(CLOCK_REALTIME, &t[1]);
	t[1].tv_sec -= 2;
	(void)utimensat(AT_FDCWD, path, t, AT_SYMLINK_NOFOLLOW);
}
