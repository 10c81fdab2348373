#include "files.h"

#include "twin.h"

#include "../../sys/file.h"
#include "../../sys/newfile.h"
#include "../../sys/proc.h"
#include "../../sys/say.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

static bool
moved(const struct twin *t, const struct stamp *before, const struct stamp *now,
    int i)
{
	return t->dev != before->file[i].dev || t->ino != before->file[i].ino ||
	    !same_since(before, now, i);
}

static bool
any_moved(const struct twin t[PLACE_DATA], const struct stamp *before,
    const struct stamp *now)
{
	for (int i = 0; i < PLACE_DATA; i++)
		if (moved(&t[i], before, now, i))
			return true;
	return false;
}

static int
level(struct twin t[PLACE_DATA], const struct stamp *before,
    const struct stamp *now)
{
	for (int i = 0; i < PLACE_DATA; i++)
		if (moved(&t[i], before, now, i) &&
		    twin_level(&t[i], now, i) == -1)
			return -1;
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

	rc = twin_open(&t, db, copy, which, false);
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
prepare(struct twin t[PLACE_DATA], const char *db, const char *copy, bool again,
    struct stamp *before)
{
	int rc = stamp_read(db, before);

	for (int i = 0; i < PLACE_DATA && rc == 0; i++)
		rc = twin_open(&t[i], db, copy, (enum place_file)i, again);
	for (int i = 0; i < PLACE_DATA && rc == 0; i++)
		rc = twin_prepare(&t[i]);
	return rc;
}

/* Nobody should wait for this. */
static int
look(struct twin t[PLACE_DATA])
{
	int rc = 0;

	for (int i = 0; i < PLACE_DATA && rc == 0; i++)
		rc = twin_look(&t[i]);
	return rc;
}

/* A copy that was prepared.  Mostly nobody wrote since; else the locks are taken
 * once more, to compare. */
static int
copy_prepared(struct twin t[PLACE_DATA], const char *db,
    const struct stamp *before, int wait_ms, struct stamp *s, int64_t *held_ms)
{
	struct files_lock l = FILES_UNLOCKED;
	int rc = files_lock(db, LOCK_SHARED, false, wait_ms, &l);

	if (rc != 0)
		return rc;
	rc = stamp_read(db, s);
	files_unlock(&l);
	*held_ms = proc_now() - l.since;
	if (rc == -1 || !any_moved(t, before, s))
		return rc;
	if (look(t) == -1)
		return -1;
	rc = files_lock(db, LOCK_SHARED, false, wait_ms, &l);
	if (rc != 0)
		return rc;
	rc = stamp_read(db, s) == -1 ? -1 : level(t, before, s);
	files_unlock(&l);
	*held_ms += proc_now() - l.since;
	return rc;
}

/* Of what is missing the lock, or the copy, says more. */
static int
copy_unprepared(const char *db, const char *copy, int wait_ms, struct stamp *s,
    int64_t *held_ms)
{
	struct files_lock l = FILES_UNLOCKED;
	int rc = files_lock(db, LOCK_SHARED, false, wait_ms, &l);

	if (rc != 0)
		return rc;
	rc = copy_data(db, copy, s);
	files_unlock(&l);
	*held_ms = proc_now() - l.since;
	return rc;
}

static int
close_all(struct twin t[PLACE_DATA])
{
	int rc = 0;

	for (int i = 0; i < PLACE_DATA; i++)
		if (twin_close(&t[i]) == -1)
			rc = -1;
	return rc;
}

int
files_copy(const char *db, const char *dir, int wait_ms, char copy[PATH_MAX],
    struct stamp *s, int64_t *held_ms)
{
	struct twin t[PLACE_DATA] = { TWIN_NONE, TWIN_NONE };
	struct stamp before;
	bool there = files_exist(db) == PLACE_DATA;
	int rc = make_room(dir, copy);

	if (rc == 0 && !there)
		return copy_unprepared(db, copy, wait_ms, s, held_ms);
	if (rc == 0)
		rc = prepare(t, db, copy, false, &before);
	if (rc == 0)
		rc = copy_prepared(t, db, &before, wait_ms, s, held_ms);
	return close_all(t) == -1 ? -1 : rc;
}

/* The room that make_room made, as far as libkdb5 needs it. */
static bool
has_room(const char *dir, char copy[PATH_MAX])
{
	char path[PATH_MAX];
	struct stat st;

	if (snprintf(copy, PATH_MAX, "%s/principal", dir) >= PATH_MAX ||
	    lstat(dir, &st) == -1 || !S_ISDIR(st.st_mode) ||
	    st.st_uid != geteuid() || (st.st_mode & 077) != 0)
		return false;
	for (int i = 0; i < PLACE_FILES; i++) {
		place_path(copy, (enum place_file)i, path);
		if (lstat(path, &st) == -1 || !S_ISREG(st.st_mode))
			return false;
	}
	return true;
}

int
files_copy_again(const char *db, const char *dir, int wait_ms,
    char copy[PATH_MAX], struct stamp *s, int64_t *held_ms, bool *other)
{
	struct twin t[PLACE_DATA] = { TWIN_NONE, TWIN_NONE };
	struct stamp before;
	int rc;

	*other = true;
	if (files_exist(db) != PLACE_DATA || !has_room(dir, copy))
		return FILES_NONE;
	rc = prepare(t, db, copy, true, &before);
	if (rc == 0)
		rc = copy_prepared(t, db, &before, wait_ms, s, held_ms);
	if (rc == 0)
		*other = t[PLACE_PRINCIPALS].pages.other ||
		    t[PLACE_POLICIES].pages.other;
	return close_all(t) == -1 ? -1 : rc;
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
