#include "newfile.h"
#include "file.h"
#include "say.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX 6	      /* random letters after the last dot */
#define STEP ((off_t)8 << 20) /* bytes written out at a time */

static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";

/* Opens the directory that holds path. */
static int
open_parent(const char *path)
{
	char *copy;
	int fd;

	copy = strdup(path);
	if (copy == NULL) {
		say("%s: no memory", path);
		return -1;
	}
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		say("%s: open its directory: %s", path, strerror(errno));
	free(copy);
	return fd;
}

static int
flush_parent(const char *path)
{
	int dir, rc;

	dir = open_parent(path);
	if (dir == -1)
		return -1;
	rc = fsync(dir);
	if (rc == -1)
		say("%s: fsync of its directory: %s", path, strerror(errno));
	close(dir);
	return rc;
}

/* A new file of that name, or, where there is one that has none, that. */
static int
create_as(int dir, const char *name, int unnamed)
{
	char path[32];

	if (unnamed == -1)
		return openat(dir, name,
		    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	/* open(2), O_TMPFILE: the way that needs no privilege */
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", unnamed);
	if (linkat(AT_FDCWD, path, dir, name, AT_SYMLINK_FOLLOW) == -1)
		return -1;
	return fcntl(unnamed, F_DUPFD_CLOEXEC, 0);
}

/* Creates a file, 0600 whatever the umask, under a name that is new: the
 * XXXXXX at the end of tmp are replaced.  The descriptor, or -1 and errno. */
static int
create(int dir, char *tmp, int unnamed)
{
	char *end = tmp + strlen(tmp) - SUFFIX;
	unsigned char r[SUFFIX];
	int fd, saved;

	for (int tries = 0; tries < 100; tries++) {
		if (getrandom(r, sizeof(r), 0) != sizeof(r))
			return -1;
		for (int i = 0; i < SUFFIX; i++)
			end[i] = letters[r[i] % 32];
		fd = create_as(dir, tmp, unnamed);
		if (fd == -1 && errno == EEXIST)
			continue;
		if (fd == -1 || fchmod(fd, 0600) == 0)
			return fd;
		saved = errno;
		close(fd);
		(void)unlinkat(dir, tmp, 0);
		errno = saved;
		return -1;
	}
	errno = EEXIST;
	return -1;
}

static const char *
base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

/* 0; 1: the unnamed file cannot get a name here (not said); -1, said. */
static int
begin(struct newfile *n, const char *path, int unnamed)
{
	int rc = -1;

	*n = (struct newfile)NEWFILE_NONE;
	n->path = strdup(path);
	if (n->path == NULL ||
	    asprintf(&n->tmp, ".%s.XXXXXX", base(path)) == -1) {
		n->tmp = NULL;
		say("%s: no memory", path);
		goto fail;
	}
	n->dir = open_parent(path);
	if (n->dir == -1)
		goto fail;
	n->fd = create(n->dir, n->tmp, unnamed);
	if (n->fd != -1)
		return 0;
	if (unnamed != -1)
		rc = 1;
	else
		say("%s: create: %s", path, strerror(errno));
fail:
	newfile_abandon(n);
	return rc;
}

int
newfile_begin(struct newfile *n, const char *path)
{
	return begin(n, path, -1);
}

int
newfile_adopt(struct newfile *n, const char *path, int unnamed)
{
	return begin(n, path, unnamed);
}

/* Everything but the release; on failure says which step it was. */
static int
commit(struct newfile *n)
{
	int fd = n->fd, rc;

	if (newfile_flush(fd, n->path) == -1)
		return -1;
	n->fd = -1;
	rc = close(fd);
	if (rc == -1) {
		say("%s: close: %s", n->path, strerror(errno));
		(void)unlinkat(n->dir, n->tmp, 0);
		return -1;
	}
	rc = renameat(n->dir, n->tmp, n->dir, base(n->path));
	if (rc == -1) {
		say("%s: rename: %s", n->path, strerror(errno));
		(void)unlinkat(n->dir, n->tmp, 0);
		return -1;
	}
	rc = fsync(n->dir);
	if (rc == -1)
		say("%s: fsync of its directory: %s", n->path, strerror(errno));
	return rc;
}

int
newfile_commit(struct newfile *n)
{
	int rc;

	rc = commit(n);
	newfile_abandon(n);
	return rc;
}

void
newfile_abandon(struct newfile *n)
{
	if (n->fd != -1)
		close(n->fd);
	if (n->fd != -1 && n->tmp != NULL)
		(void)unlinkat(n->dir, n->tmp, 0);
	if (n->dir != -1)
		close(n->dir);
	free(n->path);
	free(n->tmp);
	*n = (struct newfile)NEWFILE_NONE;
}

int
newfile_put(const char *path, const void *p, size_t len)
{
	struct newfile n = NEWFILE_NONE;

	if (newfile_begin(&n, path) == -1)
		return -1;
	if (file_write(n.fd, path, p, len) == -1) {
		newfile_abandon(&n);
		return -1;
	}
	return newfile_commit(&n);
}

/* For filesystems that have no O_TMPFILE. */
static int
scratch_named(const char *dir)
{
	char tmp[] = ".scratch.XXXXXX";
	int at, fd, saved;

	at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (at == -1)
		return -1;
	fd = create(at, tmp, -1);
	saved = errno;
	if (fd != -1)
		(void)unlinkat(at, tmp, 0);
	close(at);
	errno = saved;
	return fd;
}

int
newfile_scratch(const char *dir)
{
	int fd;

	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	/* open(2): EISDIR where the kernel does not know it */
	if (fd == -1 && (errno == EOPNOTSUPP || errno == EISDIR))
		fd = scratch_named(dir);
	if (fd == -1)
		say("%s: create a scratch file: %s", dir, strerror(errno));
	return fd;
}

/* A directory that somebody else may write to is no place for secrets. */
static int
check_dir(const char *path)
{
	struct stat st;

	if (lstat(path, &st) == -1) {
		say("%s: stat: %s", path, strerror(errno));
		return -1;
	}
	if (!S_ISDIR(st.st_mode)) {
		say("%s: not a directory", path);
		return -1;
	}
	if (st.st_uid != geteuid() || (st.st_mode & 022) != 0) {
		say("%s: owned by uid %u, mode %04o; must be owned by uid %u, "
		    "who runs this, and writable by nobody else",
		    path, st.st_uid, st.st_mode & 07777, geteuid());
		return -1;
	}
	return 0;
}

int
newfile_dir(const char *path)
{
	int rc;

	rc = mkdir(path, 0700);
	if (rc == -1 && errno == EEXIST)
		return check_dir(path);
	if (rc == -1) {
		say("%s: mkdir: %s", path, strerror(errno));
		return -1;
	}
	rc = chmod(path, 0700);
	if (rc == -1) {
		say("%s: chmod: %s", path, strerror(errno));
		return -1;
	}
	return flush_parent(path);
}

int
newfile_move(const char *from, const char *to)
{
	int rc;

	rc = rename(from, to);
	if (rc == -1)
		say("%s: rename to %s: %s", from, to, strerror(errno));
	return rc;
}

int
newfile_exchange(const char *a, const char *b)
{
	if (renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) == 0)
		return 0;
	if (errno == ENOENT || errno == EINVAL || errno == ENOSYS)
		return 1;
	say("%s: exchange with %s: %s", a, b, strerror(errno));
	return -1;
}

/* A step of a large file at a time: one great fsync makes everybody wait who
 * writes to the same filesystem.  An error that this tells, fsync would not tell
 * again. */
static int
write_out(int fd)
{
	const unsigned how = SYNC_FILE_RANGE_WAIT_BEFORE |
	    SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
	struct stat st;
	int rc = 0;

	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		return 0;
	for (off_t at = 0; rc == 0 && st.st_size - at > STEP; at += STEP)
		rc = sync_file_range(fd, at, STEP, how);
	/* Filesystems that do not have it: fsync will do. */
	if (rc == -1 && (errno == ENOSYS || errno == EINVAL))
		rc = 0;
	return rc;
}

int
newfile_flush(int fd, const char *path)
{
	int rc;

	rc = write_out(fd);
	if (rc == 0)
		rc = fsync(fd);
	if (rc == -1)
		say("%s: fsync: %s", path, strerror(errno));
	return rc;
}

int
newfile_flush_dir(const char *path)
{
	int fd, rc;

	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1) {
		say("%s: open: %s", path, strerror(errno));
		return -1;
	}
	rc = newfile_flush(fd, path);
	close(fd);
	return rc;
}

int
newfile_remove(const char *path)
{
	int rc;

	rc = unlink(path);
	if (rc == -1 && errno == ENOENT)
		return 0;
	if (rc == -1) {
		say("%s: remove: %s", path, strerror(errno));
		return -1;
	}
	return flush_parent(path);
}

/* Removes those of the files in dir that want allows. */
static int
empty(DIR *dir, const char *path, bool (*want)(const char *, const char *),
    const char *arg)
{
	struct dirent *e;
	int rc;

	for (;;) {
		errno = 0;
		e = readdir(dir);
		if (e == NULL && errno != 0) {
			say("%s: read: %s", path, strerror(errno));
			return -1;
		}
		if (e == NULL)
			return 0;
		if (!want(e->d_name, arg))
			continue;
		rc = unlinkat(dirfd(dir), e->d_name, 0);
		if (rc == -1 && errno != ENOENT) {
			say("%s/%s: remove: %s", path, e->d_name,
			    strerror(errno));
			return -1;
		}
	}
}

static bool
want_all(const char *name, const char *unused)
{
	(void)unused;
	return strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* .<wanted>.XXXXXX, as create makes them */
static bool
want_temporary(const char *name, const char *wanted)
{
	size_t len = strlen(wanted);

	return name[0] == '.' && strncmp(name + 1, wanted, len) == 0 &&
	    name[1 + len] == '.' && strlen(name + 2 + len) == SUFFIX &&
	    strspn(name + 2 + len, letters) == SUFFIX;
}

/* Opens a directory for readdir; NULL and errno. */
static DIR *
open_dir(const char *path)
{
	DIR *dir;
	int fd;

	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return NULL;
	dir = fdopendir(fd);
	if (dir == NULL)
		close(fd);
	return dir;
}

int
newfile_remove_dir(const char *path)
{
	DIR *dir;
	int rc;

	dir = open_dir(path);
	if (dir == NULL && errno == ENOENT)
		return 0;
	if (dir == NULL) {
		say("%s: open: %s", path, strerror(errno));
		return -1;
	}
	rc = empty(dir, path, want_all, NULL);
	closedir(dir);
	if (rc == -1)
		return -1;
	rc = rmdir(path);
	if (rc == -1 && errno != ENOENT) {
		say("%s: remove: %s", path, strerror(errno));
		return -1;
	}
	return flush_parent(path);
}

int
newfile_sweep(const char *path)
{
	DIR *dir = NULL;
	char *copy;
	int rc = -1;

	copy = strdup(path);
	if (copy == NULL) {
		say("%s: no memory", path);
		return -1;
	}
	dir = opendir(dirname(copy));
	if (dir == NULL) {
		say("%s: open its directory: %s", path, strerror(errno));
		goto out;
	}
	rc = empty(dir, copy, want_temporary, base(path));
	closedir(dir);
out:
	free(copy);
	return rc;
}
