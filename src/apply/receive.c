#include "receive.h"

#include "../format/bundle.h"
#include "../sys/archive.h"
#include "../sys/file.h"
#include "../sys/newfile.h"
#include "../sys/outward.h"
#include "../sys/say.h"
#include "../store/open.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define STALE (2 * 86400) /* seconds; longer than any transfer */
/* Bytes: texts and tar's own, and as much as one read may bring besides. */
#define BEFORE_MANIFEST (128 * 1024)

/* What is read is stored, as long as it is within bounds. */
struct tee {
	struct line *from;
	struct newfile file;
	struct outward outward; /* of that, done bytes long */
	uint64_t done;
	uint64_t left; /* bytes we are still ready to take */
	bool begun;    /* first holds the first byte */
	char first;
	bool broken; /* the disk's fault, not the peer's */
};

static ssize_t
tee_read(void *arg, void *buf, size_t n)
{
	struct tee *t = arg;
	ssize_t got = 1;

	if (t->begun) {
		*(char *)buf = t->first;
		t->begun = false;
	} else {
		got = line_read(t->from, buf, n);
	}

	if (got <= 0)
		return got;
	if ((uint64_t)got > t->left) {
		say("bundle: longer than what is signed allows; refused");
		return -1;
	}
	t->left -= (uint64_t)got;
	if (file_write(t->file.fd, t->file.path, buf, (size_t)got) == -1) {
		t->broken = true;
		return -1;
	}
	t->done += (uint64_t)got;
	outward_begin(&t->outward, t->file.fd, t->done);
	return got;
}

/* What crashed sessions left: not ours to judge, but to remove one day. */
static void
sweep(const char *dir)
{
	char path[PATH_MAX];
	struct dirent *e;
	struct stat st;
	DIR *d = opendir(dir);

	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 ||
		    strcmp(e->d_name, "..") == 0 ||
		    snprintf(path, sizeof(path), "%s/%s", dir, e->d_name) >=
			PATH_MAX ||
		    lstat(path, &st) == -1 || time(NULL) - st.st_mtime < STALE)
			continue;
		(void)newfile_remove(path);
	}
	(void)closedir(d);
}

static enum verdict_outcome
read_all(const struct config *cf, const char *realm, struct tee *t,
    const struct seal *was, struct seal *seal)
{
	struct open_bundle b = OPEN_NONE;
	enum verdict_outcome o;
	struct archive_in *a;

	errno = 0;
	a = archive_open_fn(tee_read, t, "bundle");
	if (a == NULL)
		return t->broken ? VERDICT_FAILED : open_fault();
	o = open_texts(cf, realm, a, &b, was, seal);
	if (o == VERDICT_SEALED) {
		t->left += 2 * bundle_bound(seal->m.dump.size);
		o = open_to_end(a, &b);
	}
	archive_close(a);
	/* A full disk here is no fault of the bundle. */
	return o != VERDICT_SEALED && t->broken ? VERDICT_FAILED : o;
}

/* The receiving user can do what he likes in his. */
static void
find_dir(const struct state *s, char dir[PATH_MAX])
{
	struct stat st;

	state_path(s, STATE_INCOMING, dir);
	if (lstat(dir, &st) == 0 && st.st_uid != geteuid() && geteuid() == 0)
		state_path(s, STATE_HANDED, dir);
}

enum verdict_outcome
receive(const struct config *cf, const char *realm, const struct state *s,
    const struct seal *was, struct line *from, struct seal *seal,
    char path[PATH_MAX])
{
	struct tee t = {
		.from = from, .file = NEWFILE_NONE, .left = BEFORE_MANIFEST
	};
	enum verdict_outcome o;
	char dir[PATH_MAX];

	*seal = (struct seal)SEAL_NONE;
	/* A primary that finds us ahead of it sends nothing. */
	if (line_read(from, &t.first, 1) != 1)
		return VERDICT_REFUSED;
	t.begun = true;
	find_dir(s, dir);
	if (newfile_dir(dir) == -1)
		return VERDICT_FAILED;
	sweep(dir);
	if (snprintf(path, PATH_MAX, "%s/bundle.%ld.%" PRId64, dir,
		(long)getpid(), (int64_t)time(NULL)) >= PATH_MAX ||
	    newfile_begin(&t.file, path) == -1)
		return VERDICT_FAILED;
	o = read_all(cf, realm, &t, was, seal);
	if (o == VERDICT_SEALED && newfile_commit(&t.file) == -1)
		o = VERDICT_FAILED;
	newfile_abandon(&t.file);
	return o;
}
