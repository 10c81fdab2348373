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

struct archive_out {
	struct archive *tar;
	struct archive_entry *entry;
	char *name;
	int (*write_fn)(void *arg, const void *p, size_t n);
	void *arg;
	int fd;
	bool dead; /* nothing more goes out */
};

/* libarchive may fail without a text. */
static const char *
reason(struct archive *tar)
{
	const char *text = archive_error_string(tar);

	return text == NULL ? "failed" : text;
}

static int
write_fd(void *arg, const void *p, size_t n)
{
	struct archive_out *a = arg;

	return file_write(a->fd, a->name, p, n);
}

static la_ssize_t
on_write(struct archive *tar, void *arg, const void *p, size_t n)
{
	struct archive_out *a = arg;

	if (!a->dead && a->write_fn(a->arg, p, n) == 0)
		return (la_ssize_t)n;
	a->dead = true;
	archive_set_error(tar, EIO, "write failed");
	return -1;
}

static struct archive_out *
create(int fd, int (*write_fn)(void *, const void *, size_t), void *arg,
    const char *name)
{
	struct archive_out *a;

	a = calloc(1, sizeof(*a));
	if (a == NULL)
		goto fail;
	a->fd = fd;
	a->write_fn = write_fn == NULL ? write_fd : write_fn;
	a->arg = write_fn == NULL ? a : arg;
	a->name = strdup(name);
	a->entry = archive_entry_new();
	a->tar = archive_write_new();
	if (a->name == NULL || a->entry == NULL || a->tar == NULL ||
	    archive_write_set_format_pax_restricted(a->tar) != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(a->tar, 1) != ARCHIVE_OK ||
	    archive_write_open(a->tar, a, NULL, on_write, NULL) != ARCHIVE_OK)
		goto fail;
	return a;
fail:
	say("%s: no memory to write an archive", name);
	archive_drop(a);
	return NULL;
}

struct archive_out *
archive_create(int fd, const char *name)
{
	return create(fd, NULL, NULL, name);
}

struct archive_out *
archive_create_fn(int (*write_fn)(void *arg, const void *p, size_t n),
    void *arg, const char *name)
{
	return create(-1, write_fn, arg, name);
}

/* Who wrote has said what went wrong with a write. */
static int
fail_out(struct archive_out *a, const char *entry)
{
	if (!a->dead)
		say("%s: write %s: %s", a->name, entry, reason(a->tar));
	a->dead = true;
	return -1;
}

static int
put_header(struct archive_out *a, const char *entry, int64_t t, uint64_t size)
{
	if (a->dead)
		return -1;
	archive_entry_clear(a->entry);
	archive_entry_set_pathname(a->entry, entry);
	archive_entry_set_filetype(a->entry, AE_IFREG);
	archive_entry_set_perm(a->entry, 0600);
	archive_entry_set_mtime(a->entry, t, 0);
	archive_entry_set_size(a->entry, (int64_t)size);
	if (archive_write_header(a->tar, a->entry) != ARCHIVE_OK)
		return fail_out(a, entry);
	return 0;
}

static int
put_data(struct archive_out *a, const char *entry, const char *p, size_t n)
{
	la_ssize_t done;

	while (n > 0) {
		done = archive_write_data(a->tar, p, n);
		if (done <= 0)
			return fail_out(a, entry);
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

int
archive_put(struct archive_out *a, const char *entry, int64_t t, const void *p,
    size_t n)
{
	if (put_header(a, entry, t, n) == -1)
		return -1;
	return put_data(a, entry, p, n);
}

/* pread(2), not interrupted. */
static ssize_t
read_at(int fd, const char *name, void *p, size_t n, uint64_t at)
{
	ssize_t got;

	do
		got = pread(fd, p, n, (off_t)at);
	while (got == -1 && errno == EINTR);
	if (got == -1)
		say("%s: read: %s", name, strerror(errno));
	return got;
}

int
archive_put_fd(
    struct archive_out *a, const char *entry, int64_t t, int fd, uint64_t size)
{
	return archive_put_part(a, entry, t, fd, 0, size);
}

int
archive_put_part(struct archive_out *a, const char *entry, int64_t t, int fd,
    uint64_t from, uint64_t size)
{
	uint64_t at = 0;
	ssize_t n = 0;
	char *buf;

	buf = malloc(CHUNK);
	if (buf == NULL) {
		say("%s: no memory to write %s", a->name, entry);
		a->dead = true;
		return -1;
	}
	if (put_header(a, entry, t, size) == -1)
		goto out;
	for (; at < size; at += (uint64_t)n) {
		n = read_at(fd, entry, buf,
		    size - at < CHUNK ? (size_t)(size - at) : CHUNK, from + at);
		if (n == 0)
			say("%s: ends after %llu of %llu bytes", entry,
			    (unsigned long long)at, (unsigned long long)size);
		if (n <= 0 || put_data(a, entry, buf, (size_t)n) == -1)
			break;
	}
out:
	explicit_bzero(buf, CHUNK);
	free(buf);
	if (at == size && !a->dead)
		return 0;
	a->dead = true;
	return -1;
}

int
archive_finish(struct archive_out *a)
{
	int rc = a->dead ? -1 : 0;

	if (rc == 0 && archive_write_close(a->tar) != ARCHIVE_OK)
		rc = fail_out(a, "the end mark");
	archive_drop(a);
	return rc;
}

/* A cut archive must not look whole, but libarchive writes the end mark when it
 * frees: dead, on_write lets nothing out.  The close is for its own memory,
 * which it leaks when it frees after a failure. */
void
archive_drop(struct archive_out *a)
{
	if (a == NULL)
		return;
	a->dead = true;
	if (a->tar != NULL) {
		(void)archive_write_close(a->tar);
		(void)archive_write_free(a->tar);
	}
	archive_entry_free(a->entry);
	free(a->name);
	free(a);
}
