#include "bundles.h"

#include "../sys/delta.h"
#include "../sys/file.h"
#include "../sys/newfile.h"
#include "../sys/say.h"
#include "../sys/stop.h"
#include "../store/dump_delta.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

struct job {
	struct spool *spool;
	const struct stock *stock;
	int base; /* the dump of the last generation added; -1 */
	struct digest base_digest;
	int plain, packed; /* a delta; a payload, compressed */
	uint64_t full;	   /* bytes of the first payload */
};

static int
empty(int fd)
{
	return ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0 ? 0 : -1;
}

static int
compress(struct job *j, int from, uint64_t *size)
{
	int64_t n;

	if (empty(j->packed) == -1) {
		say("scratch file: %s", strerror(errno));
		return -1;
	}
	if (archive_compress(from, j->packed) == -1)
		return -1;
	n = file_size(j->packed, "payload");
	*size = (uint64_t)n;
	return n == -1 ? -1 : 0;
}

/* The payload of a dump: as a delta if that is smaller than the whole of the
 * first, which is about as large as this one's. */
static int
make_payload(struct job *j, int dump, const struct digest **base)
{
	uint64_t size;
	int rc;

	*base = NULL;
	if (j->base != -1) {
		rc = dump_delta_make(j->base, dump, j->plain);
		if (rc == 1)
			rc = delta_make(j->base, dump, j->plain);
		if (rc == -1 || compress(j, j->plain, &size) == -1)
			return -1;
		*base = &j->base_digest;
		if (size < j->full)
			return 0;
		*base = NULL;
	}
	if (compress(j, dump, &size) == -1)
		return -1;
	if (j->full == 0)
		j->full = size;
	return 0;
}

/* 0; -1, said. */
static int
add_dump(
    struct job *j, const struct manifest *m, const struct seal *s, int dump)
{
	const struct digest *base;

	if (make_payload(j, dump, &base) == -1 ||
	    spool_add_bundle(j->spool, s, j->packed, base) == -1)
		return -1;
	if (j->base != -1)
		(void)close(j->base);
	j->base = dump;
	j->base_digest = m->dump.digest;
	return 0;
}

/* 1: added; 0: it cannot be had, said; -1: the archive cannot be made, said. */
static int
add_generation(struct job *j, const struct manifest *m)
{
	struct seal s = SEAL_NONE;
	int dump = -1, rc = 0;

	if (stock_seal(j->stock, m, &s) == 0)
		dump = stock_open(j->stock, m);
	if (dump != -1) {
		rc = add_dump(j, m, &s, dump) == 0 ? 1 : -1;
		if (rc == -1)
			(void)close(dump);
	}
	seal_release(&s);
	return rc;
}

static int
add_older(struct job *j, size_t i, bool *left_out)
{
	const struct history *all = &j->stock->all;
	int rc = 1;

	/* Room for the files of the configuration. */
	for (; rc != -1 && i < all->n &&
	     j->spool->index.n < INDEX_MEMBERS - INDEX_KINDS;
	     i++) {
		rc = stop_asked() ? -1 : add_generation(j, &all->m[i]);
		if (rc != 0)
			continue;
		say("generation %" PRIu64 ".%" PRIu64
		    " is left out of the archive",
		    all->m[i].epoch, all->m[i].generation);
		*left_out = true;
	}
	return rc == -1 ? -1 : 0;
}

int
bundles_add(struct spool *p, const struct stock *k, const struct manifest *m,
    bool older, bool *left_out)
{
	struct job j = { .spool = p,
		.stock = k,
		.base = -1,
		.plain = newfile_scratch(k->state->dir),
		.packed = newfile_scratch(k->state->dir) };
	int rc = -1;

	if (j.plain != -1 && j.packed != -1 && add_generation(&j, m) == 1)
		rc = 0;
	if (rc == 0 && older)
		rc = add_older(&j, (size_t)(m - k->all.m) + 1, left_out);
	if (j.base != -1)
		(void)close(j.base);
	if (j.plain != -1)
		(void)close(j.plain);
	if (j.packed != -1)
		(void)close(j.packed);
	return rc;
}
