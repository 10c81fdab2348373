#include "pieces.h"

#include <stdlib.h>
#include <string.h>

#define MAGIC "rs\0026" /* RS_DELTA_MAGIC */
#define MAGIC_LEN 4

enum {
	OP_END = 0x00,
	OP_LITERAL_64 = 0x40, /* up to here the length itself */
	OP_LITERAL_N8 = 0x44,
	OP_COPY_N1_N1 = 0x45,
	OP_COPY_N8_N8 = 0x54
};

int
pieces_begin(struct pieces *p, struct span base)
{
	*p = (struct pieces){ .base = base, .size = base.len };
	p->v = malloc(sizeof(p->v[0]));
	if (p->v == NULL)
		return -1;
	p->v[0] = (struct piece){ 0, base };
	p->cap = 1;
	p->n = base.len > 0;
	return 0;
}

void
pieces_release(struct pieces *p)
{
	free(p->v);
	*p = (struct pieces)PIECES_NONE;
}

bool
pieces_of_base(const struct pieces *p, struct span bytes)
{
	return (uintptr_t)bytes.p >= (uintptr_t)p->base.p &&
	    (uintptr_t)bytes.p - (uintptr_t)p->base.p < p->base.len;
}

static int
grow(struct pieces *p)
{
	size_t cap = p->cap == 0 ? 64 : 2 * p->cap;
	struct piece *v;

	if (cap > PIECES_MAX)
		return -1;
	v = realloc(p->v, cap * sizeof(p->v[0]));
	if (v == NULL)
		return -1;
	p->v = v;
	p->cap = cap;
	return 0;
}

/* Adds bytes at the end; what follows the last one in the base makes it
 * longer. */
static int
add(struct pieces *p, struct span bytes)
{
	struct piece *last = p->n == 0 ? NULL : &p->v[p->n - 1];

	if (bytes.len == 0)
		return 0;
	if (last != NULL && last->bytes.p + last->bytes.len == bytes.p &&
	    pieces_of_base(p, last->bytes) && pieces_of_base(p, bytes)) {
		last->bytes.len += bytes.len;
	} else {
		if (p->n == p->cap && grow(p) == -1)
			return -1;
		p->v[p->n++] = (struct piece){ p->size, bytes };
	}
	p->size += bytes.len;
	return 0;
}

/* The piece that has this offset, which is in bounds. */
static size_t
find(const struct pieces *p, uint64_t at)
{
	size_t low = 0, high = p->n;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (p->v[mid].at <= at)
			low = mid;
		else
			high = mid;
	}
	return low;
}

/* Adds len bytes from offset at of what was there before. */
static int
copy(struct pieces *to, const struct pieces *from, uint64_t at, uint64_t len)
{
	for (size_t i = find(from, at); len > 0; i++) {
		struct span s = from->v[i].bytes;
		size_t skip = (size_t)(at - from->v[i].at);

		s.p += skip;
		s.len -= skip;
		if (s.len > len)
			s.len = (size_t)len;
		if (add(to, s) == -1)
			return -1;
		at += s.len;
		len -= s.len;
	}
	return 0;
}

/* A big-endian number of n bytes. */
static bool
take(struct span *s, size_t n, uint64_t *v)
{
	if (s->len < n)
		return false;
	*v = 0;
	for (size_t i = 0; i < n; i++)
		*v = *v << 8 | (uint8_t)s->p[i];
	s->p += n;
	s->len -= n;
	return true;
}

static const char *
literal(struct pieces *to, struct span *rest, unsigned op)
{
	struct span s = { NULL, 0 };
	uint64_t len = op;

	if (op > OP_LITERAL_64 &&
	    !take(rest, (size_t)1 << (op - OP_LITERAL_64 - 1), &len))
		return "it is cut short";
	if (len == 0 || len > rest->len)
		return "a literal of no bytes, or cut short";
	s.p = rest->p;
	s.len = (size_t)len;
	rest->p += s.len;
	rest->len -= s.len;
	return add(to, s) == 0 ? NULL : "too many pieces";
}

static const char *
copied(struct pieces *to, const struct pieces *from, struct span *rest,
    unsigned op)
{
	unsigned widths = op - OP_COPY_N1_N1;
	uint64_t at, len;

	if (!take(rest, (size_t)1 << (widths / 4), &at) ||
	    !take(rest, (size_t)1 << (widths % 4), &len))
		return "it is cut short";
	if (len == 0 || at > from->size || len > from->size - at)
		return "it copies what is not there";
	return copy(to, from, at, len) == 0 ? NULL : "too many pieces";
}

static const char *
command(struct pieces *to, const struct pieces *from, struct span *rest)
{
	uint64_t op;

	if (!take(rest, 1, &op))
		return "it has no end";
	if (op == OP_END)
		return rest->len == 0 ? NULL : "bytes behind its end";
	if (op <= OP_LITERAL_N8)
		return literal(to, rest, (unsigned)op);
	if (op <= OP_COPY_N8_N8)
		return copied(to, from, rest, (unsigned)op);
	return "a command that librsync does not have";
}

int
pieces_apply(struct pieces *p, struct span delta, const char **why)
{
	struct pieces to = { .base = p->base };
	bool end = false;

	*why = "it is no delta";
	if (delta.len < MAGIC_LEN || memcmp(delta.p, MAGIC, MAGIC_LEN) != 0)
		return -1;
	delta.p += MAGIC_LEN;
	delta.len -= MAGIC_LEN;
	do {
		end = delta.len > 0 && delta.p[0] == OP_END;
		*why = command(&to, p, &delta);
	} while (*why == NULL && !end);
	pieces_release(p);
	*p = to;
	return *why == NULL ? 0 : -1;
}
