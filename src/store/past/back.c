#include "back.h"

#include "../../sys/archive.h"
#include "../../sys/delta.h"
#include "../../sys/file.h"
#include "../../sys/newfile.h"
#include "../../sys/say.h"
#include "../dump_delta.h"
#include "../generation.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A delta smaller than that part of the dump is smaller than it compressed: keys
 * do not compress, and they are half of its digits. */
#define SMALL_PART 8

static const char before[] = "back.", after[] = ".zst";

void
back_name(const struct digest *base, char name[BACK_NAME_MAX])
{
	char hex[DIGEST_TEXT];

	digest_encode(base, hex);
	(void)snprintf(name, BACK_NAME_MAX, "%s%s%s", before, hex, after);
}

bool
back_decode(const char *name, struct digest *base)
{
	const size_t digits = DIGEST_TEXT - 1, head = sizeof(before) - 1;

	return strlen(name) == head + digits + sizeof(after) - 1 &&
	    strncmp(name, before, head) == 0 &&
	    strcmp(name + head + digits, after) == 0 &&
	    digest_decode(name + head, digits, base) == 0;
}

static int
empty(int fd)
{
	if (lseek(fd, 0, SEEK_SET) == 0 && ftruncate(fd, 0) == 0)
		return 0;
	say("scratch file: %s", strerror(errno));
	return -1;
}

/* What only a machine that fails says of itself: all else lies in the files. */
static int
machine_fault(int e)
{
	switch (e) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
	case EIO:
	case EROFS:
	case ENOMEM:
	case EMFILE:
	case ENFILE:
		return e;
	default:
		return 0;
	}
}

int
back_check(int dump, const struct manifest *m)
{
	struct digest got;

	if (file_digest(dump, "dump", &got) == -1) {
		errno = EIO;
		return -1;
	}
	errno = 0;
	if (digest_equal(&got, &m->dump.digest) &&
	    (uint64_t)file_size(dump, "dump") == m->dump.size)
		return 0;
	say("it does not give the dump that the manifest describes");
	errno = 0;
	return -1;
}

static int
unpack(int in, int base, const struct manifest *m, int plain, int out)
{
	if (base == -1) {
		if (archive_decompress(in, out, m->dump.size) == -1)
			return -1;
	} else if (archive_decompress(in, plain, m->dump.size) == -1 ||
	    delta_patch(base, plain, out, m->dump.size) == -1) {
		return -1;
	}
	return back_check(out, m);
}

int
back_take(
    int in, int base, const struct manifest *m, const char *scratch, int out)
{
	int plain = base == -1 ? -1 : newfile_scratch(scratch);
	int rc = -1, e;

	if ((base == -1 || plain != -1) && empty(out) == 0) {
		errno = 0;
		rc = unpack(in, base, m, plain, out);
	}
	e = machine_fault(errno);
	if (plain != -1)
		(void)close(plain);
	errno = e;
	return rc;
}

/* A file in the making, of a delta or a dump; what it takes, in bytes. */
static int64_t
squeeze(struct newfile *n, const char *dir, const char *name, int plain)
{
	char path[PATH_MAX];

	generation_file(dir, name, path);
	if (newfile_begin(n, path) == -1 ||
	    archive_compress(plain, n->fd) == -1)
		return -1;
	return file_size(n->fd, path);
}

int
back_proves(
    int in, int base, int own, const struct manifest *m, const char *scratch)
{
	int plain = newfile_scratch(scratch), rc = -1, e;

	if (plain == -1)
		return -1;
	errno = 0;
	if (archive_decompress(in, plain, m->dump.size) == 0)
		rc = dump_delta_proves(base, own, plain);
	e = machine_fault(errno);
	if (rc == -1 && e == 0)
		rc = 0;
	(void)close(plain);
	return rc;
}

/* An exit status is a hint, a digest a proof. */
static int
prove_whole(const struct newfile *n, const struct manifest *m, const char *dir)
{
	int out = newfile_scratch(dir), rc = -1;

	if (out != -1)
		rc = back_take(n->fd, -1, m, dir, out);
	if (out != -1)
		(void)close(out);
	return rc;
}

/* 1: n is a good delta, for a file called name; 0: there is none worth keeping;
 * -1. */
static int
make_delta(struct newfile *n, const char *dir, const struct manifest *m,
    int own, int base, const char *name, int64_t *size)
{
	int plain = newfile_scratch(dir), rc = -1;

	if (plain == -1)
		goto out;
	rc = dump_delta_make(base, own, plain);
	if (rc == 1)
		rc = delta_make_fine(base, own, plain);
	if (rc == -1)
		goto out;
	if ((uint64_t)file_size(plain, name) >= m->dump.size)
		goto out;
	*size = squeeze(n, dir, name, plain);
	rc = *size == -1 ? -1 : back_proves(n->fd, base, own, m, dir);
	if (rc == 0)
		say("%s: read again, it does not give the dump, which is kept "
		    "whole instead; look at the disk",
		    n->path);
out:
	if (plain != -1)
		(void)close(plain);
	return rc;
}

int
back_put(const char *dir, const struct manifest *m, int own, int base,
    const struct digest *base_digest, char name[BACK_NAME_MAX])
{
	struct newfile delta = NEWFILE_NONE, whole = NEWFILE_NONE;
	int64_t delta_size = 0, size;
	int rc = -1, is_delta;

	back_name(base_digest, name);
	is_delta = make_delta(&delta, dir, m, own, base, name, &delta_size);
	if (is_delta == -1)
		goto out;
	if (is_delta == 0 ||
	    (uint64_t)delta_size >= m->dump.size / SMALL_PART) {
		size = squeeze(&whole, dir, "dump.zst", own);
		if (size == -1)
			goto out;
		if (is_delta == 0 || size <= delta_size) {
			if (prove_whole(&whole, m, dir) == -1)
				goto out;
			(void)snprintf(name, BACK_NAME_MAX, "dump.zst");
			rc = newfile_commit(&whole);
			goto out;
		}
	}
	rc = newfile_commit(&delta);
out:
	newfile_abandon(&delta);
	newfile_abandon(&whole);
	return rc;
}
