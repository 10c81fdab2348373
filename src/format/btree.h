#ifndef KDCSYNC_BTREE_H
#define KDCSYNC_BTREE_H

#include "bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A DB2 btree file in memory, read page by page: what libdb2 wrote, seen without
 * libdb2, which trusts each byte of it.  Nothing here follows a pointer: the
 * caller does, and counts.  Every answer lies inside the page it came from.
 * Source: MIT krb5 1.20.1, src/plugins/kdb/db2/libdb2/btree/btree.h.
 *
 * Numbers stand in the byte order of the machine that made the file; a file of
 * the other order is refused, as is a hash database: walk it with libkdb5.
 */
#define BTREE_META 0u			/* page 0: no pointer means it */
#define BTREE_NONE 0u			/* a pointer to nowhere */
#define BTREE_ROOT 1u

struct btree {
	struct span file;
	uint32_t page_size;		/* bytes: 512 to 32,768, a power of 2 */
	uint32_t pages;			/* whole ones, page 0 included */
	uint32_t free;			/* first page of the free list */
};

/* Reads the meta page; file stays the caller's.  0, or -1 with a phrase in
 * *why. */
int	btree_open(struct span file, struct btree *b, const char **why);

enum btree_kind { BTREE_INTERNAL = 1, BTREE_LEAF = 2, BTREE_OVERFLOW = 4 };

/* A page's header, as it stands there.  A page of the free list keeps the kind
 * and the slots it had, and next is the next free page. */
struct btree_page {
	struct span bytes;		/* the whole page */
	enum btree_kind kind;
	bool preserved;			/* overflow: shared with a separator */
	uint32_t number;
	uint32_t prev, next;		/* siblings; next of an overflow page:
					 * the rest of the chain */
	unsigned slots;			/* items; 0 on an overflow page */
	unsigned upper;			/* where the items begin */
};

/* Page number of b.  0; -1 when there is no such page, when it says that it is
 * another, is of no known kind, or its slots do not fit. */
int	btree_page(const struct btree *b, uint32_t number,
	    struct btree_page *g);

/* The same for a page that lies elsewhere (read with pread(2), say). */
int	btree_page_at(struct span bytes, uint32_t number, struct btree_page *g);

/* An item: a record of a leaf, or a separator of an internal page and the child
 * that holds what is not less.  A big key or big data is a place (below). */
struct btree_item {
	struct span key, data;		/* data: leaf only */
	bool big_key, big_data;
	uint32_t child;			/* internal page only */
	unsigned at, room;		/* in the page, with its padding */
};

/* Item i of a leaf or an internal page.  0, or -1: no such slot, or it does not
 * fit. */
int	btree_item(const struct btree_page *g, unsigned i,
	    struct btree_item *item);

/* Where a big key or big data stands: size bytes on a chain of overflow pages,
 * each full but the last. */
struct btree_big {
	uint32_t first, size;
};

/* -1: that is no place. */
int	btree_big(struct span item, struct btree_big *big);

/* How many bytes of the item each overflow page has room for. */
size_t	btree_big_room(const struct btree *b);

/* Appends a big item to out.  0; -1 when its chain is not whole (a page that
 * is not there or of another kind, too short, going on behind its end), or
 * when memory is short. */
int	btree_gather(const struct btree *b, struct span item, struct bytes *out);

/* The data of a leaf's item, in its page or gathered in big, which is emptied
 * first.  0, or -1 as above. */
int	btree_data(const struct btree *b, const struct btree_item *item,
	    struct bytes *big, struct span *data);

/* Looks a key up as libdb2 does, from the root down: 1 with its leaf and item; 0:
 * not there; -1: no such tree (a page of another kind, too deep, big keys). */
int	btree_find(const struct btree *b, struct span key, struct btree_page *g,
	    struct btree_item *item);

#endif
