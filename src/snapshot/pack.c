#include "pack.h"

#include "../sys/archive.h"
#include "../sys/file.h"
#include "../sys/say.h"
#include "../store/generation.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Deltas smaller than that part of a dump are smaller than it compressed:
 * keys do not compress, and they are half of its digits. */
#define SMALL_PART 8

void
pack_words(const struct pack *k, char words[PACK_WORDS])
{
	static const char *const word[] = { "heartbeat", "delta", "full dump" };

	if (k->kind == PACK_DELTA && k->chain.n > 1)
		(void)snprintf(words, PACK_WORDS, "%u deltas", k->chain.n);
	else
		(void)snprintf(words, PACK_WORDS, "%s", word[k->kind]);
}

/* The whole dump, if it is smaller than the deltas in k or there are none. */
static int
choose_full(const char *dir, struct pack *k)
{
	int64_t size;

	k->full = generation_open_full(dir);
	if (k->full == -1)
		return k->chain.n > 0 ? 0 : -1;
	size = file_size(k->full, "dump.zst");
	if (size == -1)
		return -1;
	if (k->chain.n > 0 && k->chain.size <= (uint64_t)size)
		pack_release(k);
	else
		k->kind = PACK_FULL;
	return 0;
}

int
pack_choose(const struct state *s, const struct seal *now,
    const struct digest *has, bool full, struct pack *k)
{
	char dir[PATH_MAX];

	*k = (struct pack)PACK_NONE;
	if (has != NULL && !full && digest_equal(has, &now->m.dump.digest))
		return 0;
	k->kind = PACK_DELTA;
	generation_dir(s, now->m.epoch, now->m.generation, dir);
	if (has != NULL && !full)
		chain_find(s, &now->m, has, &k->chain);
	/* Whoever asks for the whole dump may have got a damaged one. */
	if (full)
		generation_drop_full(dir);
	if (k->chain.n > 0 && k->chain.size < now->m.dump.size / SMALL_PART)
		return 0;
	return choose_full(dir, k);
}

bool
pack_needs_grant(const struct hello *h, const struct seal *now)
{
	return now->granted &&
	    !(span_equal(
		  h->grant, (struct span){ now->grant.p, now->grant.len }) &&
		span_equal(h->grant_sig,
		    (struct span){ now->grant_sig.p, now->grant_sig.len }));
}

static int
put_bytes(
    struct archive_out *a, const char *name, int64_t t, const struct bytes *b)
{
	return archive_put(a, name, t, b->p, b->len);
}

static int
put_fd(struct archive_out *a, const char *name, int64_t t, int fd)
{
	int64_t size = file_size(fd, name);

	return size == -1 ? -1 : archive_put_fd(a, name, t, fd, (uint64_t)size);
}

static int
put_link(struct archive_out *a, const struct state *s,
    const struct chain_link *link, int64_t t)
{
	char dir[PATH_MAX], name[BUNDLE_NAME_MAX];
	int fd, rc;

	generation_dir(s, link->epoch, link->n, dir);
	bundle_name(BUNDLE_DELTA, &link->base, name);
	fd = generation_open_delta(dir, &link->base);
	if (fd == -1) {
		say("%s/%s: %s", dir, name, strerror(errno));
		return -1;
	}
	rc = put_fd(a, name, t, fd);
	(void)close(fd);
	return rc;
}

static int
put_all(struct archive_out *a, const struct pack *k, const struct state *s,
    const struct seal *now)
{
	int64_t t = now->m.as_of;

	if (put_bytes(a, "manifest", t, &now->text) == -1 ||
	    put_bytes(a, "manifest.sig", t, &now->sig) == -1)
		return -1;
	if (k->grant && now->granted &&
	    (put_bytes(a, "grant", t, &now->grant) == -1 ||
		put_bytes(a, "grant.sig", t, &now->grant_sig) == -1))
		return -1;
	if (k->kind == PACK_FULL)
		return put_fd(a, "dump.zst", t, k->full);
	/* In the order of use. */
	for (unsigned i = k->chain.n; i-- > 0;)
		if (put_link(a, s, &k->chain.link[i], t) == -1)
			return -1;
	return 0;
}

int
pack_write(
    const struct pack *k, const struct state *s, const struct seal *now, int fd)
{
	struct archive_out *a = archive_create(fd, "bundle");

	if (a == NULL)
		return -1;
	if (put_all(a, k, s, now) == -1) {
		archive_drop(a);
		return -1;
	}
	return archive_finish(a);
}

void
pack_release(struct pack *k)
{
	if (k->full != -1)
		(void)close(k->full);
	k->full = -1;
}
