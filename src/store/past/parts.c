#include "parts.h"

#include "back.h"

#include "../../sys/newfile.h"
#include "../../sys/say.h"
#include "../generation.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* 0: neither, as manifest. */
static unsigned
kind_of(const char *name)
{
	struct digest base;

	if (strcmp(name, "dump") == 0 || strcmp(name, "dump.zst") == 0 ||
	    back_decode(name, &base))
		return PARTS_PAST;
	return strncmp(name, "delta.", 6) == 0 ? PARTS_DELTA : 0;
}

static bool
is_kind(const char *path, const char *name, unsigned kinds)
{
	(void)path;
	return (kind_of(name) & kinds) != 0;
}

/* Beside a dump, its dump.zst may be in the making by a run that ships it. */
static bool
is_unfinished(const char *path, const char *name, unsigned dump)
{
	(void)path;
	return strncmp(name, ".back.", 6) == 0 ||
	    (dump == 0 && strncmp(name, ".dump.zst.", 10) == 0);
}

/* The first file that want says yes to.  1; 0: there is none, or no directory;
 * -1, said. */
static int
find(const char *dir, bool (*want)(const char *, const char *, unsigned),
    unsigned arg, char path[PATH_MAX])
{
	DIR *d = opendir(dir);
	struct dirent *e = NULL;
	int rc = 0;

	while (d != NULL && rc == 0) {
		errno = 0;
		e = readdir(d);
		if (e == NULL)
			break;
		generation_file(dir, e->d_name, path);
		rc = want(path, e->d_name, arg);
	}
	if (rc == 0 && errno != 0 && errno != ENOENT) {
		say("%s: read: %s", dir, strerror(errno));
		rc = -1;
	}
	if (d != NULL)
		(void)closedir(d);
	return rc;
}

unsigned
parts_in(const char *dir)
{
	char path[PATH_MAX];
	unsigned kinds = 0;

	if (find(dir, is_kind, PARTS_PAST, path) != 0)
		kinds |= PARTS_PAST;
	if (find(dir, is_kind, PARTS_DELTA, path) != 0)
		kinds |= PARTS_DELTA;
	return kinds;
}

static int
remove_all(const char *dir, bool (*want)(const char *, const char *, unsigned),
    unsigned arg)
{
	char path[PATH_MAX];
	int rc;

	for (;;) {
		rc = find(dir, want, arg, path);
		if (rc != 1)
			return rc;
		if (newfile_remove(path) == -1)
			return -1;
	}
}

int
parts_remove(const char *dir, unsigned kinds)
{
	if (remove_all(dir, is_kind, kinds) == -1)
		return -1;
	if (parts_in(dir) != 0)
		return 0;
	/* Last: without its manifest nothing is known of the rest. */
	return newfile_remove_dir(dir);
}

void
parts_sweep(const char *dir)
{
	char path[PATH_MAX];

	generation_file(dir, "dump", path);
	(void)remove_all(dir, is_unfinished, access(path, F_OK) == 0);
}
