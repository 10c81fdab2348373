#ifndef KDCSYNC_TEST_PRIMARY_H
#define KDCSYNC_TEST_PRIMARY_H

/* A primary's state directory, with generations as a run leaves them. */

#include "golden.h"
#include "scratch.h"

#include "store/generation.h"
#include "store/seal.h"
#include "store/state.h"

#define PRIMARY_SIG "-----BEGIN SSH SIGNATURE-----\nnot looked at here\n"

struct primary {
	char dir[32];
	struct state s;
	uint64_t epoch;	   /* of the next one; 0: 1 */
	int64_t taken;	   /* 0: golden's */
	struct seal now;   /* of the last generation added */
	char at[PATH_MAX]; /* its directory */
};

static inline void
primary_begin(struct primary *p)
{
	memset(p, 0, sizeof(*p));
	scratch_dir(p->dir);
	memcpy(p->s.dir, p->dir, sizeof(p->dir));
}

static inline void
primary_end(struct primary *p)
{
	scratch_tree(p->dir);
	seal_release(&p->now);
}

static inline uint64_t
primary_epoch(const struct primary *p)
{
	return p->epoch == 0 ? 1 : p->epoch;
}

/* now becomes generation n with this dump; the rest is golden. */
static inline void
primary_sign(struct primary *p, uint64_t n, struct span dump)
{
	struct bytes text = golden_read(GOLDEN "format-1/manifest");
	char encoded[MANIFEST_MAX];
	struct manifest m;
	const char *why;
	size_t len;

	assert_int_equal(manifest_decode(golden_span(&text), &m, &why), 0);
	bytes_release(&text);
	m.epoch = primary_epoch(p);
	m.generation = n;
	if (p->taken != 0)
		m.taken = m.as_of = p->taken;
	m.dump.size = dump.len;
	assert_int_equal(digest_of(dump.p, dump.len, &m.dump.digest), 0);
	len = manifest_encode(&m, encoded);
	assert_int_not_equal(len, 0);
	seal_release(&p->now);
	assert_int_equal(seal_from((struct span){ encoded, len },
			     golden_text(PRIMARY_SIG), &p->now, &why),
	    0);
}

/* Adds generation n with this dump, and its delta from the one before. */
static inline void
primary_add(struct primary *p, uint64_t n, struct span dump)
{
	char before[PATH_MAX], path[PATH_MAX];
	struct dump_facts base = p->now.m.dump;
	int fd = scratch_file(dump.p, dump.len);

	memcpy(before, p->at, sizeof(before));
	primary_sign(p, n, dump);
	assert_int_equal(
	    generation_begin(&p->s, primary_epoch(p), n, p->at), 0);
	assert_int_equal(generation_put_dump(p->at, fd, dump.len), 0);
	close(fd);
	if (before[0] != '\0')
		assert_int_equal(generation_put_delta(p->at, before, &base,
				     &p->now.m.dump),
		    0);
	generation_file(p->at, "manifest", path);
	scratch_write(path, p->now.text.p, p->now.text.len);
	generation_file(p->at, "manifest.sig", path);
	scratch_write(path, p->now.sig.p, p->now.sig.len);
}

#endif
