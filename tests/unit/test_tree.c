#include "golden.h"

#include "format/tree.h"

/* tests/unit/test_btree.c knows its pages; tests/unit/test_examine.c holds this
 * check against libdb2 itself, on larger trees. */
static struct bytes golden;

static enum tree_state
check(struct span file, struct tree *t)
{
	struct btree b;
	const char *why;

	*t = (struct tree)TREE_NONE;
	if (btree_open(file, &b, &why) == -1)
		return TREE_DAMAGED;
	return tree_check(&b, t);
}

static void
sound(void **state)
{
	static const uint32_t leaf[] = { 2, 5, 10, 4 };
	struct tree t;

	(void)state;
	assert_int_equal(check(golden_span(&golden), &t), TREE_SOUND);
	assert_int_equal(t.records, 14);
	assert_int_equal(t.leaves, 4);
	assert_memory_equal(t.leaf, leaf, sizeof(leaf));
	tree_release(&t);
	assert_null(t.leaf);
}

/* In pieces: each leaf once, in any order, and nothing is forgotten. */
static void
in_pieces(void **state)
{
	struct span file = golden_span(&golden);
	const char *why;
	struct btree b;
	struct tree t;

	(void)state;
	assert_int_equal(btree_open(file, &b, &why), 0);
	assert_int_equal(tree_outline(&b, &t), TREE_SOUND);
	assert_int_equal(t.leaves, 4);
	assert_int_equal(t.records, 0);
	for (size_t i = 4; i-- > 0;)
		assert_int_equal(tree_leaf(&t, i), TREE_SOUND);
	assert_int_equal(t.records, 14);
	assert_int_equal(tree_finish(&t), TREE_SOUND);
	tree_release(&t);
	/* A leaf that nobody judged, and its overflow pages. */
	assert_int_equal(tree_outline(&b, &t), TREE_SOUND);
	for (size_t i = 0; i < 4; i++)
		if (i != 1)
			assert_int_equal(tree_leaf(&t, i), TREE_SOUND);
	assert_int_equal(tree_finish(&t), TREE_DAMAGED);
	tree_release(&t);
}

/* From both ends the same records. */
static void
cursor(void **state)
{
	struct span key[14];
	struct btree_item item;
	struct tree_cursor c;
	struct tree t;
	unsigned n = 0;

	(void)state;
	assert_int_equal(check(golden_span(&golden), &t), TREE_SOUND);
	tree_begin(&t, false, &c);
	for (; tree_step(&c, &item); n++) {
		assert_in_range(n, 0, 13);
		key[n] = item.key;
	}
	assert_int_equal(n, 14);
	assert_false(tree_step(&c, &item));
	tree_begin(&t, true, &c);
	while (tree_step(&c, &item))
		assert_ptr_equal(key[--n].p, item.key.p);
	assert_int_equal(n, 0);
	tree_release(&t);
}

/* Puts n bytes of v at a place of a page, and looks for words in the reason. */
static void
broken(unsigned page, unsigned at, size_t n, uint32_t v, const char *words)
{
	size_t place = 4096 * (size_t)page + at;
	struct tree t;
	char was[4];

	memcpy(was, golden.p + place, n);
	memcpy(golden.p + place, &v, n);
	assert_int_not_equal(check(golden_span(&golden), &t), TREE_SOUND);
	if (strstr(t.why, words) == NULL)
		fail_msg("page %u, byte %u: %s", page, at, t.why);
	tree_release(&t);
	memcpy(golden.p + place, was, n);
}

/* What each of the rules is there for. */
static void
rules(void **state)
{
	const unsigned upper = 18, slot = 20;
	uint16_t first, key;
	struct tree t;

	(void)state;
	broken(0, 12, 4, 0,
	    "1 pages are neither in the tree nor free "
	    "(kdb5_util dump and load leave them behind)");
	broken(0, 12, 4, 9, "page 9 is reached twice");
	broken(0, 12, 4, 11, "page 0 leads out of the file");
	broken(3, 8, 4, 3, "page 3 is reached twice");
	broken(3, 0, 4, 4, "page 3 is no page of a btree");
	broken(5, 4, 4, 0, "page 5 and its sibling do not point");
	broken(5, 8, 4, 0, "page 5 and its sibling do not point");
	broken(5, 8, 4, 4, "page 5 and its sibling do not point");
	broken(2, 4, 4, 4, "page 2 and its sibling do not point");
	broken(4, 8, 4, 2, "page 4 has a sibling that the tree does not know");
	broken(10, 12, 4, 1, "page 10 is no leaf and stands");
	broken(10, 12, 4, 4, "page 10 is an overflow page in the tree");
	broken(10, 12, 4, 0x12, "page 10 is no page of a btree");
	broken(10, 16, 2, 20, "page 10 is empty");
	broken(10, 16, 2, 22, "page 10 has items that do not fill it");
	broken(10, upper, 2, 2772, "page 10 has items that do not fill it");
	broken(9, 8, 4, 7, "is reached twice");
	broken(9, 8, 4, 0, "page 9 leads out of the file");
	broken(6, 8, 4, 8, "page 6 goes on behind an item's end");
	broken(7, 12, 4, 0x24, "page 7 is no overflow page");
	broken(7, 12, 4, 2, "page 7 is no page of a btree");
	/* Items of page 5: a flag, a size, a name; slots changed about. */
	memcpy(&first, golden.p + 4096 * 5 + slot, 2);
	broken(5, first + 8u, 1, 2, "a name on overflow pages");
	broken(5, first + 8u, 1, 1, "page 5 names no overflow pages");
	broken(5, first + 8u, 1, 4, "page 5 has a broken item");
	broken(5, first + 4u, 4, 5000, "page 5 has a broken item");
	broken(5, first + 4u, 2, 8, "page 5 has items that do not fill it");
	broken(5, slot, 2, 4095, "page 5 has a broken item");
	memcpy(&key, golden.p + 4096 * 5 + slot + 2, 2);
	broken(5, slot, 2, key, "page 5 has names out of order or twice");
	broken(5, first + 9u, 1, 'z', "page 5 has names out of order or twice");
	broken(5, first + 9u, 1, 'a', "page 5 is not bound by its separator");
	/* The separators in the root: the second one, and its child. */
	memcpy(&key, golden.p + 4096 + slot + 2, 2);
	broken(1, key + 9u, 1, 'z', "page 5 is not bound by its separator");
	broken(1, key + 9u, 1, 0, "page 2 is not bound by its separator");
	broken(1, key + 4u, 4, 2, "page 2 is reached twice");
	broken(1, key + 4u, 4, 1, "page 1 is reached twice");
	broken(1, key + 4u, 4, 0, "page 1 leads out of the file");
	broken(1, key + 8u, 1, 2, "a name on overflow pages");
	/* A page too many, a piece of one, none. */
	assert_int_equal(
	    check((struct span){ golden.p, golden.len - 4096 }, &t),
	    TREE_DAMAGED);
	tree_release(&t);
	assert_int_equal(
	    check((struct span){ golden.p, golden.len - 1 }, &t), TREE_DAMAGED);
	assert_non_null(strstr(t.why, "is cut off"));
	tree_release(&t);
	assert_int_equal(
	    check((struct span){ golden.p, 4096 }, &t), TREE_DAMAGED);
	tree_release(&t);
}

/* Whatever is called sound can be stepped through: ASan sees the rest. */
static void
step_through(struct span file)
{
	struct btree_item item;
	struct tree_cursor c;
	struct tree t;
	uint64_t n = 0;

	if (check(file, &t) == TREE_SOUND) {
		tree_begin(&t, true, &c);
		while (tree_step(&c, &item))
			n++;
		assert_int_equal(n, t.records);
	}
	tree_release(&t);
}

static void
damage(void **state)
{
	(void)state;
	golden_damage(golden_span(&golden), step_through);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sound),
		cmocka_unit_test(in_pieces),
		cmocka_unit_test(cursor),
		cmocka_unit_test(rules),
		cmocka_unit_test(damage),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
