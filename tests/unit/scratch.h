#ifndef KDCSYNC_SCRATCH_H
#define KDCSYNC_SCRATCH_H

/* What the tests of src/sys share: cmocka's includes, throw-away files, and
 * stderr put aside. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* A nameless file with n bytes, at offset 0. */
static inline int
scratch_file(const void *p, size_t n)
{
	int fd;

	fd = memfd_create("scratch", MFD_CLOEXEC);
	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, p, n), n);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

/* A named one, new or replaced. */
static inline void
scratch_write(const char *path, const void *p, size_t n)
{
	int fd;

	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, p, n), n);
	close(fd);
}

/* The whole of fd: malloc'ed, one NUL behind it. */
static inline char *
scratch_read(int fd, size_t *n)
{
	struct stat st;
	char *p;

	assert_int_equal(fstat(fd, &st), 0);
	*n = (size_t)st.st_size;
	p = calloc(1, *n + 1);
	assert_non_null(p);
	assert_int_equal(pread(fd, p, *n, 0), *n);
	return p;
}

static inline int
scratch_is(int fd, const void *p, size_t n)
{
	size_t have;
	char *q = scratch_read(fd, &have);
	int same = have == n && memcmp(p, q, n) == 0;

	free(q);
	return same;
}

static inline void
scratch_dir(char path[32])
{
	snprintf(path, 32, "/tmp/kdcsync-unit.XXXXXX");
	assert_non_null(mkdtemp(path));
}

/* How many names a directory has; removes them when asked to. */
static inline int
scratch_names(const char *path, int and_remove)
{
	struct dirent *e;
	int n = 0;
	DIR *d;

	d = opendir(path);
	assert_non_null(d);
	for (e = readdir(d); e != NULL; e = readdir(d)) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		n++;
		if (and_remove && unlinkat(dirfd(d), e->d_name, 0) == -1)
			unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR);
	}
	closedir(d);
	if (and_remove)
		assert_int_equal(rmdir(path), 0);
	return n;
}

/* begin and end for each case of a test: a new directory dir, and path, of that
 * name in it. */
#define SCRATCH_PATH(name)                                                     \
	static char dir[32], path[64];                                         \
									       \
	static int begin(void **state)                                         \
	{                                                                      \
		(void)state;                                                   \
		scratch_dir(dir);                                              \
		snprintf(path, sizeof(path), "%s/" name, dir);                 \
		return 0;                                                      \
	}                                                                      \
									       \
	static int end(void **state)                                           \
	{                                                                      \
		(void)state;                                                   \
		scratch_names(dir, 1);                                         \
		return 0;                                                      \
	}

static inline int
scratch_remove(const char *path, const struct stat *st, int type,
    struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* Removes a directory and all below it. */
static inline void
scratch_tree(const char *path)
{
	assert_int_equal(
	    nftw(path, scratch_remove, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* stderr to fd (-1: nowhere); the answer goes back to scratch_unhush. */
static inline int
scratch_hush(int fd)
{
	int saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);

	if (fd == -1)
		fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	assert_int_not_equal(saved, -1);
	assert_int_equal(dup2(fd, STDERR_FILENO), STDERR_FILENO);
	return saved;
}

static inline void
scratch_unhush(int saved)
{
	dup2(saved, STDERR_FILENO);
	close(saved);
}

/* The same bytes in every run. */
static inline void
scratch_noise(char *p, size_t n, uint32_t seed)
{
	for (size_t i = 0; i < n; i++) {
		seed = seed * 1664525u + 1013904223u;
		p[i] = (char)(seed >> 24);
	}
}

#endif
