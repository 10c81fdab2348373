#include "generation.h"

#include "dump_delta.h"

#include "../format/bundle.h"
#include "../format/number.h"
#include "../sys/archive.h"
#include "../sys/delta.h"
#include "../sys/file.h"
#include "../sys/newfile.h"
#include "../sys/say.h"

#include <errno.h>
#include <inttypes.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
leaf(uint64_t epoch, uint64_t n, char name[64])
{
	(void)snprintf(name, 64, "%" PRIu64 ".%" PRIu64, epoch, n);
}

void
generation_dir(
    const struct state *s, uint64_t epoch, uint64_t n, char dir[PATH_MAX])
{
	char name[64], path[80];

	leaf(epoch, n, name);
	(void)snprintf(path, sizeof(path), "generations/%s", name);
	state_path(s, path, dir);
}

void
generation_file(const char *dir, const char *name, char path[PATH_MAX])
{
	if (snprintf(path, PATH_MAX, "%s/%s", dir, name) >= PATH_MAX)
		path[0] = '\0';
}

int
generation_begin(
    const struct state *s, uint64_t epoch, uint64_t n, char dir[PATH_MAX])
{
	char all[PATH_MAX];

	state_path(s, "generations", all);
	generation_dir(s, epoch, n, dir);
	if (newfile_dir(all) == -1 || newfile_remove_dir(dir) == -1)
		return -1;
	return newfile_dir(dir);
}

static int
open_in(const char *dir, const char *name)
{
	char path[PATH_MAX];

	generation_file(dir, name, path);
	return file_open(path);
}

bool
generation_has_dump(const char *dir, const struct digest *d)
{
	struct digest got;
	int fd = open_in(dir, "dump");
	bool same;

	if (fd == -1)
		return false;
	same = file_digest(fd, dir, &got) == 0 && digest_equal(&got, d);
	(void)close(fd);
	return same;
}

int
generation_put_dump(const char *dir, int dump, uint64_t size)
{
	struct newfile n = NEWFILE_NONE;
	char path[PATH_MAX];
	int rc = 1;

	generation_file(dir, "dump", path);
	if ((uint64_t)file_size(dump, path) == size)
		rc = newfile_adopt(&n, path, dump);
	if (rc == 1) {
		rc = newfile_begin(&n, path);
		if (rc == 0)
			rc = file_copy(dump, n.fd, size, path);
	}
	if (rc == 0)
		rc = newfile_commit(&n);
	newfile_abandon(&n);
	return rc;
}

/* An exit status is a hint, a digest a proof: what the delta makes of its base
 * must be the dump. */
static int
check_delta(const char *dir, int base, int delta, const struct digest *want,
    uint64_t size)
{
	int out = newfile_scratch(dir), rc = -1;
	struct digest got;

	if (out != -1 && delta_patch(base, delta, out, size) == 0 &&
	    file_digest(out, "delta", &got) == 0) {
		rc = digest_equal(&got, want) ? 0 : -1;
		if (rc == -1)
			say("%s: the delta does not give the dump; the full "
			    "dump is sent instead",
			    dir);
	}
	if (out != -1)
		(void)close(out);
	return rc;
}

/* Is the base still the dump that replicas have? */
static bool
is_base(int fd, const char *base_dir, const struct digest *want)
{
	struct digest got;

	if (file_digest(fd, base_dir, &got) == -1)
		return false;
	if (!digest_equal(&got, want)) {
		say("%s/dump: damaged; this time the whole dump is sent",
		    base_dir);
		return false;
	}
	return true;
}

/* Of files that are no two dumps one is damaged: librsync finds what they share,
 * and digests tell what that is worth.  0; 1: nothing; -1, said. */
static int
make_by_blocks(const char *dir, const char *base_dir, int from, int to,
    int delta, const struct dump_facts *base, const struct dump_facts *result)
{
	if (!is_base(from, base_dir, &base->digest))
		return 1;
	if (delta_make(from, to, delta) == -1)
		return -1;
	if ((uint64_t)file_size(delta, "delta") < result->size &&
	    check_delta(dir, from, delta, &result->digest, result->size) == 0)
		return 0;
	return 1;
}

/* 0; 1: none worth keeping; -1, said. */
static int
make_delta(const char *dir, const char *base_dir, int from, int to, int delta,
    const struct dump_facts *base, const struct dump_facts *result)
{
	int rc = 1;

	if ((uint64_t)file_size(from, base_dir) == base->size &&
	    (uint64_t)file_size(to, dir) == result->size)
		rc = dump_delta_make(from, to, delta);
	if (rc == 1)
		return make_by_blocks(
		    dir, base_dir, from, to, delta, base, result);
	if (rc == 0 && (uint64_t)file_size(delta, "delta") >= result->size)
		return 1;
	return rc;
}

static int
compress_into(const char *path, int from)
{
	struct newfile n = NEWFILE_NONE;
	int rc = -1;

	if (newfile_begin(&n, path) == 0 && archive_compress(from, n.fd) == 0)
		rc = newfile_commit(&n);
	newfile_abandon(&n);
	return rc;
}

int
generation_put_delta(const char *dir, const char *base_dir,
    const struct dump_facts *base, const struct dump_facts *result)
{
	char name[BUNDLE_NAME_MAX], path[PATH_MAX];
	int from = open_in(base_dir, "dump");
	bool no_base = from == -1 && errno == ENOENT;
	int to = open_in(dir, "dump");
	int delta = newfile_scratch(dir), rc = -1;

	bundle_name(BUNDLE_DELTA, &base->digest, name);
	generation_file(dir, name, path);
	if (no_base)
		rc = 0;
	if (from == -1 || to == -1 || delta == -1)
		goto out;
	rc = make_delta(dir, base_dir, from, to, delta, base, result);
	if (rc == 0)
		rc = compress_into(path, delta);
	else if (rc == 1)
		rc = 0;
out:
	if (from != -1)
		(void)close(from);
	if (to != -1)
		(void)close(to);
	if (delta != -1)
		(void)close(delta);
	return rc;
}

int
generation_open_full(const char *dir)
{
	char path[PATH_MAX];
	int fd = open_in(dir, "dump.zst"), from;

	if (fd != -1 || errno != ENOENT)
		return fd;
	generation_file(dir, "dump.zst", path);
	from = open_in(dir, "dump");
	if (from == -1) {
		if (errno == ENOENT)
			say("%s/dump: not there; if another generation is "
			    "current by now, the next run ships that",
			    dir);
		return -1;
	}
	if (compress_into(path, from) == 0)
		fd = file_open(path);
	(void)close(from);
	return fd;
}

void
generation_drop_full(const char *dir)
{
	char path[PATH_MAX];

	generation_file(dir, "dump.zst", path);
	(void)newfile_remove(path);
}

int
generation_open_delta(const char *dir, const struct digest *base)
{
	char name[BUNDLE_NAME_MAX];

	bundle_name(BUNDLE_DELTA, base, name);
	return open_in(dir, name);
}

int
generation_newest_first(const void *a, const void *b)
{
	const struct generation_id *x = a, *y = b;

	if (x->epoch != y->epoch)
		return x->epoch < y->epoch ? 1 : -1;
	return (x->n < y->n) - (x->n > y->n);
}

static bool
id_decode(const char *name, struct generation_id *id)
{
	struct span s = { name, strlen(name) };

	if (!number_take_u64(&s, UINT64_MAX, &id->epoch) || s.len == 0 ||
	    *s.p != '.')
		return false;
	s.p++;
	s.len--;
	return number_take_u64(&s, UINT64_MAX, &id->n) && s.len == 0;
}

static void
list_add(struct generations *l, struct generation_id id)
{
	struct generation_id *v = realloc(l->v, (l->n + 1) * sizeof(*v));

	if (v == NULL)
		return; /* one less to start from: the whole dump will do */
	l->v = v;
	l->v[l->n++] = id;
}

struct generations
generation_list(const struct state *s)
{
	struct generations l = { NULL, 0 };
	char path[PATH_MAX];
	struct dirent *e;
	struct generation_id id;
	DIR *d;

	state_path(s, "generations", path);
	d = opendir(path);
	while (d != NULL && (e = readdir(d)) != NULL)
		if (id_decode(e->d_name, &id))
			list_add(&l, id);
	if (d != NULL)
		(void)closedir(d);
	if (l.n > 0)
		qsort(l.v, l.n, sizeof(*l.v), generation_newest_first);
	return l;
}

void
generation_list_release(struct generations *l)
{
	free(l->v);
	*l = (struct generations){ NULL, 0 };
}

int
generation_manifest(const char *dir, struct manifest *m)
{
	struct bytes text = BYTES_NONE;
	char path[PATH_MAX];
	const char *why;
	int rc = -1;

	generation_file(dir, "manifest", path);
	if (file_read(path, MANIFEST_MAX, &text) == 0)
		rc =
		    manifest_decode((struct span){ text.p, text.len }, m, &why);
	bytes_release(&text);
	return rc;
}
