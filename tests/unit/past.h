#ifndef KDCSYNC_TEST_PAST_H
#define KDCSYNC_TEST_PAST_H

/* A primary with a past: what it should give back is remembered here. */

#include "primary.h"
#include "said.h"

#include "store/past/expiry.h"
#include "store/past/history.h"
#include "sys/file.h"

#define PAST_SIZE 4000
#define PAST_MAX 400

struct past {
	struct primary p;
	char dump[PAST_SIZE]; /* the newest one's */
	struct past_one {
		uint64_t epoch, n;
		int64_t taken;
		char *dump;
	} one[PAST_MAX]; /* the oldest first */
	size_t n;
	struct said said;
};

static inline void
past_begin(struct past *f)
{
	say_level(true, false);
	memset(f, 0, sizeof(*f));
	primary_begin(&f->p);
	/* Lines, as compressible as a dump. */
	scratch_noise(f->dump, PAST_SIZE, 1);
	for (size_t i = 0; i < PAST_SIZE; i++)
		f->dump[i] =
		    (char)(i % 80 == 79 ? '\n' : 'a' + f->dump[i] % 13);
}

static inline void
past_end(struct past *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->one[i].dump);
	primary_end(&f->p);
}

/* Adds generation n, taken then, with the dump as it is, and makes it current. */
static inline void
past_add(struct past *f, uint64_t n, int64_t taken)
{
	struct past_one *x = &f->one[f->n++];
	char path[PATH_MAX];

	assert_true(f->n < PAST_MAX);
	f->p.taken = taken;
	primary_add(&f->p, n, (struct span){ f->dump, PAST_SIZE });
	state_path(&f->p.s, STATE_CURRENT, path);
	assert_int_equal(seal_write(path, &f->p.now), 0);
	*x = (struct past_one){ primary_epoch(&f->p), n, taken,
		malloc(PAST_SIZE) };
	assert_non_null(x->dump);
	memcpy(x->dump, f->dump, PAST_SIZE);
}

/* Some records changed. */
static inline void
past_change(struct past *f, uint32_t seed)
{
	for (int i = 0; i < 3; i++) {
		seed = seed * 1664525u + 1013904223u;
		scratch_noise(
		    f->dump + (seed >> 8) % (PAST_SIZE - 40), 40, seed);
	}
}

static inline void
past_expire(struct past *f, const char *rules, int64_t now)
{
	const char *why;
	struct keep k;
	int rc;

	assert_int_equal(keep_decode(rules, &k, &why), 0);
	said_begin(&f->said);
	rc = expiry_run(&f->p.s, &k, now);
	said_nothing(&f->said);
	assert_int_equal(rc, 0);
}

/* first to last of epoch 1, each with its way back but the last. */
static inline void
past_row(struct past *f, unsigned first, unsigned last)
{
	for (unsigned n = first; n <= last; n++) {
		past_change(f, n);
		past_add(f, n, 1000000 + n * 300);
		past_expire(f, "all 365d", 1000000 + n * 300);
	}
}

static inline void
past_dir(struct past *f, const struct past_one *x, char dir[PATH_MAX])
{
	generation_dir(&f->p.s, x->epoch, x->n, dir);
}

/* The only file of that generation that is called so, or whose name begins so, if
 * that ends in a dot; false: there is none. */
static inline bool
past_file(struct past *f, uint64_t n, const char *start, char path[PATH_MAX])
{
	char dir[PATH_MAX];
	struct dirent *e;
	bool found = false;
	DIR *d;

	generation_dir(&f->p.s, primary_epoch(&f->p), n, dir);
	d = opendir(dir);
	while (d != NULL && (e = readdir(d)) != NULL)
		if (start[strlen(start) - 1] == '.'
			? strncmp(e->d_name, start, strlen(start)) == 0
			: strcmp(e->d_name, start) == 0) {
			assert_false(found);
			found = true;
			generation_file(dir, e->d_name, path);
		}
	if (d != NULL)
		closedir(d);
	return found;
}

static inline bool
past_has(struct past *f, uint64_t n, const char *start)
{
	char path[PATH_MAX];

	return past_file(f, n, start, path);
}

/* What history_open gives of it: 1, it; 0, nothing.  Anything else fails. */
static inline int
past_open(struct past *f, const struct past_one *x)
{
	struct manifest m = { .epoch = x->epoch, .generation = x->n };
	char dir[PATH_MAX];
	int fd;

	/* A damaged one is asked for by its name. */
	past_dir(f, x, dir);
	if (generation_manifest(dir, &m) == -1)
		m.dump.size = PAST_SIZE;
	m.epoch = x->epoch;
	m.generation = x->n;
	fd = history_open(&f->p.s, &m);
	if (fd == -1)
		return 0;
	if (!scratch_is(fd, x->dump, PAST_SIZE))
		fail_msg("%s: something else was given back", dir);
	close(fd);
	return 1;
}

static inline void
past_gives(struct past *f, const struct past_one *x)
{
	said_begin(&f->said);
	if (past_open(f, x) != 1) {
		(void)said_end(&f->said);
		fail_msg("%lu.%lu is not given back: %s",
		    (unsigned long)x->epoch, (unsigned long)x->n, f->said.text);
	}
	said_nothing(&f->said);
}

/* Every generation that is listed is given back; how many that are. */
static inline size_t
past_all(struct past *f)
{
	size_t n, good, at = 0;
	struct history h;

	said_begin(&f->said);
	assert_int_equal(history_verify(&f->p.s, &n, &good), 0);
	assert_int_equal(history_read(&f->p.s, &h), 0);
	said_nothing(&f->said);
	assert_int_equal(n, good);
	assert_int_equal(n, h.n);
	for (size_t i = f->n; i-- > 0 && at < h.n;)
		if (h.m[at].epoch == f->one[i].epoch &&
		    h.m[at].generation == f->one[i].n) {
			past_gives(f, &f->one[i]);
			at++;
		}
	assert_int_equal(at, h.n);
	history_release(&h);
	return n;
}

#endif
