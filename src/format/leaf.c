#include "leaf.h"

#include "btree.h"
#include "stored.h"

#include <string.h>

static bool
same_item(const struct btree_page *a, const struct btree_page *b, unsigned i)
{
	struct btree_item was, is;

	if (btree_item(a, i, &was) == -1 || btree_item(b, i, &is) == -1 ||
	    was.big_key || was.big_data || is.big_key || is.big_data)
		return false;
	return span_equal(was.key, is.key) &&
	    stored_same_but_counters(was.data, is.data);
}

bool
leaf_same_but_counters(struct span was, struct span is)
{
	struct btree_page a, b;
	uint32_t number;

	/* The number is its own word for it, and the same in both. */
	if (was.len < sizeof(number) || was.len != is.len)
		return false;
	memcpy(&number, was.p, sizeof(number));
	if (btree_page_at(was, number, &a) == -1 ||
	    btree_page_at(is, number, &b) == -1 || a.kind != BTREE_LEAF ||
	    b.kind != BTREE_LEAF || a.prev != b.prev || a.next != b.next ||
	    a.slots != b.slots || a.upper != b.upper)
		return false;
	for (unsigned i = 0; i < a.slots; i++)
		if (!same_item(&a, &b, i))
			return false;
	return true;
}
