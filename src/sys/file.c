#include "file.h"
#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define CHUNK ((size_t)128 * 1024)

/* O_NONBLOCK: the open of a FIFO must not wait for its writer. */
int
file_open(const char *path)
{
	struct stat st;
	int fd;

	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1) {
		if (errno == ELOOP)
			say("%s: is a symbolic link, not a file", path);
		else if (errno != ENOENT)
			say("%s: open: %s", path, strerror(errno));
		return -1;
	}
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		say("%s: not a regular file", path);
		close(fd);
		errno = EINVAL;
		return -1;
	}
	return fd;
}

int
file_read(const char *path, size_t max, struct bytes *out)
{
	int fd, rc, saved;

	fd = file_open(path);
	if (fd == -1)
		return -1;
	rc = file_read_fd(fd, path, max, out);
	saved = errno;
	close(fd);
	errno = saved;
	return rc;
}

static ssize_t
read_some(int fd, void *p, size_t n)
{
	ssize_t got;

	do
		got = read(fd, p, n);
	while (got == -1 && errno == EINTR);
	return got;
}

int
file_read_fd(int fd, const char *name, size_t max, struct bytes *out)
{
	size_t start = out->len, left, want;
	ssize_t got;

	do {
		left = max - (out->len - start);
		/* one more than allowed tells "at most" from "more" */
		want = left < CHUNK ? left + 1 : CHUNK;
		if (bytes_reserve(out, want + 1) == -1) {
			say("%s: no memory to read it", name);
			goto fail;
		}
		got = read_some(fd, out->p + out->len, want);
		if (got == -1) {
			say("%s: read: %s", name, strerror(errno));
			goto fail;
		}
		if ((size_t)got > left) {
			say("%s: longer than %zu bytes", name, max);
			errno = EFBIG;
			goto fail;
		}
		out->len += (size_t)got;
	} while (got > 0);
	out->p[out->len] = '\0';
	return 0;
fail:
	out->len = start;
	return -1;
}

/* Of a full disk one wants to know which; a name that is no path does not tell.  errno
 * stays. */
static void
cannot_write(int fd, const char *name)
{
	char link[32], path[PATH_MAX], *end = NULL;
	int e = errno;
	ssize_t n = -1;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if ((e == ENOSPC || e == EDQUOT) && name[0] != '/')
		n = readlink(link, path, sizeof(path) - 1);
	if (n > 0) {
		path[n] = '\0';
		end = strrchr(path, '/');
	}
	if (end != NULL && end != path) {
		*end = '\0';
		say("%s: write: %s in %s", name, strerror(e), path);
	} else {
		say("%s: write: %s", name, strerror(e));
	}
	errno = e;
}

int
file_write(int fd, const char *name, const void *p, size_t n)
{
	const char *from = p;
	ssize_t done;

	while (n > 0) {
		done = write(fd, from, n);
		if (done == -1 && errno == EINTR)
			continue;
		if (done == -1) {
			cannot_write(fd, name);
			return -1;
		}
		from += done;
		n -= (size_t)done;
	}
	return 0;
}

/* The rest, from *done on, by the kernel.  0; 1 when it cannot here. */
static int
copy_inside(int from, int to, uint64_t size, uint64_t *done)
{
	off_t in, out;
	ssize_t n;

	while (*done < size) {
		in = out = (off_t)*done;
		n = copy_file_range(from, &in, to, &out,
		    size - *done < 1 << 30 ? (size_t)(size - *done) : 1 << 30,
		    0);
		if (n == -1 && errno == EINTR)
			continue;
		/* A real error, or the end, comes again in copy_through,
		 * which says it. */
		if (n <= 0)
			return 1;
		*done += (uint64_t)n;
	}
	return 0;
}

int
file_write_at(int fd, const char *name, const void *p, size_t n, uint64_t at)
{
	const char *from = p;
	ssize_t done;

	while (n > 0) {
		done = pwrite(fd, from, n, (off_t)at);
		if (done == -1 && errno == EINTR)
			continue;
		if (done == -1) {
			cannot_write(fd, name);
			return -1;
		}
		from += done;
		n -= (size_t)done;
		at += (uint64_t)done;
	}
	return 0;
}

static int
copy_through(int from, int to, uint64_t size, uint64_t done, const char *name)
{
	char *buf;
	ssize_t n;
	int rc = -1;

	buf = malloc(CHUNK);
	if (buf == NULL) {
		say("%s: no memory to copy it", name);
		return -1;
	}
	while (done < size) {
		n = pread(from, buf,
		    size - done < CHUNK ? (size_t)(size - done) : CHUNK,
		    (off_t)done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			say("%s: read: %s", name, strerror(errno));
			goto out;
		}
		if (n == 0) {
			say("%s: ends after %llu of %llu bytes", name,
			    (unsigned long long)done, (unsigned long long)size);
			goto out;
		}
		if (file_write_at(to, name, buf, (size_t)n, done) == -1)
			goto out;
		done += (uint64_t)n;
	}
	rc = 0;
out:
	explicit_bzero(buf, CHUNK);
	free(buf);
	return rc;
}

int
file_clone(int from, int to)
{
	return ioctl(to, FICLONE, from) == -1 ? -1 : 0;
}

static int
cut(int fd, uint64_t size, const char *name)
{
	if (ftruncate(fd, (off_t)size) == 0)
		return 0;
	say("%s: truncate: %s", name, strerror(errno));
	return -1;
}

int
file_copy_rest(int from, int to, uint64_t at, uint64_t size, const char *name)
{
	uint64_t done = at;
	int64_t have;

	have = file_size(from, name);
	if (have == -1)
		return -1;
	if ((uint64_t)have < size) {
		say("%s: ends after %lld of %llu bytes", name, (long long)have,
		    (unsigned long long)size);
		return -1;
	}
	if (copy_inside(from, to, size, &done) == 1 &&
	    copy_through(from, to, size, done, name) == -1)
		return -1;
	return cut(to, size, name);
}

int
file_copy_restless(int from, int to, uint64_t at, const char *name)
{
	uint64_t done = at, was;
	int64_t size;
	int n;

	do {
		size = file_size(from, name);
		if (size == -1)
			return -1;
		was = done;
		n = copy_inside(from, to, (uint64_t)size, &done);
	} while (n == 1 && done > was);
	/* It ends there by now, or the kernel cannot. */
	size = file_size(from, name);
	if (size == -1)
		return -1;
	if (done >= (uint64_t)size)
		return cut(to, (uint64_t)size, name);
	return file_copy_rest(from, to, done, (uint64_t)size, name);
}

int
file_copy(int from, int to, uint64_t size, const char *name)
{
	uint64_t at = file_clone(from, to) == 0 ? size : 0;

	return file_copy_rest(from, to, at, size, name);
}

int64_t
file_size(int fd, const char *name)
{
	struct stat st;

	if (fstat(fd, &st) == -1) {
		say("%s: stat: %s", name, strerror(errno));
		return -1;
	}
	return st.st_size;
}

int
file_map(int fd, const char *name, struct span *map)
{
	int64_t size;
	void *p;

	size = file_size(fd, name);
	if (size == -1)
		return -1;
	if (size == 0) {
		*map = (struct span){ "", 0 };
		return 0;
	}
	p = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED) {
		say("%s: mmap: %s", name, strerror(errno));
		return -1;
	}
	*map = (struct span){ p, (size_t)size };
	return 0;
}

void
file_unmap(struct span *map)
{
	if (map->len > 0)
		munmap((void *)(uintptr_t)map->p, map->len);
	*map = (struct span){ NULL, 0 };
}

/* Feeds the whole file to run. */
static int
digest_all(int fd, const char *name, struct digest_run *run, char *buf)
{
	off_t at = 0;
	ssize_t n;

	for (;;) {
		n = pread(fd, buf, CHUNK, at);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			say("%s: read: %s", name, strerror(errno));
			return -1;
		}
		if (n == 0)
			return 0;
		if (digest_add(run, buf, (size_t)n) == -1) {
			say("%s: SHA-256: libcrypto refused", name);
			return -1;
		}
		at += n;
	}
}

int
file_digest(int fd, const char *name, struct digest *d)
{
	struct digest_run *run;
	char *buf;
	int rc = -1;

	buf = malloc(CHUNK);
	run = digest_begin();
	if (buf == NULL || run == NULL) {
		say("%s: no memory for its SHA-256", name);
		goto out;
	}
	if (digest_all(fd, name, run, buf) == -1)
		goto out;
	rc = digest_end(run, d);
	run = NULL;
	if (rc == -1)
		say("%s: SHA-256: libcrypto refused", name);
out:
	if (buf != NULL)
		explicit_bzero(buf, CHUNK);
	free(buf);
	digest_drop(run);
	return rc;
}

uint64_t
file_free(const char *dir)
{
	struct statvfs fs;

	if (statvfs(dir, &fs) == -1)
		return 0;
	return (uint64_t)fs.f_bavail * fs.f_frsize;
}

int
file_guarded(const char *path)
{
	struct stat st;

	if (stat(path, &st) == -1) {
		say("%s: %s", path, strerror(errno));
		return -1;
	}
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		say("%s: may be written by others; chmod go-w it", path);
		return -1;
	}
	if (st.st_uid != 0 && st.st_uid != geteuid()) {
		say("%s: owned by uid %u; must be root's, or of who runs this",
		    path, st.st_uid);
		return -1;
	}
	return 0;
}
