#include "spool.h"

#include "../format/bundle.h"
#include "../sys/file.h"
#include "../sys/newfile.h"
#include "../sys/say.h"

#include <string.h>
#include <unistd.h>

int
spool_begin(struct spool *p, const char *dir)
{
	*p = (struct spool)SPOOL_NONE;
	p->fd = newfile_scratch(dir);
	return p->fd == -1 ? -1 : 0;
}

void
spool_release(struct spool *p)
{
	if (p->fd != -1)
		(void)close(p->fd);
	p->fd = -1;
	digest_drop(p->run);
	p->run = NULL;
	index_release(&p->index);
}

static int
add(void *arg, const void *bytes, size_t n)
{
	struct spool *p = arg;

	if (digest_add(p->run, bytes, n) == -1) {
		say("archive: libcrypto refuses to make a SHA-256");
		return -1;
	}
	if (file_write(p->fd, "archive", bytes, n) == -1)
		return -1;
	p->end += n;
	return 0;
}

static struct index_member *
begin(struct spool *p, enum index_kind kind)
{
	struct index_member *m = index_add(&p->index);

	p->run = digest_begin();
	if (m == NULL || p->run == NULL) {
		say("archive: no memory");
		return NULL;
	}
	m->kind = kind;
	m->size = p->end;
	return m;
}

static int
end(struct spool *p, struct index_member *m)
{
	int rc = digest_end(p->run, &m->digest);

	p->run = NULL;
	m->size = p->end - m->size;
	if (rc == -1)
		say("archive: libcrypto refuses to make a SHA-256");
	return rc;
}

int
spool_add_file(struct spool *p, enum index_kind kind, struct span text)
{
	struct index_member *m = begin(p, kind);

	if (m == NULL || (text.len > 0 && add(p, text.p, text.len) == -1))
		return -1;
	return end(p, m);
}

static int
put_bundle(struct archive_out *a, const struct seal *s, int fd,
    const struct digest *base)
{
	static const struct digest none;
	char name[BUNDLE_NAME_MAX];
	int64_t size = file_size(fd, "payload");

	bundle_name(base == NULL ? BUNDLE_DUMP : BUNDLE_DELTA,
	    base == NULL ? &none : base, name);
	if (size == -1 || seal_put(a, s) == -1)
		return -1;
	return archive_put_fd(a, name, s->m.as_of, fd, (uint64_t)size);
}

int
spool_add_bundle(
    struct spool *p, const struct seal *s, int fd, const struct digest *base)
{
	struct index_member *m = begin(p, INDEX_BUNDLE);
	struct archive_out *a;

	if (m == NULL)
		return -1;
	m->epoch = s->m.epoch;
	m->generation = s->m.generation;
	a = archive_create_fn(add, p, "bundle");
	if (a == NULL)
		return -1;
	if (put_bundle(a, s, fd, base) == -1) {
		archive_drop(a);
		return -1;
	}
	return archive_finish(a) == -1 ? -1 : end(p, m);
}

int
spool_put(const struct spool *p, struct archive_out *a)
{
	char name[INDEX_NAME_MAX];
	uint64_t at = 0;

	for (size_t i = 0; i < p->index.n; i++) {
		const struct index_member *m = &p->index.member[i];

		index_name(m, name);
		if (archive_put_part(
			a, name, p->index.made, p->fd, at, m->size) == -1)
			return -1;
		at += m->size;
	}
	return 0;
}
