#include "tree.h"

void
tree_begin(const struct tree *t, bool backwards, struct tree_cursor *c)
{
	*c = (struct tree_cursor){ .t = t, .backwards = backwards };
}

bool
tree_step(struct tree_cursor *c, struct btree_item *item)
{
	const struct tree *t = c->t;
	unsigned slot;
	size_t leaf;

	/* An empty root is a leaf, too. */
	while (c->slot == c->page.slots) {
		if (c->leaf == t->leaves)
			return false;
		leaf = c->backwards ? t->leaves - 1 - c->leaf : c->leaf;
		if (btree_page(&t->b, t->leaf[leaf], &c->page) == -1)
			return false;
		c->leaf++;
		c->slot = 0;
	}
	slot = c->backwards ? c->page.slots - 1 - c->slot : c->slot;
	c->slot++;
	return btree_item(&c->page, slot, item) == 0;
}
