#include "btree.h"

#include <string.h>

#define MAGIC 0x053162u
#define MAGIC_SWAPPED 0x62310500u
#define VERSION 3u
#define NO_DUPLICATES 0x20u

#define META_SIZE 24
#define HEADER 20 /* of a page */
#define PRESERVED 0x20u

/* In front of an item's bytes: of a record the sizes of key and data and the
 * flags; of a separator its size, the child and the flags. */
#define ITEM_HEADER 9
#define BIG_DATA 0x01u
#define BIG_KEY 0x02u

static uint32_t
u32_at(const char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static uint16_t
u16_at(const char *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* The sizes that make sense: libdb2 keeps offsets in 16 bits, so that 65,536
 * cannot work. */
static bool
good_size(uint32_t n)
{
	return n >= 512 && n <= 32768 && (n & (n - 1)) == 0;
}

static const char *
judge(struct span file, struct btree *b)
{
	uint32_t magic;

	if (file.len < META_SIZE)
		return "too short for a btree";
	magic = u32_at(file.p);
	if (magic == MAGIC_SWAPPED)
		return "a btree of the other byte order";
	if (magic != MAGIC || u32_at(file.p + 4) != VERSION)
		return "not a btree";
	b->page_size = u32_at(file.p + 8);
	b->free = u32_at(file.p + 12);
	if (!good_size(b->page_size))
		return "a btree of an odd page size";
	if (u32_at(file.p + 20) != NO_DUPLICATES)
		return "a btree of another kind";
	if (file.len / b->page_size > UINT32_MAX)
		return "a btree of too many pages";
	b->pages = (uint32_t)(file.len / b->page_size);
	return NULL;
}

int
btree_open(struct span file, struct btree *b, const char **why)
{
	*b = (struct btree){ .file = file };
	*why = judge(file, b);
	return *why == NULL ? 0 : -1;
}

static int
find_slots(struct btree_page *g)
{
	unsigned lower = u16_at(g->bytes.p + 16);

	g->upper = u16_at(g->bytes.p + 18);
	if (lower < HEADER || lower % 2 != 0 || lower > g->upper ||
	    g->upper > g->bytes.len)
		return -1;
	g->slots = (lower - HEADER) / 2;
	return 0;
}

int
btree_page_at(struct span bytes, uint32_t number, struct btree_page *g)
{
	uint32_t flags;

	if (bytes.len < HEADER || u32_at(bytes.p) != number)
		return -1;
	flags = u32_at(bytes.p + 12);
	*g = (struct btree_page){
		.bytes = bytes,
		.preserved = flags == (BTREE_OVERFLOW | PRESERVED),
		.number = number,
		.prev = u32_at(bytes.p + 4),
		.next = u32_at(bytes.p + 8),
	};
	switch (flags) {
	case BTREE_INTERNAL:
		g->kind = BTREE_INTERNAL;
		return find_slots(g);
	case BTREE_LEAF:
		g->kind = BTREE_LEAF;
		return find_slots(g);
	case BTREE_OVERFLOW:
	case BTREE_OVERFLOW | PRESERVED:
		g->kind = BTREE_OVERFLOW;
		return 0;
	default:
		return -1;
	}
}

int
btree_page(const struct btree *b, uint32_t number, struct btree_page *g)
{
	struct span bytes = { NULL, b->page_size };

	if (number == BTREE_META || number >= b->pages)
		return -1;
	bytes.p = b->file.p + (size_t)number * b->page_size;
	return btree_page_at(bytes, number, g);
}

/* libdb2 puts items at multiples of four. */
static size_t
padded(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

/* The lengths of an item's parts against what is left of its page. */
static int
cut(struct btree_item *item, struct span rest, uint32_t ksize, uint32_t dsize)
{
	if (ksize > rest.len || dsize > rest.len - ksize)
		return -1;
	item->key = (struct span){ rest.p, ksize };
	item->data = (struct span){ rest.p + ksize, dsize };
	item->room = (unsigned)padded(ITEM_HEADER + (size_t)ksize + dsize);
	return 0;
}

int
btree_item(const struct btree_page *g, unsigned i, struct btree_item *item)
{
	struct span rest;
	uint32_t first, second;
	unsigned at;
	uint8_t flags;

	if (i >= g->slots)
		return -1;
	at = u16_at(g->bytes.p + HEADER + (size_t)i * 2);
	if (at < g->upper || at + ITEM_HEADER > g->bytes.len)
		return -1;
	rest.p = g->bytes.p + at + ITEM_HEADER;
	rest.len = g->bytes.len - at - ITEM_HEADER;
	first = u32_at(g->bytes.p + at);
	second = u32_at(g->bytes.p + at + 4);
	flags = (uint8_t)g->bytes.p[at + 8];
	*item = (struct btree_item){
		.at = at,
		.big_key = (flags & BIG_KEY) != 0,
		.big_data = (flags & BIG_DATA) != 0,
	};
	if (g->kind == BTREE_LEAF)
		return (flags & ~(BIG_KEY | BIG_DATA)) != 0
		    ? -1
		    : cut(item, rest, first, second);
	item->child = second;
	return (flags & ~BIG_KEY) != 0 ? -1 : cut(item, rest, first, 0);
}

int
btree_big(struct span item, struct btree_big *big)
{
	if (item.len != 8)
		return -1;
	big->first = u32_at(item.p);
	big->size = u32_at(item.p + 4);
	return big->first == BTREE_NONE || big->size == 0 ? -1 : 0;
}

size_t
btree_big_room(const struct btree *b)
{
	return b->page_size - HEADER;
}

int
btree_gather(const struct btree *b, struct span item, struct bytes *out)
{
	struct btree_page g;
	struct btree_big big;
	size_t before = out->len, n, left;
	uint32_t next;

	if (btree_big(item, &big) == -1 || big.size > b->file.len)
		return -1;
	next = big.first;
	for (left = big.size; left > 0; left -= n) {
		n = left < btree_big_room(b) ? left : btree_big_room(b);
		if (btree_page(b, next, &g) == -1 || g.kind != BTREE_OVERFLOW ||
		    bytes_add(out, g.bytes.p + HEADER, n) == -1)
			goto fail;
		next = g.next;
	}
	if (next == BTREE_NONE)
		return 0;
fail:
	out->len = before;
	return -1;
}

int
btree_data(const struct btree *b, const struct btree_item *item,
    struct bytes *big, struct span *data)
{
	*data = item->data;
	if (!item->big_data)
		return 0;
	big->len = 0;
	if (btree_gather(b, item->data, big) == -1)
		return -1;
	*data = (struct span){ big->p, big->len };
	return 0;
}
