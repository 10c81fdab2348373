#ifndef KDCSYNC_TREE_PARTS_H
#define KDCSYNC_TREE_PARTS_H

#include "tree.h"

/* What the parts of the proof of a tree share.  Inside src/format/tree*.c
 * only. */

/* Write t->why; each returns what its name says. */
enum tree_state tree_damaged(struct tree *t, uint32_t page, const char *what);
enum tree_state tree_big_key(struct tree *t);
enum tree_state tree_no_siblings(struct tree *t, uint32_t page);
enum tree_state tree_unknown_sibling(struct tree *t, uint32_t page);

/* A pointer leads from a page to page number: for the first time, and inside the
 * file?  tree_meet: then reads it. */
enum tree_state tree_mark(struct tree *t, uint32_t from, uint32_t number);
enum tree_state tree_meet(struct tree *t, uint32_t from, uint32_t number,
	    struct btree_page *g);

#endif
