#include "tree.h"

#include "tree_parts.h"

#include <stdlib.h>

#define DEPTH_MAX 50 /* of libdb2's stack of parents */

/* A level of the tree above its leaves: the page met last on it. */
struct edge {
	uint32_t page, next;
};

struct check {
	struct tree *t;
	struct edge edge[DEPTH_MAX];
	unsigned leaf_depth; /* the root's is 0 */
};

static enum tree_state
link_siblings(struct check *c, const struct btree_page *g, unsigned depth)
{
	struct edge *e = &c->edge[depth];

	if (g->prev != e->page ||
	    (e->page != BTREE_NONE && e->next != g->number))
		return tree_no_siblings(c->t, g->number);
	*e = (struct edge){ g->number, g->next };
	return TREE_SOUND;
}

static enum tree_state
add_leaf(struct tree *t, uint32_t from, uint32_t number, struct span low)
{
	size_t cap = t->cap * 2 + 64;
	enum tree_state s;
	void *grown;

	s = tree_mark(t, from, number);
	if (s != TREE_SOUND)
		return s;
	if (t->leaves == t->cap) {
		grown = reallocarray(t->leaf, cap, sizeof(*t->leaf));
		if (grown == NULL)
			return TREE_NO_MEMORY;
		t->leaf = grown;
		grown = reallocarray(t->low, cap, sizeof(*t->low));
		if (grown == NULL)
			return TREE_NO_MEMORY;
		t->low = grown;
		t->cap = cap;
	}
	t->leaf[t->leaves] = number;
	t->low[t->leaves++] = low;
	return TREE_SOUND;
}

static enum tree_state descend(struct check *c, uint32_t from, uint32_t number,
    struct span low, unsigned depth);

/* The first key of a page is never looked at: what bounds its first child is
 * what bounds the page. */
static enum tree_state
check_internal(struct check *c, const struct btree_page *g, struct span low,
    unsigned depth)
{
	enum tree_state s = TREE_SOUND;
	struct btree_item item;
	size_t room = 0;

	if (g->slots == 0)
		return tree_damaged(c->t, g->number, "has a broken item");
	for (unsigned i = 0; i < g->slots && s == TREE_SOUND; i++) {
		if (btree_item(g, i, &item) == -1)
			return tree_damaged(
			    c->t, g->number, "has a broken item");
		if (item.big_key)
			return tree_big_key(c->t);
		room += item.room;
		s = descend(c, g->number, item.child, i == 0 ? low : item.key,
		    depth + 1);
	}
	if (s == TREE_SOUND && g->upper + room != g->bytes.len)
		return tree_damaged(
		    c->t, g->number, "has items that do not fill it");
	return s;
}

static enum tree_state
descend(struct check *c, uint32_t from, uint32_t number, struct span low,
    unsigned depth)
{
	struct btree_page g = { .number = number };
	enum tree_state s;

	if (depth == c->leaf_depth)
		return add_leaf(c->t, from, number, low);
	s = tree_meet(c->t, from, number, &g);
	if (s == TREE_SOUND)
		s = link_siblings(c, &g, depth);
	if (s != TREE_SOUND)
		return s;
	if (g.kind == BTREE_INTERNAL)
		return check_internal(c, &g, low, depth);
	return tree_damaged(c->t, number,
	    g.kind == BTREE_LEAF ? "is a leaf on another level"
				 : "is an overflow page in the tree");
}

/* How deep the first leaf is. */
static enum tree_state
measure(struct check *c)
{
	struct btree_page g = { .number = BTREE_META };
	struct btree_item item = { .child = BTREE_ROOT };
	uint32_t from;

	for (c->leaf_depth = 0; c->leaf_depth < DEPTH_MAX; c->leaf_depth++) {
		from = g.number;
		if (item.child == BTREE_META || item.child >= c->t->b.pages)
			return tree_damaged(
			    c->t, from, "leads out of the file");
		if (btree_page(&c->t->b, item.child, &g) == -1)
			return tree_damaged(
			    c->t, item.child, "is no page of a btree");
		if (g.kind != BTREE_INTERNAL)
			return TREE_SOUND;
		if (btree_item(&g, 0, &item) == -1)
			return tree_damaged(
			    c->t, g.number, "has a broken item");
	}
	return tree_damaged(c->t, g.number, "is too deep");
}

static enum tree_state
check_ends(struct check *c)
{
	for (unsigned i = 0; i < c->leaf_depth; i++) {
		if (c->edge[i].next != BTREE_NONE)
			return tree_unknown_sibling(c->t, c->edge[i].page);
	}
	return TREE_SOUND;
}

enum tree_state
tree_outline(const struct btree *b, struct tree *t)
{
	struct check c = { .t = t };
	enum tree_state s;

	*t = (struct tree){ .b = *b };
	t->seen = calloc(b->pages / 8 + 1, 1);
	if (t->seen == NULL)
		return TREE_NO_MEMORY;
	if (b->file.len % b->page_size != 0)
		return tree_damaged(t, b->pages, "is cut off");
	s = measure(&c);
	if (s == TREE_SOUND)
		s = descend(
		    &c, BTREE_META, BTREE_ROOT, (struct span){ NULL, 0 }, 0);
	return s == TREE_SOUND ? check_ends(&c) : s;
}
