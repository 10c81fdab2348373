#include "tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 50 /* of libdb2's stack of parents */

/* A level of the tree: the page met last on it. */
struct edge {
	uint32_t page, next;
};

struct check {
	const struct btree *b;
	struct tree *t;
	uint8_t *seen; /* a bit a page */
	uint32_t met;
	struct edge edge[DEPTH_MAX];
	unsigned leaf_depth; /* 0: no leaf yet */
	struct span last;    /* key before this one; p NULL: none */
};

/* What a subtree may hold: low <= key < high; p NULL: no bound. */
struct range {
	struct span low, high;
};

static enum tree_state __attribute__((format(printf, 3, 4)))
flaw(struct check *c, enum tree_state what, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(c->t->why, sizeof(c->t->why), fmt, ap);
	va_end(ap);
	return what;
}

static enum tree_state
damaged(struct check *c, uint32_t page, const char *what)
{
	return flaw(c, TREE_DAMAGED, "page %u %s", (unsigned)page, what);
}

/* A pointer leads to page number: for the first time, and inside the file? */
static enum tree_state
meet(struct check *c, uint32_t from, uint32_t number, struct btree_page *g)
{
	uint8_t bit = (uint8_t)(1 << number % 8);

	if (number == BTREE_META || number >= c->b->pages)
		return damaged(c, from, "leads out of the file");
	if ((c->seen[number / 8] & bit) != 0)
		return damaged(c, number, "is reached twice");
	c->seen[number / 8] |= bit;
	c->met++;
	if (btree_page(c->b, number, g) == -1)
		return damaged(c, number, "is no page of a btree");
	return TREE_SOUND;
}

static enum tree_state
link_siblings(struct check *c, const struct btree_page *g, unsigned depth)
{
	struct edge *e = &c->edge[depth];

	if (g->prev != e->page ||
	    (e->page != BTREE_NONE && e->next != g->number))
		return damaged(
		    c, g->number, "and its sibling do not point at each other");
	*e = (struct edge){ g->number, g->next };
	return TREE_SOUND;
}

static enum tree_state
meet_chain(struct check *c, const struct btree_page *leaf, struct span item)
{
	const size_t room = btree_big_room(c->b);
	enum tree_state s;
	struct btree_page g = { .number = leaf->number };
	struct btree_big big;

	if (btree_big(item, &big) == -1)
		return damaged(c, leaf->number, "names no overflow pages");
	g.next = big.first;
	for (uint64_t n = 0; n < big.size; n += room) {
		s = meet(c, g.number, g.next, &g);
		if (s != TREE_SOUND)
			return s;
		if (g.kind != BTREE_OVERFLOW || g.preserved)
			return damaged(c, g.number, "is no overflow page");
	}
	if (g.next != BTREE_NONE)
		return damaged(c, g.number, "goes on behind an item's end");
	return TREE_SOUND;
}

static enum tree_state
big_key(struct check *c)
{
	return flaw(c, TREE_BIG_KEY,
	    "a name on overflow pages, or what is left of one");
}

static enum tree_state
add_leaf(struct check *c, const struct btree_page *g)
{
	struct tree *t = c->t;
	size_t cap = t->cap * 2 + 64;
	uint32_t *grown;

	if (t->leaves == t->cap) {
		grown = reallocarray(t->leaf, cap, sizeof(*grown));
		if (grown == NULL)
			return TREE_NO_MEMORY;
		t->leaf = grown;
		t->cap = cap;
	}
	t->leaf[t->leaves++] = g->number;
	t->records += g->slots;
	return TREE_SOUND;
}

/* key against the one before it, and against the separators above. */
static enum tree_state
place_key(struct check *c, const struct btree_page *g, struct span key,
    const struct range *r, bool first, bool last)
{
	if (c->last.p != NULL && span_compare(key, c->last) <= 0)
		return damaged(c, g->number, "has names out of order or twice");
	if (first && r->low.p != NULL && span_compare(key, r->low) < 0)
		return damaged(c, g->number, "is not bound by its separator");
	if (last && r->high.p != NULL && span_compare(key, r->high) >= 0)
		return damaged(c, g->number, "is not bound by its separator");
	c->last = key;
	return TREE_SOUND;
}

static enum tree_state
check_leaf(struct check *c, const struct btree_page *g, const struct range *r,
    unsigned depth)
{
	enum tree_state s = TREE_SOUND;
	struct btree_item item;
	size_t room = 0;

	if (c->leaf_depth != 0 && c->leaf_depth != depth + 1)
		return damaged(c, g->number, "is a leaf on another level");
	c->leaf_depth = depth + 1;
	if (g->slots == 0 && g->number != BTREE_ROOT)
		return damaged(c, g->number, "is empty");
	for (unsigned i = 0; i < g->slots && s == TREE_SOUND; i++) {
		if (btree_item(g, i, &item) == -1)
			return damaged(c, g->number, "has a broken item");
		if (item.big_key)
			return big_key(c);
		room += item.room;
		s = place_key(c, g, item.key, r, i == 0, i + 1 == g->slots);
		if (s == TREE_SOUND && item.big_data)
			s = meet_chain(c, g, item.data);
	}
	if (s == TREE_SOUND && g->upper + room != g->bytes.len)
		return damaged(c, g->number, "has items that do not fill it");
	return s == TREE_SOUND ? add_leaf(c, g) : s;
}

static enum tree_state descend(struct check *c, uint32_t from, uint32_t number,
    struct range r, unsigned depth);

static enum tree_state
check_internal(struct check *c, const struct btree_page *g,
    const struct range *r, unsigned depth)
{
	enum tree_state s = TREE_SOUND;
	struct btree_item item, after;
	struct range in = *r;
	size_t room = 0;

	if (btree_item(g, 0, &item) == -1)
		return damaged(c, g->number, "has a broken item");
	for (unsigned i = 0; i < g->slots && s == TREE_SOUND; i++) {
		if (i + 1 < g->slots && btree_item(g, i + 1, &after) == -1)
			return damaged(c, g->number, "has a broken item");
		if (item.big_key)
			return big_key(c);
		room += item.room;
		/* The first key of a page is never looked at. */
		in.low = i == 0 ? r->low : item.key;
		in.high = i + 1 < g->slots ? after.key : r->high;
		s = descend(c, g->number, item.child, in, depth + 1);
		item = after;
	}
	if (s == TREE_SOUND && g->upper + room != g->bytes.len)
		return damaged(c, g->number, "has items that do not fill it");
	return s;
}

static enum tree_state
descend(struct check *c, uint32_t from, uint32_t number, struct range r,
    unsigned depth)
{
	struct btree_page g = { .number = number };
	enum tree_state s;

	if (depth == DEPTH_MAX)
		return damaged(c, from, "is too deep");
	s = meet(c, from, number, &g);
	if (s == TREE_SOUND)
		s = link_siblings(c, &g, depth);
	if (s != TREE_SOUND)
		return s;
	if (g.kind == BTREE_LEAF)
		return check_leaf(c, &g, &r, depth);
	if (g.kind == BTREE_INTERNAL)
		return check_internal(c, &g, &r, depth);
	return damaged(c, number, "is an overflow page in the tree");
}

static enum tree_state
check_ends(struct check *c)
{
	for (unsigned i = 0; i < DEPTH_MAX; i++) {
		if (c->edge[i].next != BTREE_NONE)
			return damaged(c, c->edge[i].page,
			    "has a sibling that the tree does not know");
	}
	return TREE_SOUND;
}

static enum tree_state
check_free(struct check *c)
{
	struct btree_page g = { .next = c->b->free };
	enum tree_state s;

	while (g.next != BTREE_NONE) {
		s = meet(c, g.number, g.next, &g);
		if (s != TREE_SOUND)
			return s;
	}
	if (c->met != c->b->pages - 1)
		return flaw(c, TREE_DAMAGED,
		    "%u pages are neither in the tree nor free",
		    (unsigned)(c->b->pages - 1 - c->met));
	return TREE_SOUND;
}

enum tree_state
tree_check(const struct btree *b, struct tree *t)
{
	struct check c = { .b = b, .t = t };
	const struct range all = { { NULL, 0 }, { NULL, 0 } };
	enum tree_state s;

	*t = (struct tree){ .b = *b };
	c.seen = calloc(b->pages / 8 + 1, 1);
	if (c.seen == NULL)
		return flaw(&c, TREE_NO_MEMORY, "out of memory");
	if (b->file.len % b->page_size != 0)
		s = damaged(&c, b->pages, "is cut off");
	else
		s = descend(&c, BTREE_META, BTREE_ROOT, all, 0);
	if (s == TREE_SOUND)
		s = check_ends(&c);
	if (s == TREE_SOUND)
		s = check_free(&c);
	free(c.seen);
	if (s == TREE_NO_MEMORY)
		return flaw(&c, s, "out of memory");
	return s;
}

void
tree_release(struct tree *t)
{
	free(t->leaf);
	*t = (struct tree)TREE_NONE;
}

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
