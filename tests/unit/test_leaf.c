/* Goal of this test: of two states of a leaf that libdb2 wrote, those whose records
 * differ in nothing but what logins move are the same, wherever in the page they
 * stand; and whatever else differs is not. */
#include "golden.h"

#include "format/btree.h"
#include "format/leaf.h"
#include "format/stored.h"

#include <stdlib.h>

#define LEAF 4 /* of five records, none of them big: tests/golden/README.md */

static struct bytes golden;
static struct btree tree;
static char page[4096];
static const struct span is = { page, sizeof(page) };

static int
setup(void **state)
{
	const char *why;

	(void)state;
	golden = golden_read(GOLDEN "mit/principal.btree");
	assert_int_equal(btree_open(golden_span(&golden), &tree, &why), 0);
	return 0;
}

static struct btree_page
leaf(uint32_t number)
{
	struct btree_page g;

	assert_int_equal(btree_page(&tree, number, &g), 0);
	memcpy(page, g.bytes.p, sizeof(page));
	return g;
}

static int
teardown(void **state)
{
	(void)state;
	bytes_release(&golden);
	return 0;
}

/* Of each byte: is it one of a counter, or one that no item covers? */
static void
find_idle(const struct btree_page *g, bool idle[4096])
{
	struct btree_item item;
	size_t at;

	memset(idle, 0, 4096);
	for (unsigned i = 20 + 2 * g->slots; i < g->upper; i++)
		idle[i] = true;
	for (unsigned i = 0; i < g->slots; i++) {
		assert_int_equal(btree_item(g, i, &item), 0);
		at = (size_t)(item.data.p - g->bytes.p);
		memset(idle + at + item.data.len, true,
		    item.at + item.room - at - item.data.len);
		memset(idle + at + STORED_COUNTERS, true,
		    STORED_COUNTERS_END - STORED_COUNTERS);
	}
}

static void
each_bit(void **state)
{
	struct btree_page g = leaf(LEAF);
	bool idle[4096];
	unsigned n = 0;

	(void)state;
	find_idle(&g, idle);
	assert_true(leaf_same_but_counters(g.bytes, is));
	for (size_t i = 0; i < sizeof(page); i++)
		for (int bit = 0; bit < 8; bit++) {
			page[i] = (char)(page[i] ^ 1 << bit);
			if (leaf_same_but_counters(g.bytes, is) != idle[i])
				fail_msg("byte %zu, bit %d", i, bit);
			n += idle[i];
			page[i] = (char)(page[i] ^ 1 << bit);
		}
	assert_true(n > (size_t)8 * 12 * g.slots);
}

/* As libdb2 does it: out, the others up, and in again below them. */
static void
written_again(void **state)
{
	struct btree_page g = leaf(LEAF);
	struct btree_item first, item;
	char record[4096];
	uint16_t *slot, upper = (uint16_t)g.upper;

	(void)state;
	assert_int_equal(btree_item(&g, 0, &first), 0);
	memcpy(record, page + first.at, first.room);
	memmove(page + upper + first.room, page + upper, first.at - upper);
	memcpy(page + upper, record, first.room);
	slot = (uint16_t *)(void *)(page + 20);
	for (unsigned i = 1; i < g.slots; i++) {
		assert_int_equal(btree_item(&g, i, &item), 0);
		if (item.at < first.at)
			slot[i] = (uint16_t)(item.at + first.room);
	}
	slot[0] = upper;
	assert_memory_not_equal(page, g.bytes.p, sizeof(page));
	assert_true(leaf_same_but_counters(g.bytes, is));
	/* And two that changed places are not the same. */
	upper = slot[1];
	slot[1] = slot[0];
	slot[0] = upper;
	assert_false(leaf_same_but_counters(g.bytes, is));
}

static void
other_pages(void **state)
{
	struct btree_page g, other;
	unsigned same = 0;

	(void)state;
	for (uint32_t i = 1; i < tree.pages; i++) {
		g = leaf(i);
		for (uint32_t k = 1; k < tree.pages; k++) {
			other = leaf(k);
			if (leaf_same_but_counters(g.bytes, other.bytes)) {
				same++;
				assert_int_equal(i, k);
				assert_int_equal(g.kind, BTREE_LEAF);
			}
		}
		assert_false(leaf_same_but_counters(
		    g.bytes, (struct span){ page, sizeof(page) / 2 }));
		assert_false(leaf_same_but_counters(
		    (struct span){ page, 3 }, (struct span){ page, 3 }));
	}
	/* Those without a big record, at least. */
	assert_true(same > 0);
	memset(page, 0, sizeof(page));
	assert_false(leaf_same_but_counters(is, is));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_bit),
		cmocka_unit_test(written_again),
		cmocka_unit_test(other_pages),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
