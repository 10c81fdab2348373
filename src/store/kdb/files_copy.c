#include "files.h"

#include "../../sys/file.h"
#include "../../sys/newfile.h"
#include "../../sys/pages.h"
#include "../../sys/proc.h"
#include "../../sys/say.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One data file, and its copy. */
struct twin {
	char from[PATH_MAX], to[PATH_MAX];
	int in, out;
	uint64_t dev, ino; /* of what is open */
	bool cloned;
	struct pages pages;
};
#define TWIN_NONE                                                              \
	{                                                                      \
		.in = -1, .out = -1, .pages = PAGES_NONE                       \
	}

/*
 * Opening.
 */
static int
open_in(struct twin *t)
{
	struct stat st;

	t->in = file_open(t->from);
	if (t->in == -1) {
		if (errno == ENOENT)
			say("%s: missing", t->from);
		return -1;
	}
	if (fstat(t->in, &st) == -1) {
		say("%s: stat: %s", t->from, strerror(errno));
		return -1;
	}
	t->dev = st.st_dev;
	t->ino = st.st_ino;
	return 0;
}

static int
twin_open(
    struct twin *t, const char *db, const char *copy, enum place_file which)
{
	place_path(db, which, t->from);
	place_path(copy, which, t->to);
	if (open_in(t) == -1)
		return -1;
	t->out = open(
	    t->to, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (t->out == -1) {
		say("%s: %s", t->to, strerror(errno));
		return -1;
	}
	return 0;
}

static int
twin_close(struct twin *t)
{
	int rc = 0;

	pages_unmap(&t->pages);
	if (t->out != -1 && close(t->out) == -1) {
		say("%s: %s", t->to, strerror(errno));
		rc = -1;
	}
	if (t->in != -1)
		(void)close(t->in);
	t->in = t->out = -1;
	return rc;
}

/*
 * Copying.
 */
static int
twin_copy(struct twin *t)
{
	int64_t size = file_size(t->in, t->from);

	if (size == -1)
		return -1;
	t->cloned = file_clone(t->in, t->out) == 0;
	if (t->cloned)
		return 0;
	return file_copy_rest(t->in, t->out, 0, (uint64_t)size, t->to);
}

/* Without the lock: what is written meanwhile may be in it or not, or half. */
static int
twin_prepare(struct twin *t)
{
	t->cloned = file_clone(t->in, t->out) == 0;
	if (!t->cloned && file_copy_restless(t->in, t->out, t->to) == -1)
		return -1;
	return t->cloned ? 0 : pages_map(&t->pages, t->in, t->out, t->to);
}

/* Under the lock: makes the copy what the file is. */
static int
twin_level(struct twin *t, const struct stamp *now, int i)
{
	uint64_t moved = 0;

	if (t->dev == now->file[i].dev && t->ino == now->file[i].ino &&
	    !t->cloned)
		return pages_level(&t->pages, now->file[i].size, t->to, &moved);
	/* Another file took its name, as kdb5_util load does it. */
	if (t->dev != now->file[i].dev || t->ino != now->file[i].ino) {
		(void)close(t->in);
		if (open_in(t) == -1)
			return -1;
	}
	return twin_copy(t);
}

/* Did nobody write to file i between the two?  One that was written to less than
 * a second before the first cannot tell: stamp_settled. */
static bool
same_since(const struct stamp *a, const struct stamp *b, int i)
{
	return a->file[i].dev == b->file[i].dev &&
	    a->file[i].ino == b->file[i].ino &&
	    a->file[i].size == b->file[i].size &&
	    a->file[i].mtime == b->file[i].mtime &&
	    a->read - a->file[i].mtime > 1000000000;
}

static int
level(struct twin t[PLACE_DATA], const char *db, const struct stamp *before,
    struct stamp *s)
{
	if (stamp_read(db, s) == -1)
		return -1;
	for (int i = 0; i < PLACE_DATA; i++) {
		if (t[i].dev == before->file[i].dev &&
		    t[i].ino == before->file[i].ino && same_since(before, s, i))
			continue;
		if (twin_level(&t[i], s, i) == -1)
			return -1;
	}
	return 0;
}

/* libkdb5 refuses a database without its lock files, even a copy. */
static int
make_lock_files(const char *copy)
{
	static const enum place_file locks[2] = { PLACE_LOCK,
		PLACE_POLICY_LOCK };
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

/* Under the lock. */
static int
copy_one(const char *db, const char *copy, enum place_file which)
{
	struct twin t = TWIN_NONE;
	int rc;

	rc = twin_open(&t, db, copy, which);
	if (rc == 0)
		rc = twin_copy(&t);
	return twin_close(&t) == -1 ? -1 : rc;
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

/* Before the lock. */
static int
prepare(struct twin t[PLACE_DATA], const char *db, const char *copy,
    struct stamp *before)
{
	if (stamp_read(db, before) == -1)
		return -1;
	for (int i = 0; i < PLACE_DATA; i++)
		if (twin_open(&t[i], db, copy, (enum place_file)i) == -1 ||
		    twin_prepare(&t[i]) == -1)
			return -1;
	return 0;
}

int
files_copy(const char *db, const char *dir, int wait_ms, char copy[PATH_MAX],
    struct stamp *s, int64_t *held_ms)
{
	struct twin t[PLACE_DATA] = { TWIN_NONE, TWIN_NONE };
	struct files_lock l = FILES_UNLOCKED;
	struct stamp before;
	bool there = files_exist(db) == PLACE_DATA;
	int rc = -1;

	if (make_room(dir, copy) == -1 ||
	    (there && prepare(t, db, copy, &before) == -1))
		goto out;
	rc = files_lock(db, LOCK_SHARED, false, wait_ms, &l);
	if (rc != 0)
		goto out;
	/* Of what is missing the lock, or the copy, says more. */
	rc = there ? level(t, db, &before, s) : copy_data(db, copy, s);
	files_unlock(&l);
	*held_ms = proc_now() - l.since;
out:
	for (int i = 0; i < PLACE_DATA; i++)
		if (twin_close(&t[i]) == -1)
			rc = -1;
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
