#include "tree.h"

#include "tree_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum tree_state __attribute__((format(printf, 3, 4)))
flaw(struct tree *t, enum tree_state what, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(t->why, sizeof(t->why), fmt, ap);
	va_end(ap);
	return what;
}

enum tree_state
tree_damaged(struct tree *t, uint32_t page, const char *what)
{
	return flaw(t, TREE_DAMAGED, "page %u %s", (unsigned)page, what);
}

enum tree_state
tree_mark(struct tree *t, uint32_t from, uint32_t number)
{
	uint8_t bit = (uint8_t)(1 << number % 8);

	if (number == BTREE_META || number >= t->b.pages)
		return tree_damaged(t, from, "leads out of the file");
	if ((t->seen[number / 8] & bit) != 0)
		return tree_damaged(t, number, "is reached twice");
	t->seen[number / 8] |= bit;
	t->met++;
	return TREE_SOUND;
}

enum tree_state
tree_meet(struct tree *t, uint32_t from, uint32_t number, struct btree_page *g)
{
	enum tree_state s = tree_mark(t, from, number);

	if (s == TREE_SOUND && btree_page(&t->b, number, g) == -1)
		return tree_damaged(t, number, "is no page of a btree");
	return s;
}

enum tree_state
tree_big_key(struct tree *t)
{
	return flaw(t, TREE_BIG_KEY,
	    "a name on overflow pages, or what is left of one");
}

enum tree_state
tree_no_siblings(struct tree *t, uint32_t page)
{
	return tree_damaged(
	    t, page, "and its sibling do not point at each other");
}

enum tree_state
tree_unknown_sibling(struct tree *t, uint32_t page)
{
	return tree_damaged(
	    t, page, "has a sibling that the tree does not know");
}

/*
 * The whole.
 */
enum tree_state
tree_finish(struct tree *t)
{
	struct btree_page g = { .next = t->b.free };
	enum tree_state s;

	while (g.next != BTREE_NONE) {
		s = tree_meet(t, g.number, g.next, &g);
		if (s != TREE_SOUND)
			return s;
	}
	if (t->met != t->b.pages - 1)
		/* All else fits together: the records are all there. */
		return flaw(t, TREE_DAMAGED,
		    "%u pages are neither in the tree nor free (kdb5_util dump "
		    "and load leave them behind)",
		    (unsigned)(t->b.pages - 1 - t->met));
	return TREE_SOUND;
}

enum tree_state
tree_check(const struct btree *b, struct tree *t)
{
	enum tree_state s;

	s = tree_outline(b, t);
	for (size_t i = 0; s == TREE_SOUND && i < t->leaves; i++)
		s = tree_leaf(t, i);
	if (s == TREE_SOUND)
		s = tree_finish(t);
	return s == TREE_NO_MEMORY ? flaw(t, s, "out of memory") : s;
}

void
tree_release(struct tree *t)
{
	free(t->leaf);
	free(t->low);
	free(t->seen);
	*t = (struct tree)TREE_NONE;
}
