#include "archive.h"
#include "file.h"
#include "say.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK ((size_t)64 * 1024)
#define END_MARK UINT64_C(1024)		  /* pax(1): two blocks of zeros */
#define ZEROS_MAX (UINT64_C(1024) * 1024) /* tar pads to 10 KiB or more */

struct archive_in {
	struct archive *tar;
	char *name;
	ssize_t (*read_fn)(void *arg, void *buf, size_t n);
	void *arg;
	int fd;
	uint64_t end;	/* of the last entry, in the input */
	uint64_t zeros; /* from here to total: only zeros */
	uint64_t total; /* read so far */
	uint64_t size;	/* of the current entry */
	bool inside;	/* an entry; its data may be left */
	bool eof, said, done;
	char buf[CHUNK];
};

/* libarchive may fail without a text. */
static const char *
reason(struct archive *tar)
{
	const char *text = archive_error_string(tar);

	return text == NULL ? "not a tar file" : text;
}

static ssize_t
read_fd(void *arg, void *buf, size_t n)
{
	struct archive_in *a = arg;
	ssize_t got;

	do
		got = read(a->fd, buf, n);
	while (got == -1 && errno == EINTR);
	if (got == -1)
		say("%s: read: %s", a->name, strerror(errno));
	return got;
}

/* The next bytes of the input, into buf; notes where its zeros begin. */
static ssize_t
take(struct archive_in *a)
{
	ssize_t n;
	size_t last;

	if (a->eof)
		return 0;
	n = a->read_fn(a->arg, a->buf, sizeof(a->buf));
	if (n < 0 || (size_t)n > sizeof(a->buf)) {
		a->said = true;
		return -1;
	}
	for (last = (size_t)n; last > 0 && a->buf[last - 1] == 0; last--)
		;
	if (last > 0)
		a->zeros = a->total + last;
	a->total += (uint64_t)n;
	a->eof = n == 0;
	return n;
}

static la_ssize_t
on_read(struct archive *tar, void *arg, const void **p)
{
	struct archive_in *a = arg;
	ssize_t n;

	n = take(a);
	*p = a->buf;
	if (n == -1)
		archive_set_error(tar, EIO, "read failed");
	return n;
}

static int
fail_in(struct archive_in *a)
{
	if (!a->said)
		say("%s: %s; get it anew", a->name, reason(a->tar));
	a->said = true;
	return -1;
}

static int
refuse(struct archive_in *a, const char *entry, const char *why)
{
	say("%s: entry %s: %s; refused", a->name, entry, why);
	a->said = true;
	return -1;
}

static struct archive_in *
begin(int fd, ssize_t (*read_fn)(void *, void *, size_t), void *arg,
    const char *name)
{
	struct archive_in *a;

	a = calloc(1, sizeof(*a));
	if (a == NULL)
		goto fail;
	a->fd = fd;
	a->read_fn = read_fn == NULL ? read_fd : read_fn;
	a->arg = read_fn == NULL ? a : arg;
	a->name = strdup(name);
	a->tar = archive_read_new();
	if (a->name == NULL || a->tar == NULL ||
	    archive_read_support_filter_none(a->tar) != ARCHIVE_OK ||
	    archive_read_support_format_tar(a->tar) != ARCHIVE_OK)
		goto fail;
	if (archive_read_open(a->tar, a, NULL, on_read, NULL) != ARCHIVE_OK) {
		(void)fail_in(a);
		archive_close(a);
		return NULL;
	}
	return a;
fail:
	say("%s: no memory to read an archive", name);
	archive_close(a);
	return NULL;
}

struct archive_in *
archive_open(int fd, const char *name)
{
	return begin(fd, NULL, NULL, name);
}

struct archive_in *
archive_open_fn(ssize_t (*read_fn)(void *arg, void *buf, size_t n), void *arg,
    const char *name)
{
	return begin(-1, read_fn, arg, name);
}

/* How much of the input the tar reader has used. */
static uint64_t
used(struct archive_in *a)
{
	return (uint64_t)archive_filter_bytes(a->tar, 0);
}

/* libarchive takes the end of the input, a failed read there, or one block of
 * zeros, for the end mark, and does not look at what follows. */
static int
finish(struct archive_in *a)
{
	uint64_t most = a->end + ZEROS_MAX;
	ssize_t n = 1;

	if (a->said)
		return -1;
	if (used(a) != a->end + END_MARK) {
		say("%s: cut short: it has no end mark; get it anew", a->name);
		return -1;
	}
	while (n > 0 && a->zeros <= a->end && a->total <= most)
		n = take(a);
	if (n == -1)
		return -1;
	if (n > 0) {
		say("%s: more bytes behind its end mark; refused", a->name);
		return -1;
	}
	a->done = true;
	return 0;
}

int
archive_next(struct archive_in *a, const char **entry, uint64_t *size)
{
	struct archive_entry *e;
	int rc;

	if (a->said)
		return -1;
	if (a->done)
		return 0;
	if (a->inside && archive_read_data_skip(a->tar) != ARCHIVE_OK)
		return fail_in(a);
	a->end = used(a);
	rc = archive_read_next_header(a->tar, &e);
	if (rc == ARCHIVE_EOF) {
		rc = finish(a);
		a->said = rc == -1;
		return rc;
	}
	if (rc != ARCHIVE_OK)
		return fail_in(a);
	a->inside = true;
	*entry = archive_entry_pathname(e);
	if (*entry == NULL)
		return refuse(a, "?", "its name cannot be read");
	if (archive_entry_filetype(e) != AE_IFREG ||
	    archive_entry_hardlink(e) != NULL ||
	    archive_entry_symlink(e) != NULL)
		return refuse(a, *entry, "not a regular file");
	if (!archive_entry_size_is_set(e) || archive_entry_size(e) < 0 ||
	    archive_entry_sparse_count(e) > 0)
		return refuse(a, *entry, "sparse, or of unknown size");
	a->size = (uint64_t)archive_entry_size(e);
	*size = a->size;
	return 1;
}

uint64_t
archive_at(struct archive_in *a)
{
	return used(a);
}

/* The current entry to write_fn, piece by piece, no holes. */
static int
get(struct archive_in *a, uint64_t max,
    int (*write_fn)(void *arg, const void *p, size_t n), void *arg)
{
	uint64_t got = 0;
	const void *p;
	la_int64_t at;
	size_t n;
	int rc;

	if (a->said)
		return -1;
	if (a->size > max)
		return refuse(a, "data", "larger than expected");
	for (;;) {
		rc = archive_read_data_block(a->tar, &p, &n, &at);
		if (rc == ARCHIVE_EOF)
			break;
		if (rc != ARCHIVE_OK)
			return fail_in(a);
		if ((uint64_t)at != got || n > a->size - got)
			return refuse(a, "data", "has holes");
		if (write_fn(arg, p, n) == -1) {
			a->said = true;
			return -1;
		}
		got += n;
	}
	if (got != a->size)
		return refuse(a, "data", "not as long as its header says");
	return 0;
}

struct target {
	const char *name;
	struct bytes *bytes;
	int fd;
};

static int
to_bytes(void *arg, const void *p, size_t n)
{
	struct target *t = arg;

	if (bytes_add(t->bytes, p, n) == 0)
		return 0;
	say("%s: no memory to read it", t->name);
	return -1;
}

static int
to_fd(void *arg, const void *p, size_t n)
{
	struct target *t = arg;

	return file_write(t->fd, t->name, p, n);
}

int
archive_get(struct archive_in *a, struct bytes *out, size_t max)
{
	struct target t = { a->name, out, -1 };

	return get(a, max, to_bytes, &t);
}

int
archive_get_fd(struct archive_in *a, int fd, uint64_t max)
{
	struct target t = { a->name, NULL, fd };

	return get(a, max, to_fd, &t);
}

void
archive_close(struct archive_in *a)
{
	if (a == NULL)
		return;
	if (a->tar != NULL)
		(void)archive_read_free(a->tar);
	free(a->name);
	explicit_bzero(a->buf, sizeof(a->buf));
	free(a);
}
