#include "golden.h"

#include "format/btree.h"
#include "format/stored.h"

/* What libdb2 wrote (tests/golden/README.md): a root, four leaves, a free page,
 * and three records on overflow pages, one of them on two. */
static struct bytes golden;

static struct btree
open_golden(void)
{
	struct btree b;
	const char *why;

	assert_int_equal(btree_open(golden_span(&golden), &b, &why), 0);
	assert_null(why);
	return b;
}

static void
the_meta_page(void **state)
{
	struct btree b = open_golden();

	(void)state;
	assert_int_equal(b.page_size, 4096);
	assert_int_equal(b.pages, 11);
	assert_int_equal(b.free, 3);
	assert_int_equal(btree_big_room(&b), 4076);
}

static void
pages_and_links(void **state)
{
	struct btree b = open_golden();
	struct btree_page g;

	(void)state;
	assert_int_equal(btree_page(&b, BTREE_ROOT, &g), 0);
	assert_int_equal(g.kind, BTREE_INTERNAL);
	assert_int_equal(g.slots, 4);
	assert_int_equal(g.prev, BTREE_NONE);
	assert_int_equal(g.next, BTREE_NONE);
	assert_int_equal(btree_page(&b, 10, &g), 0);
	assert_int_equal(g.kind, BTREE_LEAF);
	assert_int_equal(g.number, 10);
	assert_int_equal(g.prev, 5);
	assert_int_equal(g.next, 4);
	assert_int_equal(g.slots, 2);
	assert_int_equal(g.upper, 2776);
	assert_int_equal(btree_page(&b, 9, &g), 0);
	assert_int_equal(g.kind, BTREE_OVERFLOW);
	assert_false(g.preserved);
	assert_int_equal(g.next, 6);
	assert_int_equal(g.slots, 0);
	assert_int_equal(btree_page(&b, BTREE_META, &g), -1);
	assert_int_equal(btree_page(&b, 11, &g), -1);
	assert_int_equal(btree_page(&b, UINT32_MAX, &g), -1);
}

/* In the order of the children of the root. */
static void
records(void **state)
{
	struct btree b = open_golden();
	struct btree_page root, leaf;
	struct btree_item child, r;
	struct bytes data = BYTES_NONE, last = BYTES_NONE;
	unsigned n = 0, big = 0;
	struct span name;

	(void)state;
	assert_int_equal(btree_page(&b, BTREE_ROOT, &root), 0);
	for (unsigned i = 0; i < root.slots; i++) {
		assert_int_equal(btree_item(&root, i, &child), 0);
		assert_int_equal(btree_page(&b, child.child, &leaf), 0);
		assert_int_equal(leaf.kind, BTREE_LEAF);
		for (unsigned j = 0; j < leaf.slots; j++) {
			assert_int_equal(btree_item(&leaf, j, &r), 0);
			assert_true(span_compare(r.key,
					(struct span){ last.p, last.len }) > 0);
			assert_true(
			    i == 0 || span_compare(r.key, child.key) >= 0);
			last.len = data.len = 0;
			assert_int_equal(
			    bytes_add(&last, r.key.p, r.key.len), 0);
			if (r.big_data) {
				assert_int_equal(
				    btree_gather(&b, r.data, &data), 0);
				assert_true(r.key.len + data.len > 2024);
				big++;
				r.data = golden_span(&data);
			}
			name = stored_name(r.data);
			assert_int_equal(name.len + 1, r.key.len);
			assert_memory_equal(name.p, r.key.p, r.key.len);
			n++;
		}
		assert_int_equal(btree_item(&leaf, leaf.slots, &r), -1);
	}
	assert_int_equal(n, 14);
	assert_int_equal(big, 3);
	bytes_release(&data);
	bytes_release(&last);
}

static void
set_u32(size_t at, uint32_t v)
{
	memcpy(golden.p + at, &v, sizeof(v));
}

static void
refuse(size_t at, uint32_t v, const char *words)
{
	struct btree b;
	const char *why;
	uint32_t was;

	memcpy(&was, golden.p + at, sizeof(was));
	set_u32(at, v);
	assert_int_equal(btree_open(golden_span(&golden), &b, &why), -1);
	assert_non_null(strstr(why, words));
	set_u32(at, was);
}

static void
other_files(void **state)
{
	struct btree b;
	const char *why;

	(void)state;
	refuse(0, 0x62310500, "byte order");
	refuse(0, 0x061561, "not a btree");
	refuse(4, 2, "not a btree");
	refuse(8, 0, "page size");
	refuse(8, 256, "page size");
	refuse(8, 4095, "page size");
	refuse(8, 65536, "page size");
	refuse(20, 0, "another kind");
	refuse(20, 0xa0, "another kind");
	assert_int_equal(btree_open((struct span){ NULL, 0 }, &b, &why), -1);
}

/* A chain that leads elsewhere, ends early, or goes on. */
static void
broken_chains(void **state)
{
	const size_t next_of_9 = 9 * 4096 + 8;
	struct btree b = open_golden();
	struct bytes out = BYTES_NONE;
	uint32_t place[2] = { 9, 0 };
	const struct span item = { (const char *)place, sizeof(place) };

	(void)state;
	place[1] = 2 * 4076;
	assert_int_equal(btree_gather(&b, item, &out), 0);
	assert_int_equal(out.len, 2 * 4076);
	place[1] = 4076 + 1;
	assert_int_equal(btree_gather(&b, item, &out), 0);
	assert_int_equal(out.len, 3 * 4076 + 1);
	place[1] = 4076; /* goes on */
	assert_int_equal(btree_gather(&b, item, &out), -1);
	place[1] = 2 * 4076 + 1; /* too short */
	assert_int_equal(btree_gather(&b, item, &out), -1);
	assert_int_equal(out.len, 3 * 4076 + 1);
	place[1] = UINT32_MAX;
	assert_int_equal(btree_gather(&b, item, &out), -1);
	place[1] = 2 * 4076;
	set_u32(next_of_9, 9); /* in circles: ends, and is not whole */
	assert_int_equal(btree_gather(&b, item, &out), -1);
	set_u32(next_of_9, 2); /* a leaf */
	assert_int_equal(btree_gather(&b, item, &out), -1);
	set_u32(next_of_9, 6);
	place[0] = 0;
	assert_int_equal(btree_gather(&b, item, &out), -1);
	assert_int_equal(
	    btree_gather(&b, (struct span){ item.p, 7 }, &out), -1);
	bytes_release(&out);
}

static unsigned char sum;

static void
touch(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		sum ^= (unsigned char)s.p[i];
}

/* Reads all that any page of a file offers; ASan sees a byte too far. */
static void
read_all(struct span file)
{
	struct stored_counters c;
	struct bytes big = BYTES_NONE;
	struct btree b;
	struct btree_page g;
	struct btree_item r;
	const char *why;

	if (btree_open(file, &b, &why) == -1)
		return;
	for (uint32_t n = 0; n < b.pages; n++) {
		if (btree_page(&b, n, &g) == -1)
			continue;
		for (unsigned i = 0; i < g.slots; i++) {
			if (btree_item(&g, i, &r) == -1)
				continue;
			touch(r.key);
			big.len = 0;
			if (r.big_data && btree_gather(&b, r.data, &big) == 0)
				touch(stored_name(golden_span(&big)));
			touch(stored_name(r.data));
			if (stored_counters(r.data, &c) == 0)
				sum ^= (unsigned char)c.fail_auth_count;
			if (g.kind == BTREE_LEAF)
				touch(r.data);
		}
	}
	bytes_release(&big);
}

static void
damage(void **state)
{
	(void)state;
	golden_damage(golden_span(&golden), read_all);
}

/* Whole numbers changed at random, many at once: lengths and offsets that one
 * bit does not reach. */
static void
noise(void **state)
{
	struct bytes copy = BYTES_NONE;
	uint32_t seed = 1, v;

	(void)state;
	assert_int_equal(bytes_add(&copy, golden.p, golden.len), 0);
	for (int round = 0; round < 20000; round++) {
		for (int i = 0; i < 8; i++) {
			seed = seed * 1664525u + 1013904223u;
			v = seed >> (seed & 24);
			seed = seed * 1664525u + 1013904223u;
			/* Half of them in a page's head. */
			memcpy(copy.p + 4096 +
				(seed >> 8) % (golden.len - 4096) / 4 * 4,
			    &v, sizeof(v));
			memcpy(copy.p + 4096 * (1 + (seed >> 8) % 10) +
				(seed >> 16) % 16 * 2,
			    &v, 2);
		}
		read_all(golden_span(&copy));
		memcpy(copy.p, golden.p, golden.len);
	}
	bytes_release(&copy);
}

static int
load(void **state)
{
	(void)state;
	golden = golden_read(GOLDEN "mit/principal.btree");
	return 0;
}

static int
unload(void **state)
{
	(void)state;
	bytes_release(&golden);
	return 0;
}

/* Each record of the tree is found where it is, and no other name. */
static void
finds(void **state)
{
	struct btree b = open_golden();
	struct btree_page g, at;
	struct btree_item item, found;
	unsigned n = 0;

	(void)state;
	for (uint32_t i = BTREE_ROOT; i < b.pages; i++) {
		if (btree_page(&b, i, &g) == -1 || g.kind != BTREE_LEAF ||
		    i == b.free)
			continue;
		for (unsigned k = 0; k < g.slots; k++) {
			struct span less;

			assert_int_equal(btree_item(&g, k, &item), 0);
			less = (struct span){ item.key.p, item.key.len - 1 };
			assert_int_equal(
			    btree_find(&b, item.key, &at, &found), 1);
			assert_int_equal(at.number, i);
			assert_ptr_equal(found.key.p, item.key.p);
			assert_int_equal(btree_find(&b, less, &at, &found), 0);
			n++;
		}
	}
	assert_true(n > 5);
	assert_int_equal(
	    btree_find(&b, (struct span){ "", 0 }, &at, &found), 0);
	assert_int_equal(
	    btree_find(&b, (struct span){ "~~", 2 }, &at, &found), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_meta_page),
		cmocka_unit_test(pages_and_links),
		cmocka_unit_test(records),
		cmocka_unit_test(other_files),
		cmocka_unit_test(broken_chains),
		cmocka_unit_test(damage),
		cmocka_unit_test(noise),
		cmocka_unit_test(finds),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
