/* Goal of this test: a replica that was away gets the fewest deltas that lead to
 * the present dump or none at all, and what is pruned is what no chain needs. */

#include "golden.h"
#include "said.h"

#include "store/chain.h"
#include "store/generation.h"

#define DELTA 100 /* bytes of one, here */

static struct {
	char dir[32], all[64];
	struct state s;
	struct manifest now, model;
	struct chain c;
	const char *past; /* what gives back a dump of make's, if anything */
	struct said said;
} f;

static int
prepare(void **state)
{
	struct bytes text = golden_read(GOLDEN "format-1/manifest");
	const char *why;

	(void)state;
	memset(&f, 0, sizeof(f));
	scratch_dir(f.dir);
	snprintf(f.all, sizeof(f.all), "%s/generations", f.dir);
	memcpy(f.s.dir, f.dir, sizeof(f.dir));
	assert_int_equal(
	    manifest_decode(golden_span(&text), &f.model, &why), 0);
	bytes_release(&text);
	return 0;
}

static int
clean(void **state)
{
	(void)state;
	scratch_tree(f.dir);
	return 0;
}

/* A dump is called by a number here; this is its digest. */
static struct digest
dump(unsigned name)
{
	struct digest d;

	assert_int_equal(digest_of(&name, sizeof(name), &d), 0);
	return d;
}

static void
put(const char *dir, const char *name, size_t size)
{
	static char zeros[10000];
	char path[PATH_MAX];

	generation_file(dir, name, path);
	assert_true(size <= sizeof(zeros));
	scratch_write(path, zeros, size);
}

static void
put_manifest(const char *dir, const struct manifest *m)
{
	char text[MANIFEST_MAX], path[PATH_MAX];
	size_t n = manifest_encode(m, text);

	assert_true(n > 0);
	generation_file(dir, "manifest", path);
	scratch_write(path, text, n);
}

static void
delta_name(unsigned base, char name[BUNDLE_NAME_MAX])
{
	struct digest d = dump(base);

	bundle_name(BUNDLE_DELTA, &d, name);
}

/* Generation epoch.n, which is now: this dump, and a delta of size bytes (0:
 * none) from that base. */
static void
make(uint64_t epoch, uint64_t n, unsigned makes, unsigned base, size_t size)
{
	char dir[PATH_MAX], name[BUNDLE_NAME_MAX];

	assert_int_equal(generation_begin(&f.s, epoch, n, dir), 0);
	f.now = f.model;
	f.now.epoch = epoch;
	f.now.generation = n;
	f.now.dump.digest = dump(makes);
	f.now.dump.size = 100000;
	put_manifest(dir, &f.now);
	put(dir, "manifest.sig", 10);
	if (f.past != NULL)
		put(dir, f.past, 1000);
	delta_name(base, name);
	if (size > 0)
		put(dir, name, size);
}

/* Generations 1 to last in epoch 1, dump i in generation i. */
static void
make_row(unsigned last)
{
	for (unsigned i = 1; i <= last; i++)
		make(1, i, i, i - 1, DELTA);
}

static void
find(unsigned has)
{
	struct digest d = dump(has);

	memset(&f.c, 0xff, sizeof(f.c));
	said_begin(&f.said);
	chain_find(&f.s, &f.now, &d, &f.c);
	said_nothing(&f.said);
}

static void
finds_none(unsigned has)
{
	find(has);
	assert_int_equal(f.c.n, 0);
	assert_int_equal(f.c.size, 0);
}

/* Link i makes generation epoch.n from that base. */
static void
is_link(unsigned i, uint64_t epoch, uint64_t n, unsigned base)
{
	struct digest d = dump(base);

	assert_true(i < f.c.n);
	assert_int_equal(f.c.link[i].epoch, epoch);
	assert_int_equal(f.c.link[i].n, n);
	assert_true(digest_equal(&f.c.link[i].base, &d));
}

/* The way of generations in epoch 1, newest first, ended by 0; each from the
 * dump of the number before. */
static void
finds(unsigned has, const uint64_t *way)
{
	unsigned n = 0;

	find(has);
	for (; way[n] != 0; n++)
		is_link(n, 1, way[n], (unsigned)way[n] - 1);
	assert_int_equal(f.c.n, n);
	assert_int_equal(f.c.size, n * DELTA);
}

static void
path_in(unsigned n, const char *name, char path[PATH_MAX])
{
	char dir[PATH_MAX];

	generation_dir(&f.s, 1, n, dir);
	generation_file(dir, name, path);
}

/*
 * Finding.
 */
static void
test_nothing(void **state)
{
	(void)state;
	f.now = f.model;
	finds_none(1);
	assert_int_equal(mkdir(f.all, 0700), 0);
	finds_none(1);
	/* The first one has no delta. */
	make(1, 1, 1, 0, 0);
	finds_none(0);
	finds_none(1);
}

static void
test_hops(void **state)
{
	static const uint64_t one[] = { 5, 0 }, two[] = { 5, 4, 0 },
			      all[] = { 5, 4, 3, 2, 1, 0 };

	(void)state;
	make_row(5);
	finds(4, one);
	finds(3, two);
	finds(0, all);
	/* What it has already, or never was. */
	finds_none(5);
	finds_none(6);
	finds_none(99);
}

/* As numbers: after 9 comes 10, though its text sorts before. */
static void
test_numbers(void **state)
{
	static const uint64_t way[] = { 11, 10, 9, 8, 0 };

	(void)state;
	make_row(11);
	finds(7, way);
	make(1, 99, 20, 11, DELTA);
	make(1, 100, 21, 20, DELTA);
	find(10);
	assert_int_equal(f.c.n, 3);
	is_link(0, 1, 100, 20);
	is_link(1, 1, 99, 11);
	is_link(2, 1, 11, 10);
}

static void
test_epochs(void **state)
{
	(void)state;
	make(1, 9, 2, 1, DELTA);
	make(1, 10, 3, 2, DELTA);
	make(2, 11, 4, 3, DELTA);
	make(10, 1, 5, 4, DELTA);
	make(10, 2, 6, 5, DELTA);
	find(1);
	assert_int_equal(f.c.n, 5);
	is_link(0, 10, 2, 5);
	is_link(1, 10, 1, 4);
	is_link(2, 2, 11, 3);
	is_link(3, 1, 10, 2);
	is_link(4, 1, 9, 1);
	/* The largest that there can be. */
	make(UINT64_MAX, UINT64_MAX, 7, 6, DELTA);
	find(5);
	assert_int_equal(f.c.n, 2);
	is_link(0, UINT64_MAX, UINT64_MAX, 6);
}

/* A -> B -> A -> C: who has A needs one step, not three, and a bundle has no two
 * deltas from one base. */
static void
test_came_back(void **state)
{
	enum { Z, A, B, C };

	(void)state;
	make(1, 1, A, Z, DELTA);
	make(1, 2, B, A, DELTA);
	make(1, 3, A, B, DELTA);
	make(1, 4, C, A, DELTA);
	find(A);
	assert_int_equal(f.c.n, 1);
	is_link(0, 1, 4, A);
	find(B);
	assert_int_equal(f.c.n, 2);
	is_link(0, 1, 4, A);
	is_link(1, 1, 3, B);
	find(Z);
	assert_int_equal(f.c.n, 2);
	assert_int_equal(f.c.size, 2 * DELTA);
	is_link(0, 1, 4, A);
	is_link(1, 1, 1, Z);
}

/* The present dump is one that was there before. */
static void
test_came_back_now(void **state)
{
	enum { Z, A, B, C };

	(void)state;
	make(1, 1, A, Z, DELTA);
	make(1, 2, B, A, DELTA);
	make(1, 3, C, B, DELTA);
	make(1, 4, A, C, DELTA);
	find(Z);
	assert_int_equal(f.c.n, 1);
	assert_int_equal(f.c.size, DELTA);
	is_link(0, 1, 1, Z);
	find(B);
	assert_int_equal(f.c.n, 2);
	is_link(0, 1, 4, C);
	is_link(1, 1, 3, B);
}

/* To and fro, again and again. */
static void
test_flapping(void **state)
{
	(void)state;
	make(1, 1, 50, 49, DELTA);
	for (unsigned n = 2; n < 3 * BUNDLE_DELTAS; n++)
		make(1, n, 50 + (n + 1) % 2, 50 + n % 2, DELTA);
	make(1, 1000, 60, 50, DELTA);
	find(49);
	assert_int_equal(f.c.n, 2);
	is_link(0, 1, 1000, 50);
	is_link(1, 1, 1, 49);
	find(51);
	assert_int_equal(f.c.n, 2);
}

/* A gap in the numbers is none in the chain; one of the dumps is. */
static void
test_gaps(void **state)
{
	char dir[PATH_MAX];

	(void)state;
	make(1, 2, 2, 1, DELTA);
	make(1, 7, 3, 2, DELTA);
	find(1);
	assert_int_equal(f.c.n, 2);
	generation_dir(&f.s, 1, 2, dir);
	make(1, 1, 1, 0, DELTA);
	make(1, 7, 3, 2, DELTA);
	find(0);
	assert_int_equal(f.c.n, 3);
	scratch_tree(dir);
	finds_none(1);
	finds_none(0);
	find(2);
	assert_int_equal(f.c.n, 1);
}

/* Generation 3 of 5 is not what it was: the chain goes as far as 4. */
static void
broken(void)
{
	static const uint64_t two[] = { 5, 4, 0 };

	finds(3, two);
	finds_none(2);
	finds_none(1);
}

static void
test_delta_lost(void **state)
{
	char name[BUNDLE_NAME_MAX], other[BUNDLE_NAME_MAX], path[PATH_MAX],
	    to[PATH_MAX];

	(void)state;
	make_row(5);
	delta_name(2, name);
	path_in(3, name, path);
	assert_int_equal(unlink(path), 0);
	broken();
	scratch_write(path, "", 0); /* cut to nothing */
	broken();
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/etc/hostname", path), 0);
	broken();
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	broken();
	assert_int_equal(rmdir(path), 0);
	/* From another base than generation 2 made. */
	delta_name(77, other);
	path_in(3, other, to);
	scratch_write(to, "x", 1);
	broken();
	assert_int_equal(unlink(to), 0);
	/* Names that no bundle has, beside it and instead of it. */
	path_in(3, "delta.zst", to);
	scratch_write(to, "x", 1);
	path_in(3, "delta.00.zst", to);
	scratch_write(to, "x", 1);
	path_in(3, "delta.", to);
	scratch_write(to, "x", 1);
	broken();
	scratch_write(path, "x", 1);
	find(2);
	assert_int_equal(f.c.n, 3);
}

static void
test_manifest_lost(void **state)
{
	struct bytes text = golden_read(GOLDEN "format-1/manifest");
	char path[PATH_MAX], dir[PATH_MAX];
	struct manifest m = f.model;

	(void)state;
	make_row(5);
	path_in(3, "manifest", path);
	assert_int_equal(unlink(path), 0);
	broken();
	scratch_write(path, "", 0);
	broken();
	/* Whole, but of a dump that this is not. */
	scratch_write(path, text.p, text.len);
	broken();
	generation_dir(&f.s, 1, 3, dir);
	m.dump.digest = dump(3);
	put_manifest(dir, &m);
	find(2);
	assert_int_equal(f.c.n, 3);
	assert_int_equal(truncate(path, (off_t)text.len - 1), 0);
	broken();
	bytes_release(&text);
}

/* Our own generation is gone, or not what now says. */
static void
test_now_lost(void **state)
{
	char path[PATH_MAX];

	(void)state;
	make_row(3);
	f.now.dump.digest = dump(9);
	finds_none(2);
	f.now.dump.digest = dump(3);
	path_in(3, "manifest", path);
	assert_int_equal(unlink(path), 0);
	finds_none(2);
	finds_none(1);
}

/* What stands in the directory beside generations. */
static void
put_strangers(void)
{
	static const char *const name[] = { "1.2.bak", "01.2", "1.02", "1.",
		".2", "1", "1.-2", "+1.2", "lost+found", "1.2 ", " 1.2", ".x",
		"99999999999999999999.1", "1.99999999999999999999", "a.b" };
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", f.all, name[i]);
		assert_int_equal(mkdir(path, 0700), 0);
		put(path, "kept", 1);
	}
	snprintf(path, sizeof(path), "%s/notes", f.all);
	scratch_write(path, "x", 1);
}
#define STRANGERS 16

static void
test_strangers(void **state)
{
	static const uint64_t way[] = { 4, 3, 2, 0 };

	(void)state;
	make_row(4);
	put_strangers();
	finds(1, way);
	assert_int_equal(scratch_names(f.all, 0), 4 + STRANGERS);
	chain_prune(&f.s, &f.now);
	assert_int_equal(scratch_names(f.all, 0), 4 + STRANGERS);
	finds(1, way);
}

/* Newer ones than now are left from runs that were cut short. */
static void
test_newer(void **state)
{
	static const uint64_t way[] = { 3, 2, 0 };
	struct manifest now;

	(void)state;
	make_row(3);
	now = f.now;
	make(1, 4, 4, 3, DELTA);
	make(2, 1, 3, 2, DELTA);
	f.now = now;
	finds(1, way);
	finds_none(3);
}

static void
test_limit(void **state)
{
	(void)state;
	make_row(BUNDLE_DELTAS + 3);
	find(3);
	assert_int_equal(f.c.n, BUNDLE_DELTAS);
	is_link(BUNDLE_DELTAS - 1, 1, 4, 3);
	find(4);
	assert_int_equal(f.c.n, BUNDLE_DELTAS - 1);
	finds_none(2);
	finds_none(0);
}

/*
 * Pruning.
 */
static bool
has(unsigned n, const char *name)
{
	char path[PATH_MAX];

	path_in(n, name, path);
	return access(path, F_OK) == 0;
}

/* What a chain and a curious person need. */
static bool
ships(unsigned n)
{
	char name[BUNDLE_NAME_MAX];

	delta_name(n - 1, name);
	return has(n, "manifest") && has(n, "manifest.sig") && has(n, name);
}

static bool
is_there(unsigned n)
{
	return has(n, ".");
}

static void
prune(void)
{
	said_begin(&f.said);
	chain_prune(&f.s, &f.now);
	said_nothing(&f.said);
}

/* first to last are there, and nothing else. */
static void
keeps(unsigned first, unsigned last)
{
	prune();
	assert_int_equal(scratch_names(f.all, 0), (int)(last - first + 1));
	for (unsigned n = first; n <= last; n++)
		if (!ships(n))
			fail_msg("generation %u lacks something", n);
}

static void
test_prune(void **state)
{
	static const uint64_t way[] = { 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1,
		0 };

	(void)state;
	make_row(12);
	keeps(1, 12);
	finds(0, way);
	keeps(1, 12);
}

static void
test_prune_nothing(void **state)
{
	(void)state;
	f.now = f.model;
	prune();
	assert_int_equal(scratch_names(f.dir, 0), 0);
	assert_int_equal(mkdir(f.all, 0700), 0);
	prune();
	make(1, 1, 1, 0, DELTA);
	keeps(1, 1);
	make(1, 2, 2, 1, DELTA);
	keeps(1, 2);
}

/* All deltas together weigh less than half of the dump. */
static void
test_prune_weight(void **state)
{
	(void)state;
	make_row(12);
	f.now.dump.size = 2 * (5 * DELTA) + 2; /* five are less than that */
	keeps(8, 12);
	f.now.dump.size = 2 * (4 * DELTA); /* four are not */
	keeps(10, 12);
	/* The two newest stay, whatever they weigh. */
	f.now.dump.size = 2 * DELTA + 2; /* one is less */
	keeps(11, 12);
	f.now.dump.size = 1;
	keeps(11, 12);
	f.now.dump.size = 0;
	keeps(11, 12);
}

/* The delta of now alone is too much for what it makes. */
static void
test_prune_heavy(void **state)
{
	(void)state;
	make_row(3);
	make(1, 4, 4, 3, 9000);
	f.now.dump.size = 18000;
	keeps(3, 4);
}

static void
test_prune_newer(void **state)
{
	char dir[PATH_MAX];
	struct manifest now;

	(void)state;
	make_row(4);
	now = f.now;
	make(1, 5, 5, 4, DELTA);
	make(1, 40, 5, 4, DELTA);
	make(2, 1, 5, 4, DELTA);
	assert_int_equal(generation_begin(&f.s, 3, 1, dir), 0);
	f.now = now;
	keeps(1, 4);
}

/* Nothing leads further back than where it broke. */
static void
test_prune_broken(void **state)
{
	char name[BUNDLE_NAME_MAX], path[PATH_MAX];

	(void)state;
	make_row(9);
	delta_name(4, name);
	path_in(5, name, path);
	assert_int_equal(unlink(path), 0);
	keeps(6, 9);
	path_in(9, "manifest", path);
	assert_int_equal(unlink(path), 0);
	prune();
	assert_true(is_there(9) && ships(8) && !is_there(7));
}

/* What gives back a dump stays where no chain needs the generation any more,
 * but those that never came to be. */
static void
test_prune_past(void **state)
{
	static const char back[] = "back.0000000000000000000000000000000000000"
				   "000000000000000000000000000.zst";
	const char *const past[] = { "dump", "dump.zst", back };
	char path[PATH_MAX];
	struct manifest now;

	(void)state;
	for (unsigned i = 0; i < 12; i++) {
		f.past = i < 9 ? past[i / 3] : NULL;
		make(1, i + 1, i + 1, i, DELTA);
	}
	now = f.now;
	f.past = "dump";
	make(1, 13, 13, 12, DELTA);
	f.now = now;
	f.now.dump.size = 2 * DELTA + 2;
	prune();
	for (unsigned n = 1; n <= 9; n++) {
		assert_true(has(n, past[(n - 1) / 3]) && has(n, "manifest") &&
		    has(n, "manifest.sig"));
		assert_false(ships(n));
	}
	assert_false(is_there(10) || is_there(13));
	assert_true(ships(11) && ships(12));
	/* What is no name of ours keeps nothing. */
	put(f.all, "1.9/back.00.zst", 1);
	path_in(9, back, path);
	assert_int_equal(unlink(path), 0);
	prune();
	assert_false(is_there(9));
}

static void
test_prune_limit(void **state)
{
	(void)state;
	make_row(BUNDLE_DELTAS + 5);
	keeps(6, BUNDLE_DELTAS + 5);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, prepare, clean)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_nothing),
		T(test_hops),
		T(test_numbers),
		T(test_epochs),
		T(test_came_back),
		T(test_came_back_now),
		T(test_flapping),
		T(test_gaps),
		T(test_delta_lost),
		T(test_manifest_lost),
		T(test_now_lost),
		T(test_strangers),
		T(test_newer),
		T(test_limit),
		T(test_prune),
		T(test_prune_nothing),
		T(test_prune_weight),
		T(test_prune_heavy),
		T(test_prune_newer),
		T(test_prune_broken),
		T(test_prune_past),
		T(test_prune_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
