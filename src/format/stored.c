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
