#include "pieces.h"

#include "dump.h"

#include <string.h>

/* A change is open from the first byte that differs, or from the beginning of
 * its line, to where both sides stand at the end of a line. */
struct changes {
	const struct pieces *p;
	size_t max;
	struct bytes *from, *to;
	uint64_t next; /* of the base: what is before is accounted for */
	bool open;
	bool any;
	const char *why;
};

static int
put(struct changes *c, struct bytes *b, struct span s)
{
	if (s.len > c->max || b->len > c->max - s.len)
		c->why = "it changes too much";
	else if (bytes_add(b, s.p, s.len) == -1)
		c->why = "no memory";
	return c->why == NULL ? 0 : -1;
}

static int
put_headers(struct changes *c)
{
	static const struct span header = { DUMP_HEADER,
		sizeof(DUMP_HEADER) - 1 };

	c->any = true;
	if (put(c, c->from, header) == -1)
		return -1;
	return put(c, c->to, header);
}

static int
open_at(struct changes *c, uint64_t at)
{
	if (c->open)
		return 0;
	c->open = true;
	/* A change of the first line brings it along. */
	if (c->any || at == 0) {
		c->any = true;
		return 0;
	}
	return put_headers(c);
}

static struct span
base_part(const struct changes *c, uint64_t at, uint64_t end)
{
	return (struct span){ c->p->base.p + at, (size_t)(end - at) };
}

static bool
ends_line(const struct bytes *b)
{
	return b->len == 0 || b->p[b->len - 1] == '\n';
}

/* This part of the base stays, but belongs to the lines of an open change. */
static int
put_both(struct changes *c, struct span s)
{
	if (put(c, c->from, s) == -1 || put(c, c->to, s) == -1)
		return -1;
	c->next += s.len;
	return 0;
}

/* Up to the end of its line, if there is one in s. */
static int
close_line(struct changes *c, struct span s)
{
	const char *nl = memchr(s.p, '\n', s.len);

	if (ends_line(c->from) && ends_line(c->to)) {
		c->open = false;
		return 0;
	}
	if (nl != NULL)
		s.len = (size_t)(nl + 1 - s.p);
	if (put_both(c, s) == -1)
		return -1;
	c->open = nl == NULL;
	return 0;
}

/* The rest of a piece of the base that stays: whole lines, then what may be the
 * beginning of one that does not. */
static int
pass(struct changes *c, uint64_t end)
{
	struct span s = base_part(c, c->next, end);
	const char *nl = memrchr(s.p, '\n', s.len);

	if (nl != NULL) {
		c->next += (uint64_t)(nl + 1 - s.p);
		s = base_part(c, c->next, end);
	}
	if (s.len == 0)
		return 0;
	return open_at(c, c->next) == -1 ? -1 : put_both(c, s);
}

/* Bytes that are new in this place. */
static int
comes(struct changes *c, struct span s)
{
	return open_at(c, c->next) == -1 ? -1 : put(c, c->to, s);
}

static int
stays(struct changes *c, struct span s)
{
	uint64_t at = (uint64_t)(s.p - c->p->base.p), end = at + s.len;

	if (at > c->next &&
	    (open_at(c, c->next) == -1 ||
		put(c, c->from, base_part(c, c->next, at)) == -1))
		return -1;
	c->next = at;
	if (c->open && close_line(c, s) == -1)
		return -1;
	return c->open ? 0 : pass(c, end);
}

/* librsync takes equal blocks from anywhere: what is not in the order of the base
 * is as good as a literal. */
static bool
in_order(const struct changes *c, struct span s)
{
	return pieces_of_base(c->p, s) &&
	    (uint64_t)(s.p - c->p->base.p) >= c->next;
}

static int
find(struct changes *c)
{
	const struct pieces *p = c->p;

	for (size_t i = 0; i < p->n; i++) {
		struct span s = p->v[i].bytes;

		if ((in_order(c, s) ? stays(c, s) : comes(c, s)) == -1)
			return -1;
	}
	if (c->next < p->base.len &&
	    (open_at(c, c->next) == -1 ||
		put(c, c->from, base_part(c, c->next, p->base.len)) == -1))
		return -1;
	return c->any ? 0 : put_headers(c);
}

int
pieces_changes(const struct pieces *p, size_t max, struct bytes *from,
    struct bytes *to, const char **why)
{
	struct changes c = { .p = p, .max = max, .from = from, .to = to };
	int rc = find(&c);

	*why = c.why;
	return rc;
}
