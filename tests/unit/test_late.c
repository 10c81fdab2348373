/* Goal of this test: counters that a live database got since it was copied, and
 * nothing else, arrive in the shadow: for records in pages and on overflow pages,
 * in whatever page the shadow has them, unless their keys differ there.  What lies
 * in pages that are not of the tree any more does not. */

#include "format/btree.h"
#include "format/stored.h"
#include "store/kdb/late.h"
#include "sys/file.h"
#include "golden.h"
#include "scratch.h"

#define GOLDEN_DB GOLDEN "mit/principal.btree"

static struct {
	char dir[32];
	char live[64], was[64], shadow[64];
	struct bytes golden;
} f;

static int
prepare(void **state)
{
	(void)state;
	scratch_dir(f.dir);
	snprintf(f.live, sizeof(f.live), "%s/live", f.dir);
	snprintf(f.was, sizeof(f.was), "%s/was", f.dir);
	snprintf(f.shadow, sizeof(f.shadow), "%s/shadow", f.dir);
	f.golden = golden_read(GOLDEN_DB);
	return 0;
}

static int
clean(void **state)
{
	(void)state;
	bytes_release(&f.golden);
	scratch_tree(f.dir);
	return 0;
}

/* All three as they were. */
static void
afresh(void)
{
	scratch_write(f.live, f.golden.p, f.golden.len);
	scratch_write(f.was, f.golden.p, f.golden.len);
	scratch_write(f.shadow, f.golden.p, f.golden.len);
}

static struct bytes
contents(const char *db)
{
	struct bytes b = BYTES_NONE;

	assert_int_equal(file_read(db, 1 << 24, &b), 0);
	return b;
}

/* Where the data of record n begin in the golden file, in order of the pages; 0:
 * there are no more. */
static size_t
place(unsigned n, bool *big, struct span *key)
{
	struct btree t;
	struct btree_page g, at;
	struct btree_item item, same;
	struct btree_big b;
	const char *why;

	assert_int_equal(btree_open(golden_span(&f.golden), &t, &why), 0);
	for (uint32_t i = BTREE_ROOT; i < t.pages; i++) {
		if (btree_page(&t, i, &g) == -1 || g.kind != BTREE_LEAF)
			continue;
		for (unsigned k = 0; k < g.slots; k++) {
			assert_int_equal(btree_item(&g, k, &item), 0);
			/* Of the free list? */
			if (btree_find(&t, item.key, &at, &same) != 1 ||
			    at.number != i || n-- > 0)
				continue;
			*big = item.big_data;
			*key = item.key;
			if (!item.big_data)
				return (size_t)(item.data.p - f.golden.p);
			assert_int_equal(btree_big(item.data, &b), 0);
			return (size_t)b.first * t.page_size + 20;
		}
	}
	return 0;
}

static void
poke(const char *db, size_t at, const char *p, size_t n)
{
	int fd = open(db, O_RDWR | O_CLOEXEC);

	assert_int_not_equal(fd, -1);
	assert_int_equal(pwrite(fd, p, n, (off_t)at), n);
	close(fd);
}

/* late_merge's answer. */
static int
merge(bool from_shadow, uint64_t *n)
{
	struct late l;
	int rc = late_open(&l, f.live, from_shadow ? NULL : f.was, f.shadow);

	if (rc == 0)
		rc = late_merge(&l);
	*n = l.n;
	late_close(&l);
	return rc;
}

static void
assert_equal_files(const char *a, const char *b, bool equal)
{
	struct bytes x = contents(a), y = contents(b);

	assert_int_equal(span_equal(golden_span(&x), golden_span(&y)), equal);
	bytes_release(&x);
	bytes_release(&y);
}

static void
test_each_record(void **state)
{
	unsigned big = 0, n = 0;
	bool is_big;
	struct span key;
	uint64_t got;
	size_t at;

	(void)state;
	while ((at = place(n, &is_big, &key)) != 0) {
		bool from_shadow = n++ % 2 == 0;

		afresh();
		assert_int_equal(merge(from_shadow, &got), 0);
		assert_int_equal(got, 0);
		poke(f.live, at + STORED_COUNTERS, "0123456789ab", 12);
		assert_int_equal(merge(from_shadow, &got), 0);
		assert_int_equal(got, 1);
		assert_equal_files(f.live, f.shadow, true);
		big += is_big;
	}
	assert_true(n > 5 && big > 0);
}

/* Other keys than those of the shadow are another user's doing. */
static void
test_other_keys(void **state)
{
	struct btree t;
	struct btree_page g;
	struct btree_item item;
	const char *why;
	bool big;
	struct span key;
	uint64_t got;
	unsigned n = 0;
	size_t at, last;

	(void)state;
	do
		at = place(n++, &big, &key);
	while (big);
	afresh();
	assert_int_equal(btree_open(golden_span(&f.golden), &t, &why), 0);
	assert_int_equal(btree_find(&t, key, &g, &item), 1);
	last = at + item.data.len - 1;
	poke(f.shadow, last, f.golden.p[last] == 'x' ? "y" : "x", 1);
	poke(f.live, at + STORED_COUNTERS, "0123456789ab", 12);
	assert_int_equal(merge(false, &got), 0);
	assert_int_equal(got, 0);
	/* The attributes are none. */
	afresh();
	poke(f.shadow, at + 2, "x", 1);
	poke(f.live, at + STORED_COUNTERS, "0123456789ab", 12);
	assert_int_equal(merge(false, &got), 0);
	assert_int_equal(got, 1);
	poke(f.live, at + 2, "x", 1);
	assert_equal_files(f.live, f.shadow, true);
}

/* A page of the free list keeps old records: here the first leaf of the tree, as
 * it was some time ago. */
static void
test_free_page(void **state)
{
	struct btree t;
	struct btree_page g;
	struct btree_item item;
	const char *why;
	struct span key;
	uint64_t got;
	size_t at, from;
	char *old;
	bool big;

	(void)state;
	afresh();
	assert_int_equal(btree_open(golden_span(&f.golden), &t, &why), 0);
	assert_int_not_equal(t.free, BTREE_NONE);
	at = place(0, &big, &key);
	assert_int_equal(btree_find(&t, key, &g, &item), 1);
	from = (size_t)(g.bytes.p - f.golden.p);
	old = malloc(t.page_size);
	assert_non_null(old);
	memcpy(old, g.bytes.p, t.page_size);
	memcpy(old, f.golden.p + t.free * t.page_size, 12);
	memcpy(old + at - from + STORED_COUNTERS, "0123456789ab", 12);
	poke(f.live, t.free * t.page_size, old, t.page_size);
	free(old);
	assert_int_equal(merge(false, &got), 0);
	assert_int_equal(got, 0);
	assert_equal_files(f.was, f.shadow, true);
}

/* A byte for each of the golden file's: 1 where counters stand. */
static char *
counters_mask(void)
{
	char *mask = calloc(1, f.golden.len);
	struct span key;
	unsigned n = 0;
	size_t at;
	bool big;

	assert_non_null(mask);
	while ((at = place(n++, &big, &key)) != 0)
		memset(mask + at + STORED_COUNTERS, 1,
		    STORED_COUNTERS_END - STORED_COUNTERS);
	return mask;
}

static void
assert_only_counters(const char *mask)
{
	struct bytes now = contents(f.shadow);

	assert_int_equal(now.len, f.golden.len);
	for (size_t i = 0; i < now.len; i++)
		if (now.p[i] != f.golden.p[i])
			assert_int_equal(mask[i], 1);
	bytes_release(&now);
}

/* Whatever the bytes of the live file are, only counters of the shadow move, and
 * nothing outside of either is read. */
static void
test_noise(void **state)
{
	unsigned n[3] = { 0, 0, 0 };
	char *mask = counters_mask();
	uint32_t seed = 7;

	(void)state;
	for (int i = 0; i < 1500; i++) {
		char noise[4];
		uint64_t got;
		size_t at;
		int rc;

		seed = seed * 1664525u + 1013904223u;
		at = (seed >> 8) % (f.golden.len - sizeof(noise));
		afresh();
		scratch_noise(noise, sizeof(noise), seed);
		poke(f.live, at, noise, 1 + seed % 4);
		rc = merge(i % 2 == 0, &got);
		assert_true(rc == 0 || rc == 1);
		n[rc]++;
		assert_only_counters(mask);
	}
	free(mask);
	assert_true(n[0] > 100);
	print_message("%u merged, %u not this way\n", n[0], n[1]);
}

static void
test_other_files(void **state)
{
	struct late l;
	int saved;

	(void)state;
	afresh();
	scratch_write(f.live, "no database", 11);
	assert_int_equal(late_open(&l, f.live, NULL, f.shadow), 1);
	late_close(&l);
	scratch_write(f.live, "", 0);
	assert_int_equal(late_open(&l, f.live, NULL, f.shadow), 1);
	late_close(&l);
	unlink(f.live);
	saved = scratch_hush(-1);
	assert_int_equal(late_open(&l, f.live, NULL, f.shadow), -1);
	scratch_unhush(saved);
	late_close(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_record),
		cmocka_unit_test(test_other_keys),
		cmocka_unit_test(test_free_page),
		cmocka_unit_test(test_noise),
		cmocka_unit_test(test_other_files),
	};

	return cmocka_run_group_tests(tests, prepare, clean);
}
