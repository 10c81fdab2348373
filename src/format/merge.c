#include "merge.h"

#include "commands.h"
#include "dump.h"

#include <string.h>

/* Equal bytes are passed in steps of up to so many. */
#define STRIDE ((size_t)256 * 1024)

struct merge {
	struct span from; /* from its first byte */
	merge_fn *fn;
	void *arg;
	struct command last; /* what is not written yet, grown as it goes */
};

/* A line where the two differ. */
struct side {
	enum dump_line kind;
	struct span line, name;
};

/* How many bytes are equal at their beginning? */
static size_t
common(struct span a, struct span b)
{
	const size_t most = a.len < b.len ? a.len : b.len;
	size_t n = 0, step = 64, len;
	bool differ = false;

	while (n < most && step > 0) {
		len = step < most - n ? step : most - n;
		if (memcmp(a.p + n, b.p + n, len) != 0)
			differ = true;
		else
			n += len;
		if (differ)
			step /= 2;
		else if (step < STRIDE)
			step *= 2;
	}
	return n;
}

static size_t
whole_lines(struct span s, size_t n)
{
	const char *end = n == 0 ? NULL : memrchr(s.p, '\n', n);

	return end == NULL ? 0 : (size_t)(end - s.p) + 1;
}

static void
skip(struct span *s, size_t n)
{
	s->p += n;
	s->len -= n;
}

/*
 * Writing.
 */
static int
flush(struct merge *m)
{
	char text[COMMAND_MAX];
	int rc = 0;

	if (m->last.len > 0)
		rc = m->fn(m->arg, text, command_encode(&m->last, text));
	if (rc == 0 && m->last.kind == COMMAND_LITERAL)
		rc = m->fn(m->arg, m->last.literal.p, m->last.literal.len);
	m->last = (struct command){ .kind = COMMAND_END };
	return rc;
}

static int
copy(struct merge *m, struct span part)
{
	const uint64_t at = (uint64_t)(part.p - m->from.p);
	int rc;

	if (part.len == 0)
		return 0;
	if (m->last.kind == COMMAND_COPY && m->last.at + m->last.len == at) {
		m->last.len += part.len;
		return 0;
	}
	rc = flush(m);
	m->last = (struct command){ COMMAND_COPY, at, part.len, { NULL, 0 } };
	return rc;
}

/* Lines that follow each other in the new dump are one literal. */
static int
bring(struct merge *m, struct span line)
{
	int rc = 0;

	if (m->last.kind != COMMAND_LITERAL) {
		rc = flush(m);
		m->last =
		    (struct command){ COMMAND_LITERAL, 0, 0, { line.p, 0 } };
	}
	m->last.len += line.len;
	m->last.literal.len += line.len;
	return rc;
}

/*
 * Merging.
 */
static int
look(struct span rest, struct side *s)
{
	struct dump_cursor c = { rest };

	s->kind = dump_next(&c, &s->line);
	s->name = (struct span){ NULL, 0 };
	if (s->kind == DUMP_END)
		return 0;
	s->name = dump_name(s->kind, s->line);
	return s->kind == DUMP_BAD || s->name.len == 0 ? -1 : 0;
}

/* Principals, policies, the end. */
static int
compare(const struct side *a, const struct side *b)
{
	if (a->kind == b->kind)
		return span_compare(a->name, b->name);
	if (a->kind == DUMP_PRINC || b->kind == DUMP_END)
		return -1;
	return b->kind == DUMP_PRINC || a->kind == DUMP_END ? 1 : 0;
}

static int
merge(struct merge *m, struct span from, struct span to)
{
	struct side a, b;
	int order, rc;
	size_t n;

	for (;;) {
		n = whole_lines(to, common(from, to));
		rc = copy(m, (struct span){ from.p, n });
		if (rc != 0)
			return rc;
		skip(&from, n);
		skip(&to, n);
		if (look(from, &a) == -1 || look(to, &b) == -1)
			return -1;
		if (a.kind == DUMP_END && b.kind == DUMP_END)
			return flush(m);
		order = compare(&a, &b);
		if (order <= 0)
			skip(&from, a.line.len);
		if (order < 0)
			continue;
		rc = bring(m, b.line);
		if (rc != 0)
			return rc;
		skip(&to, b.line.len);
	}
}

int
merge_delta(struct span from, struct span to, merge_fn *fn, void *arg)
{
	struct merge m = { from, fn, arg, { .kind = COMMAND_END } };
	const struct command end = { .kind = COMMAND_END };
	struct dump_cursor c;
	char text[COMMAND_MAX];
	int rc;

	if (dump_open(from, &c) == -1 || dump_open(to, &c) == -1)
		return -1;
	rc = fn(arg, text, command_begin(text));
	if (rc == 0)
		rc = merge(&m, from, to);
	if (rc == 0)
		rc = fn(arg, text, command_encode(&end, text));
	return rc;
}

bool
merge_proves(struct span from, struct span delta, struct span to)
{
	struct command c;
	const char *p;

	if (command_open(&delta) == -1)
		return false;
	for (;;) {
		if (command_next(&delta, &c) == -1)
			return false;
		if (c.kind == COMMAND_END)
			return delta.len == 0 && to.len == 0;
		if (c.kind == COMMAND_COPY &&
		    (c.at > from.len || c.len > from.len - c.at))
			return false;
		p = c.kind == COMMAND_COPY ? from.p + c.at : c.literal.p;
		if (c.len > to.len || memcmp(p, to.p, (size_t)c.len) != 0)
			return false;
		skip(&to, (size_t)c.len);
	}
}
