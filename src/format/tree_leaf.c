#include "tree.h"

#include "tree_parts.h"

static enum tree_state
meet_chain(struct tree *t, const struct btree_page *leaf, struct span item)
{
	const size_t room = btree_big_room(&t->b);
	enum tree_state s;
	struct btree_page g = { .number = leaf->number };
	struct btree_big big;

	if (btree_big(item, &big) == -1)
		return tree_damaged(t, leaf->number, "names no overflow pages");
	g.next = big.first;
	for (uint64_t n = 0; n < big.size; n += room) {
		s = tree_meet(t, g.number, g.next, &g);
		if (s != TREE_SOUND)
			return s;
		if (g.kind != BTREE_OVERFLOW || g.preserved)
			return tree_damaged(t, g.number, "is no overflow page");
	}
	if (g.next != BTREE_NONE)
		return tree_damaged(
		    t, g.number, "goes on behind an item's end");
	return TREE_SOUND;
}

static enum tree_state
check_items(struct tree *t, const struct btree_page *g, size_t leaf)
{
	struct span low = t->low[leaf], high = { NULL, 0 }, last = low;
	enum tree_state s = TREE_SOUND;
	struct btree_item item;
	size_t room = 0;

	if (leaf + 1 < t->leaves)
		high = t->low[leaf + 1];
	for (unsigned i = 0; i < g->slots && s == TREE_SOUND; i++) {
		if (btree_item(g, i, &item) == -1)
			return tree_damaged(t, g->number, "has a broken item");
		if (item.big_key)
			return tree_big_key(t);
		room += item.room;
		if (i > 0 && span_compare(item.key, last) <= 0)
			return tree_damaged(
			    t, g->number, "has names out of order or twice");
		if (i == 0 && low.p != NULL && span_compare(item.key, low) < 0)
			return tree_damaged(
			    t, g->number, "is not bound by its separator");
		last = item.key;
		if (item.big_data)
			s = meet_chain(t, g, item.data);
	}
	if (s != TREE_SOUND)
		return s;
	if (high.p != NULL && span_compare(last, high) >= 0)
		return tree_damaged(
		    t, g->number, "is not bound by its separator");
	return g->upper + room == g->bytes.len
	    ? TREE_SOUND
	    : tree_damaged(t, g->number, "has items that do not fill it");
}

enum tree_state
tree_leaf(struct tree *t, size_t leaf)
{
	const uint32_t number = t->leaf[leaf];
	const bool end = leaf + 1 == t->leaves;
	struct btree_page g;

	if (btree_page(&t->b, number, &g) == -1)
		return tree_damaged(t, number, "is no page of a btree");
	if (g.kind != BTREE_LEAF)
		return tree_damaged(t, number,
		    g.kind == BTREE_INTERNAL
			? "is no leaf and stands where leaves are"
			: "is an overflow page in the tree");
	if (g.prev != (leaf == 0 ? BTREE_NONE : t->leaf[leaf - 1]) ||
	    (!end && g.next != t->leaf[leaf + 1]))
		return tree_no_siblings(t, number);
	if (end && g.next != BTREE_NONE)
		return tree_unknown_sibling(t, number);
	if (g.slots == 0 && number != BTREE_ROOT)
		return tree_damaged(t, number, "is empty");
	t->records += g.slots;
	return check_items(t, &g, leaf);
}
