#include "stored.h"

#include <string.h>

#define BASE 38 /* KRB5_KDB_V1_BASE_LENGTH; the name's length follows */

static uint32_t
u32_le(const char *p)
{
	const uint8_t *b = (const uint8_t *)p;

	return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
	    (uint32_t)b[3] << 24;
}

static uint16_t
u16_le(const char *p)
{
	const uint8_t *b = (const uint8_t *)p;

	return (uint16_t)(b[0] | b[1] << 8);
}

int
stored_counters(struct span data, struct stored_counters *c)
{
	if (data.len < BASE)
		return -1;
	c->last_success = u32_le(data.p + STORED_COUNTERS);
	c->last_failed = u32_le(data.p + STORED_COUNTERS + 4);
	c->fail_auth_count = u32_le(data.p + STORED_COUNTERS + 8);
	return 0;
}

struct span
stored_name(struct span data)
{
	const struct span none = { NULL, 0 };
	size_t len;

	/* Longer ones, with data that no krb5 has written yet, come before the
	 * name: libkdb5 reads them, we do not. */
	if (data.len < BASE + 2 || u16_le(data.p) != BASE)
		return none;
	len = u16_le(data.p + BASE);
	if (len < 2 || len > data.len - BASE - 2)
		return none;
	data.p += BASE + 2;
	if (memchr(data.p, '\0', len) != data.p + len - 1)
		return none;
	return (struct span){ data.p, len - 1 };
}

bool
stored_same_but_counters(struct span a, struct span b)
{
	if (a.len != b.len || a.len < BASE)
		return false;
	return memcmp(a.p, b.p, STORED_COUNTERS) == 0 &&
	    memcmp(a.p + STORED_COUNTERS_END, b.p + STORED_COUNTERS_END,
		a.len - STORED_COUNTERS_END) == 0;
}

bool
stored_is_key(struct span key, struct span name)
{
	return key.len == name.len + 1 && key.p[name.len] == '\0' &&
	    memcmp(key.p, name.p, name.len) == 0;
}

static bool
skip(struct span *s, size_t n)
{
	if (n > s->len)
		return false;
	s->p += n;
	s->len -= n;
	return true;
}

/* What stands behind name and tl_data; an empty span: no principal. */
static struct span
keys(struct span data)
{
	const struct span none = { NULL, 0 };
	struct span s = data, name = stored_name(data);
	unsigned n_tl;

	if (name.len == 0 || !skip(&s, BASE + 2 + name.len + 1))
		return none;
	for (n_tl = u16_le(data.p + BASE - 4); n_tl > 0; n_tl--)
		/* type, length, bytes */
		if (s.len < 4 || !skip(&s, 4 + (size_t)u16_le(s.p + 2)))
			return none;
	return s;
}

bool
stored_same_keys(struct span a, struct span b)
{
	struct span x = keys(a), y = keys(b);

	return x.p != NULL && y.p != NULL &&
	    u16_le(a.p + BASE - 2) == u16_le(b.p + BASE - 2) &&
	    span_equal(x, y);
}
