#include "pieces.h"

#include "commands.h"

#include <stdlib.h>
#include <string.h>

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

static const char *
follow(struct pieces *to, const struct pieces *from, const struct command *c)
{
	int rc;

	if (c->kind == COMMAND_COPY &&
	    (c->at > from->size || c->len > from->size - c->at))
		return "it copies what is not there";
	rc = c->kind == COMMAND_COPY ? copy(to, from, c->at, c->len)
				     : add(to, c->literal);
	return rc == 0 ? NULL : "too many pieces";
}

int
pieces_apply(struct pieces *p, struct span delta, const char **why)
{
	struct pieces to = { .base = p->base };
	struct command c = { .kind = COMMAND_LITERAL };

	*why = command_open(&delta) == 0 ? NULL : "it is no delta";
	while (*why == NULL && c.kind != COMMAND_END) {
		if (command_next(&delta, &c) == -1)
			*why = "a command that is none, or is cut short";
		else if (c.kind != COMMAND_END)
			*why = follow(&to, p, &c);
		else if (delta.len > 0)
			*why = "bytes behind its end";
	}
	pieces_release(p);
	*p = to;
	return *why == NULL ? 0 : -1;
}
