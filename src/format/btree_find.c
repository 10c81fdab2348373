#include "btree.h"

#define DEPTH_MAX 32 /* a page has at least two children */

/* The last slot of an internal page whose separator is not above key; the first
 * one has none that counts. */
static int
child_of(const struct btree_page *g, struct span key, uint32_t *child)
{
	unsigned low = 0, high = g->slots;
	struct btree_item item;

	while (high - low > 1) {
		unsigned mid = low + (high - low) / 2;

		if (btree_item(g, mid, &item) == -1 || item.big_key)
			return -1;
		if (span_compare(item.key, key) <= 0)
			low = mid;
		else
			high = mid;
	}
	if (btree_item(g, low, &item) == -1)
		return -1;
	*child = item.child;
	return 0;
}

static int
find_in(const struct btree_page *g, struct span key, struct btree_item *item)
{
	unsigned low = 0, high = g->slots;

	while (low < high) {
		unsigned mid = low + (high - low) / 2;
		int order;

		if (btree_item(g, mid, item) == -1 || item->big_key)
			return -1;
		order = span_compare(item->key, key);
		if (order == 0)
			return 1;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return 0;
}

int
btree_find(const struct btree *b, struct span key, struct btree_page *g,
    struct btree_item *item)
{
	uint32_t at = BTREE_ROOT;

	for (int depth = 0; depth < DEPTH_MAX; depth++) {
		if (btree_page(b, at, g) == -1)
			return -1;
		if (g->kind == BTREE_LEAF)
			return find_in(g, key, item);
		if (g->kind != BTREE_INTERNAL || child_of(g, key, &at) == -1)
			return -1;
	}
	return -1;
}
