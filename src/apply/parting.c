#include "parting.h"

#include "../sys/file.h"
#include "../sys/newfile.h"
#include "../sys/say.h"
#include "../store/difference.h"
#include "../store/show.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool
is_parted(const struct seal *was, const struct seal *now)
{
	static const struct digest none;

	return now->granted && now->m.epoch > was->m.epoch &&
	    !digest_equal(&now->g.base, &none) &&
	    !digest_equal(&now->g.base, &was->m.dump.digest) &&
	    !digest_equal(&now->m.dump.digest, &was->m.dump.digest);
}

/* DIR/name */
static int
file_in(const char *dir, const char *name, char path[PATH_MAX])
{
	if (snprintf(path, PATH_MAX, "%s/%s", dir, name) < PATH_MAX)
		return 0;
	say("%s: path too long", dir);
	return -1;
}

static int
keep_dump(const char *path, int dump, uint64_t size)
{
	struct newfile n = NEWFILE_NONE;
	int rc = -1;

	(void)newfile_sweep(path);
	if (newfile_begin(&n, path) == 0 &&
	    file_copy(dump, n.fd, size, path) == 0)
		rc = newfile_commit(&n);
	newfile_abandon(&n);
	return rc;
}

static int
print_list(const char *path, int to, struct span from, struct span other,
    uint64_t *records)
{
	int fd = fcntl(to, F_DUPFD_CLOEXEC, 3), rc;
	FILE *f = fd == -1 ? NULL : fdopen(fd, "w");
	struct difference n;

	if (f == NULL) {
		say("%s: %s", path, strerror(errno));
		if (fd != -1)
			(void)close(fd);
		return -1;
	}
	rc = difference_print(f, from, other, false, &n);
	*records = difference_total(&n);
	if (fclose(f) == 0)
		return rc;
	say("%s: write: %s", path, strerror(errno));
	return -1;
}

/* From one dump to another; what stands in the file tells the whole. */
static int
keep_list(const char *path, int from, int to, uint64_t *records)
{
	struct newfile n = NEWFILE_NONE;
	struct span a = { NULL, 0 }, b = { NULL, 0 };
	int rc = -1;

	(void)newfile_sweep(path);
	if (newfile_begin(&n, path) == 0 && file_map(from, "dump", &a) == 0 &&
	    file_map(to, "dump", &b) == 0 &&
	    print_list(path, n.fd, a, b, records) == 0)
		rc = newfile_commit(&n);
	newfile_abandon(&n);
	file_unmap(&a);
	file_unmap(&b);
	return rc;
}

/* Opens the dump of that digest, if it is here and whole; -1. */
static int
open_dump(const struct state *s, const struct digest *d)
{
	char path[PATH_MAX];
	struct digest is;
	int fd;

	state_dump(s, d, path);
	fd = file_open(path);
	if (fd != -1 && file_digest(fd, path, &is) == 0 && digest_equal(&is, d))
		return fd;
	if (fd != -1)
		(void)close(fd);
	return -1;
}

/* What was changed since the base, which is here when this replica had it just
 * before; else what the new generation has otherwise. */
static int
list(const struct state *s, int dump, const struct seal *now, const char *path,
    struct parting *p)
{
	const struct digest *d = p->later ? &now->g.base : &now->m.dump.digest;
	int other = open_dump(s, d), rc;

	if (other == -1)
		return -1;
	rc = p->later ? keep_list(path, other, dump, &p->records)
		      : keep_list(path, dump, other, &p->records);
	(void)close(other);
	return rc;
}

void
parting_look(const struct state *s, const struct seal *was,
    const struct seal *now, struct parting *p)
{
	char path[PATH_MAX];

	*p = (struct parting){ .parted = is_parted(was, now) };
	state_dump(s, &now->g.base, path);
	p->later = p->parted && access(path, F_OK) == 0;
}

int
parting_keep(const struct state *s, const struct seal *was, int dump,
    const struct seal *now, struct parting *p)
{
	char name[40], path[PATH_MAX], kept[PATH_MAX];

	(void)snprintf(
	    name, sizeof(name), "before-epoch-%" PRIu64, now->m.epoch);
	state_path(s, name, p->dir);
	if (!p->parted || dump == -1)
		return 0;
	if (newfile_dir(p->dir) == -1 || file_in(p->dir, "dump", kept) == -1 ||
	    keep_dump(kept, dump, was->m.dump.size) == -1 ||
	    file_in(p->dir, STATE_SEAL, path) == -1 ||
	    seal_write(path, was) == -1 || file_in(p->dir, "alone", path) == -1)
		return -1;
	return list(s, dump, now, path, p);
}

void
parting_tell(
    const struct parting *p, const struct seal *was, const struct seal *now)
{
	char had[SHOW_ID];

	show_id(&was->m, had);
	if (!p->parted)
		return;
	if (p->later)
		say("generation %s, sealed here, is later than the one that "
		    "epoch %" PRIu64 " starts from: what it changed since, "
		    "%" PRIu64 " records, is replaced; they are listed in "
		    "%s/alone, the dump is beside it",
		    had, now->m.epoch, p->records, p->dir);
	else
		say("generation %s, sealed here, is not the one that epoch "
		    "%" PRIu64 " starts from; if it is a later one, what it "
		    "had more is replaced: what differs, %" PRIu64
		    " records, is listed in %s/alone, the dump is beside it",
		    had, now->m.epoch, p->records, p->dir);
}
