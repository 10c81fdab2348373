#include "late.h"

#include "../../format/btree.h"
#include "../../format/stored.h"
#include "../../sys/compare.h"
#include "../../sys/file.h"
#include "../../sys/say.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OTHER 1 /* not this way */

static int
open_one(const char *db, int flags)
{
	char path[PATH_MAX];
	int fd;

	place_path(db, PLACE_PRINCIPALS, path);
	fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		say("%s: %s", path, strerror(errno));
	return fd;
}

static bool
is_btree(struct span file)
{
	const char *why;
	struct btree b;

	return btree_open(file, &b, &why) == 0;
}

static int
map_was(struct late *l, const char *was)
{
	int fd, rc;

	if (was == NULL) {
		l->was = l->to;
		return 0;
	}
	fd = open_one(was, O_RDONLY);
	if (fd == -1)
		return -1;
	rc = compare_map(fd, was, &l->was);
	(void)close(fd);
	return rc;
}

int
late_open(struct late *l, const char *live, const char *was, const char *shadow)
{
	*l = (struct late)LATE_NONE;
	l->live = open_one(live, O_RDONLY);
	l->shadow = open_one(shadow, O_RDWR);
	if (l->live == -1 || l->shadow == -1 ||
	    compare_map(l->live, live, &l->map) == -1 ||
	    compare_map(l->shadow, shadow, &l->to) == -1 ||
	    map_was(l, was) == -1)
		return -1;
	return is_btree(l->map) && is_btree(l->to) && is_btree(l->was) ? 0
								       : OTHER;
}

void
late_close(struct late *l)
{
	if (l->was.p != l->to.p)
		file_unmap(&l->was);
	file_unmap(&l->map);
	file_unmap(&l->to);
	if (l->live != -1)
		(void)close(l->live);
	if (l->shadow != -1)
		(void)close(l->shadow);
	l->live = l->shadow = -1;
}

struct merge {
	struct late *l;
	struct btree live, to;
	uint8_t *moved;	   /* a byte a page of live */
	struct bytes a, b; /* big records */
};

/* An item's data, wherever they stand, and in *at their first bytes' place in
 * the file. */
static int
data_of(const struct btree *t, const struct btree_item *item,
    struct bytes *room, struct span *data, size_t *at)
{
	struct btree_big big;
	struct btree_page g;

	*data = item->data;
	*at = (size_t)(item->data.p - t->file.p);
	if (!item->big_data)
		return 0;
	room->len = 0;
	if (btree_big(item->data, &big) == -1 ||
	    btree_page(t, big.first, &g) == -1 ||
	    btree_gather(t, item->data, room) == -1)
		return -1;
	*data = (struct span){ room->p, room->len };
	*at =
	    (size_t)(g.bytes.p - t->file.p) + t->page_size - btree_big_room(t);
	return 0;
}

/* Copies the counters of a live record to the one in the shadow. */
static int
write_counters(struct merge *m, struct span from, size_t at)
{
	const size_t n = STORED_COUNTERS_END - STORED_COUNTERS;

	m->l->n++;
	if (pwrite(m->l->shadow, from.p + STORED_COUNTERS, n,
		(off_t)(at + STORED_COUNTERS)) == (ssize_t)n)
		return 0;
	say("login counters: write: %s", strerror(errno));
	return -1;
}

static int
merge_record(struct merge *m, const struct btree_item *item)
{
	struct btree_page g;
	struct btree_item its;
	struct stored_counters a, b;
	struct span from, to;
	size_t at;
	int there;

	if (item->big_key || data_of(&m->live, item, &m->a, &from, &at) == -1)
		return OTHER;
	there = btree_find(&m->to, item->key, &g, &its);
	if (there != 1)
		return there == 0 ? 0 : OTHER;
	if (data_of(&m->to, &its, &m->b, &to, &at) == -1 ||
	    stored_counters(from, &a) == -1 || stored_counters(to, &b) == -1)
		return OTHER;
	if (memcmp(&a, &b, sizeof(a)) == 0 || !stored_same_keys(from, to))
		return 0;
	return write_counters(m, from, at);
}

/* Is the page one of the tree, and not of the free list, where it keeps what it
 * had?  1, 0, or -1: that cannot be told. */
static int
in_use(const struct merge *m, const struct btree_page *g)
{
	struct btree_item item, found;
	struct btree_page at;

	if (g->slots == 0)
		return 0;
	if (btree_item(g, 0, &item) == -1 || item.big_key)
		return -1;
	switch (btree_find(&m->live, item.key, &at, &found)) {
	case 1:
		return at.number == g->number;
	case 0:
		return 0;
	default:
		return -1;
	}
}

/* The records of a leaf; only the big ones of one that did not move. */
static int
merge_leaf(struct merge *m, const struct btree_page *g, bool only_big)
{
	int rc = in_use(m, g);

	if (rc != 1)
		return rc == 0 ? 0 : OTHER;
	rc = 0;
	for (unsigned i = 0; i < g->slots && rc == 0; i++) {
		struct btree_item item;

		if (btree_item(g, i, &item) == -1)
			return OTHER;
		if (!only_big || item.big_data)
			rc = merge_record(m, &item);
	}
	return rc;
}

static bool
has_big(const struct btree_page *g)
{
	struct btree_item item;

	for (unsigned i = 0; i < g->slots; i++)
		if (btree_item(g, i, &item) == 0 && item.big_data)
			return true;
	return false;
}

/* A big record that is written twice can get its first pages again: then its leaf
 * is as it was, and only pages of its chain tell. */
static int
merge_big(struct merge *m)
{
	struct btree_page g;
	int rc = 0;

	for (uint32_t i = BTREE_ROOT; i < m->live.pages && rc == 0; i++)
		if (!m->moved[i] && btree_page(&m->live, i, &g) == 0 &&
		    g.kind == BTREE_LEAF && has_big(&g))
			rc = merge_leaf(m, &g, true);
	return rc;
}

static int
merge_moved(struct merge *m)
{
	struct btree_page g;
	bool big = false;
	int rc = 0;

	for (uint32_t i = BTREE_ROOT; i < m->live.pages && rc == 0; i++) {
		if (!m->moved[i])
			continue;
		/* No header at all: a page that was never used. */
		if (btree_page(&m->live, i, &g) == -1)
			continue;
		big = big || g.kind == BTREE_OVERFLOW;
		if (g.kind == BTREE_LEAF)
			rc = merge_leaf(m, &g, false);
	}
	return rc == 0 && big ? merge_big(m) : rc;
}

static int
find_moved(struct merge *m)
{
	struct late *l = m->l;
	size_t page = m->live.page_size;
	size_t n = l->map.len / page, both = l->was.len / page;

	m->moved = malloc(n);
	if (m->moved == NULL) {
		say("login counters: no memory");
		return -1;
	}
	memset(m->moved, 1, n);
	if (both > n)
		both = n;
	compare_pages(l->map.p, l->was.p, page, both, m->moved);
	return 0;
}

/* The file may have grown since it was mapped. */
static int
map_again(struct late *l)
{
	int64_t size = file_size(l->live, "principals");

	if (size == -1 || (size_t)size == l->map.len)
		return size == -1 ? -1 : 0;
	file_unmap(&l->map);
	return compare_map(l->live, "principals", &l->map);
}

int
late_merge(struct late *l)
{
	struct merge m = { .l = l };
	const char *why;
	int rc = OTHER;

	l->n = 0;
	if (map_again(l) == -1)
		return -1;
	if (btree_open(l->map, &m.live, &why) == 0 &&
	    btree_open(l->to, &m.to, &why) == 0 &&
	    m.live.page_size == m.to.page_size)
		rc = find_moved(&m);
	if (rc == 0)
		rc = merge_moved(&m);
	free(m.moved);
	bytes_release(&m.a);
	bytes_release(&m.b);
	return rc;
}
