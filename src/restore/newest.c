#include "newest.h"

#include "../format/index.h"
#include "../sys/archive.h"
#include "../sys/file.h"
#include "../sys/say.h"

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

/* The beginning of an archive: its first entry is "index".  When it was made,
 * INT64_MAX if that cannot be read; -1: no archive. */
static int64_t
made(struct archive_in *in, struct index *x)
{
	struct bytes text = BYTES_NONE;
	const char *entry, *why;
	int64_t when = INT64_MAX;
	uint64_t size;

	if (in == NULL || archive_next(in, &entry, &size) != 1 ||
	    strcmp(entry, "index") != 0)
		return -1;
	if (archive_get(in, &text, INDEX_MAX) == 0 &&
	    index_decode((struct span){ text.p, text.len }, x, &why) == 0)
		when = x->made;
	bytes_release(&text);
	return when;
}

/* Of realm, that is; what is not is named. */
static int64_t
look(const char *path, const char *realm)
{
	struct bytes unheard = BYTES_NONE;
	struct index x = INDEX_NONE;
	struct archive_in *in;
	int fd = file_open(path);
	int64_t when;

	if (fd == -1)
		return -1;
	say_capture(&unheard);
	in = archive_open(fd, path);
	when = made(in, &x);
	archive_close(in);
	say_capture(NULL);
	bytes_release(&unheard);
	(void)close(fd);
	if (when == -1)
		say_info("%s: not an archive; passed over", path);
	else if (when != INT64_MAX && strcmp(x.realm, realm) != 0) {
		say_info("%s: an archive of %s; passed over", path, x.realm);
		when = -1;
	}
	index_release(&x);
	return when;
}

static bool
is_file(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* Hidden files are what others write at. */
static int
find(DIR *d, const char *dir, const char *realm, char path[PATH_MAX])
{
	char one[PATH_MAX];
	int64_t newest = -1, when;
	struct dirent *e;

	for (errno = 0; (e = readdir(d)) != NULL; errno = 0) {
		if (e->d_name[0] == '.' ||
		    snprintf(one, sizeof(one), "%s/%s", dir, e->d_name) >=
			PATH_MAX ||
		    !is_file(one))
			continue;
		when = look(one, realm);
		if (when <= newest)
			continue;
		newest = when;
		memcpy(path, one, PATH_MAX);
	}
	if (errno != 0) {
		say("%s: %s", dir, strerror(errno));
		return EX_NOINPUT;
	}
	if (newest != -1)
		return EX_OK;
	say("%s: no archive of %s in it; kdc-archive write makes one", dir,
	    realm);
	return EX_NOINPUT;
}

int
newest_find(const char *dir, const char *realm, char path[PATH_MAX])
{
	DIR *d = opendir(dir);
	int rc;

	if (d == NULL) {
		say("%s: %s", dir, strerror(errno));
		return EX_NOINPUT;
	}
	rc = find(d, dir, realm, path);
	(void)closedir(d);
	return rc;
}
