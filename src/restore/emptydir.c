#include "emptydir.h"

#include "../sys/lock.h"
#include "../sys/newfile.h"
#include "../sys/say.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#define MARK ".kdc-restore"

static void
mark_path(const struct emptydir *d, char path[PATH_MAX])
{
	/* resolve left room for it. */
	if (snprintf(path, PATH_MAX, "%s/" MARK, d->path) >= PATH_MAX)
		path[0] = '\0';
}

/* Both copies are for dirname and basename, which may write into them. */
static int
resolve_parent(struct emptydir *d, const char *path)
{
	char *one = strdup(path), *two = strdup(path);
	char *parent = NULL;
	int n = -1;

	if (one != NULL && two != NULL)
		parent = realpath(dirname(one), NULL);
	if (parent == NULL)
		say("%s: its directory: %s", path, strerror(errno));
	else
		n = snprintf(d->path, sizeof(d->path), "%s/%s",
		    strcmp(parent, "/") == 0 ? "" : parent, basename(two));
	free(parent);
	free(one);
	free(two);
	return n == -1 ? -1 : 0;
}

static int
resolve(struct emptydir *d, const char *path)
{
	char *real = realpath(path, NULL);
	int rc = 0;

	d->made = real == NULL && errno == ENOENT && path[0] != '\0';
	if (d->made)
		rc = resolve_parent(d, path);
	else if (real != NULL)
		(void)snprintf(d->path, sizeof(d->path), "%s", real);
	else
		say("%s: %s", path, strerror(errno));
	rc = d->made || real != NULL ? rc : -1;
	free(real);
	/* Room for the names of the database's files. */
	if (rc == 0 && strlen(d->path) + 64 > sizeof(d->path)) {
		say("%s: path too long", path);
		rc = -1;
	}
	return rc;
}

/* Its name stands in KRB5_CONFIG, a list with colons, in profiles, where quotes
 * and blanks mean something, and in lines for a shell. */
static int
check_name(const struct emptydir *d)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ/._+,=@-";

	if (d->path[strspn(d->path, plain)] == '\0')
		return 0;
	say("%s: its name has other characters than letters, digits and "
	    "/._+,=@- in it; it would be misread in KRB5_CONFIG; take another",
	    d->path);
	return -1;
}

/* What is in it: nothing (0), MARK and maybe more (1), something else (2); -1,
 * said. */
static int
look(const struct emptydir *d)
{
	DIR *dir = opendir(d->path);
	struct dirent *e;
	bool mark = false, more = false;

	if (dir == NULL) {
		say("%s: %s", d->path, strerror(errno));
		return -1;
	}
	while ((e = readdir(dir)) != NULL) {
		if (strcmp(e->d_name, MARK) == 0)
			mark = true;
		else if (strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0)
			more = true;
	}
	(void)closedir(dir);
	return mark ? 1 : more ? 2 : 0;
}

/* Removes what is in it, MARK last: without it, nobody may do that. */
static int
clear(const struct emptydir *d)
{
	DIR *dir = opendir(d->path);
	struct dirent *e;
	int rc = dir == NULL ? -1 : 0;

	while (rc == 0 && (e = readdir(dir)) != NULL) {
		if (strcmp(e->d_name, MARK) == 0 ||
		    strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		rc = unlinkat(dirfd(dir), e->d_name, 0);
	}
	if (rc == -1)
		say("%s: cannot be emptied: %s; remove what is in it: all keys "
		    "of the realm may be",
		    d->path, strerror(errno));
	if (dir != NULL)
		(void)closedir(dir);
	return rc;
}

/* Is the lock still on what has the name?  Whoever had it before may have
 * ended well, and have removed it. */
static bool
still_there(const struct emptydir *d, const char *path)
{
	struct stat a, b;

	return fstat(d->lock, &a) == 0 && lstat(path, &b) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* The only one here from now on, and nothing else is here. */
static int
take(struct emptydir *d)
{
	char path[PATH_MAX];
	int rc;

	mark_path(d, path);
	rc = lock_file(path, LOCK_EXCLUSIVE, 0, &d->lock);
	if (rc != 0)
		return rc == LOCK_BUSY ? EX_TEMPFAIL : EX_CANTCREAT;
	if (!still_there(d, path)) {
		say("%s: another kdc-restore has just filled it; name another "
		    "directory",
		    d->path);
		return EX_CANTCREAT;
	}
	return clear(d) == 0 ? EX_OK : EX_CANTCREAT;
}

static int
begin(struct emptydir *d)
{
	struct stat st;
	int what;

	/* Made if missing; owner and mode are fit for secrets. */
	if (newfile_dir(d->path) == -1)
		return EX_CANTCREAT;
	what = look(d);
	if (what == 2)
		say("%s: not empty; name a directory that is, or that is not "
		    "there yet",
		    d->path);
	if (what == 2 || what == -1)
		return EX_CANTCREAT;
	if (stat(d->path, &st) == -1 || chmod(d->path, 0700) == -1) {
		say("%s: chmod: %s", d->path, strerror(errno));
		return EX_CANTCREAT;
	}
	d->mode = st.st_mode & 07777;
	return take(d);
}

static void
drop(struct emptydir *d)
{
	if (d->lock != -1)
		(void)close(d->lock);
	d->lock = -1;
}

int
emptydir_begin(struct emptydir *d, const char *path)
{
	int rc;

	*d = (struct emptydir)EMPTYDIR_NONE;
	if (resolve(d, path) == -1 || check_name(d) == -1)
		return EX_CANTCREAT;
	rc = begin(d);
	if (rc == EX_OK)
		return rc;
	drop(d);
	if (d->made)
		(void)rmdir(d->path);
	return rc;
}

int
emptydir_commit(struct emptydir *d)
{
	char path[PATH_MAX];

	mark_path(d, path);
	if (newfile_flush_dir(d->path) == -1 || newfile_remove(path) == -1) {
		emptydir_abandon(d);
		return -1;
	}
	drop(d);
	return 0;
}

void
emptydir_abandon(struct emptydir *d)
{
	char path[PATH_MAX];

	if (d->lock == -1)
		return;
	mark_path(d, path);
	if (clear(d) == 0 && newfile_remove(path) == 0) {
		if (d->made)
			(void)newfile_remove_dir(d->path);
		else
			(void)chmod(d->path, d->mode);
	}
	drop(d);
}
