#include "files.h"

#include "../../sys/file.h"
#include "../../sys/newfile.h"
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

static int
copy_one(const char *db, const char *copy, enum place_file which)
{
	char from[PATH_MAX], to[PATH_MAX];
	int in = -1, out = -1, rc = -1;
	int64_t size;

	place_path(db, which, from);
	place_path(copy, which, to);
	in = file_open(from);
	if (in == -1) {
		if (errno == ENOENT)
			say("%s: missing", from);
		goto out;
	}
	size = file_size(in, from);
	if (size == -1)
		goto out;
	out = open(to, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out == -1) {
		say("%s: %s", to, strerror(errno));
		goto out;
	}
	if (file_copy(in, out, (uint64_t)size, to) == -1)
		goto out;
	rc = 0;
out:
	if (out != -1 && close(out) == -1 && rc == 0) {
		say("%s: %s", to, strerror(errno));
		rc = -1;
	}
	if (in != -1)
		(void)close(in);
	return rc;
}

/* libkdb5 refuses a database without its lock files, even a copy. */
static int
make_lock_files(const char *copy)
{
	char path[PATH_MAX];
	int fd;

	for (int i = 0; i < 2; i++) {
		place_path(copy, locks[i], path);
		fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd == -1 || close(fd) == -1) {
			say("%s: %s", path, strerror(errno));
			return -1;
		}
	}
	return 0;
}

/* An empty directory for a copy, the name of the copy in it. */
static int
make_room(const char *dir, char copy[PATH_MAX])
{
	if (snprintf(copy, PATH_MAX, "%s/principal", dir) >= PATH_MAX) {
		say("%s: path too long", dir);
		return -1;
	}
	if (newfile_remove_dir(dir) == -1 || newfile_dir(dir) == -1)
		return -1;
	return make_lock_files(copy);
}

static int
copy_data(const char *db, const char *copy, struct stamp *s)
{
	if (stamp_read(db, s) == -1)
		return -1;
	for (int i = 0; i < PLACE_DATA; i++)
		if (copy_one(db, copy, (enum place_file)i) == -1)
			return -1;
	return 0;
}

int
files_copy_locked(
    const char *db, const char *dir, char copy[PATH_MAX], struct stamp *s)
{
	if (make_room(dir, copy) == -1)
		return -1;
	return copy_data(db, copy, s);
}

int
files_copy(const char *db, const char *dir, int wait_ms, char copy[PATH_MAX],
    struct stamp *s, int64_t *held_ms)
{
	struct files_lock l = FILES_UNLOCKED;
	int rc;

	if (make_room(dir, copy) == -1)
		return -1;
	rc = files_lock(db, LOCK_SHARED, false, wait_ms, &l);
	if (rc != 0)
		return rc;
	rc = copy_data(db, copy, s);
	files_unlock(&l);
	*held_ms = proc_now() - l.since;
	return rc;
}

/*
 * Keeping.
 */
static int
flush_copy(const char *copy, enum place_file which)
{
	char path[PATH_MAX];
	int fd, rc;

	place_path(copy, which, path);
	fd = file_open(path);
	if (fd == -1)
		return errno == ENOENT ? 0 : -1;
	rc = newfile_flush(fd, path);
	(void)close(fd);
	return rc;
}

/* Into dir, which nobody knows yet. */
static int
keep_in(const char *db, const char *dir)
{
	char copy[PATH_MAX], path[PATH_MAX];

	if (make_room(dir, copy) == -1)
		return -1;
	for (int i = 0; i < PLACE_DATA; i++) {
		place_path(db, (enum place_file)i, path);
		if (access(path, F_OK) == -1)
			continue;
		if (copy_one(db, copy, (enum place_file)i) == -1)
			return -1;
	}
	for (int i = 0; i < PLACE_FILES; i++)
		if (flush_copy(copy, (enum place_file)i) == -1)
			return -1;
	return newfile_flush_dir(dir);
}

int
files_keep(const char *db, const char *dir, int wait_ms)
{
	struct files_lock l = FILES_UNLOCKED;
	char tmp[PATH_MAX], parent[PATH_MAX];
	const char *slash = strrchr(dir, '/');
	int rc;

	if (snprintf(parent, sizeof(parent), "%.*s", (int)(slash - dir), dir) >=
		PATH_MAX ||
	    snprintf(tmp, sizeof(tmp), "%s/" FILES_KEEPING, parent) >=
		PATH_MAX) {
		say("%s: path too long", dir);
		return -1;
	}
	rc = files_lock(db, LOCK_SHARED, true, wait_ms, &l);
	if (rc != 0)
		return rc;
	rc = keep_in(db, tmp);
	files_unlock(&l);
	if (rc == 0)
		rc = newfile_move(tmp, dir);
	if (rc == 0)
		rc = newfile_flush_dir(parent);
	if (rc == -1)
		(void)newfile_remove_dir(tmp);
	return rc;
}
