#ifndef KDCSYNC_TREE_H
#define KDCSYNC_TREE_H

#include "btree.h"

/*
 * The proof of a btree's structure, at the speed of memory: from the root down
 * and along the free list every page of the file is reached exactly once;
 * siblings of each level point at each other; all leaves are equally deep;
 * separators bound their children; keys ascend strictly from the first leaf to
 * the last; overflow chains are whole and have one owner; items fill their page
 * to its end.  In such a tree a walk in either direction meets every record,
 * and a lookup (libdb2's __bt_search) finds every key that a walk meets.
 *
 * What it cannot know: whether a record's key is the name inside the record.
 * Whoever walks compares the two.
 */
enum tree_state {
	TREE_SOUND,
	TREE_DAMAGED,
	TREE_BIG_KEY,		/* a key on overflow pages, or what is left of
				 * one: libdb2 loses records there */
	TREE_NO_MEMORY
};

struct tree {
	struct btree b;
	uint32_t *leaf;		/* page numbers, in the order of their keys */
	struct span *low;	/* what bounds each from below; p NULL: nothing */
	size_t leaves, cap;
	uint64_t records;	/* in the leaves that were judged */
	uint8_t *seen;		/* a bit a page that was reached */
	uint32_t met;		/* how many were */
	char why[96];		/* a phrase, when the tree is not sound */
};
#define TREE_NONE { .leaf = NULL }

/* Judges b, whose file stays where it is as long as t is used. */
enum tree_state tree_check(const struct btree *b, struct tree *t);

/* The same in pieces, for who has two processors: the pages above the leaves;
 * each leaf once, in any order, with what hangs on it; then the rest.  Each leaf
 * is bound by its own separator and the next one's, so that their keys ascend
 * from leaf to leaf.  Until all have answered TREE_SOUND nothing is proved, and
 * tree_step (below) may find a leaf that is none. */
enum tree_state tree_outline(const struct btree *b, struct tree *t);
enum tree_state tree_leaf(struct tree *t, size_t leaf);
enum tree_state tree_finish(struct tree *t);

/* Frees; t is TREE_NONE afterwards. */
void	tree_release(struct tree *t);

/* Steps through the records of a sound tree, from either end. */
struct tree_cursor {
	const struct tree *t;
	struct btree_page page;
	size_t leaf;		/* how many leaves were entered */
	unsigned slot;		/* how many slots of page were met */
	bool backwards;
};

void	tree_begin(const struct tree *t, bool backwards, struct tree_cursor *c);

/* The next record; false: there is none. */
bool	tree_step(struct tree_cursor *c, struct btree_item *item);

#endif
