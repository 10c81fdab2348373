#include "field.h"

#include "hex.h"
#include "number.h"

#include <string.h>

bool
field_fits(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		if (s.p[i] == '\t' || s.p[i] == '\n' || s.p[i] == '\0')
			return false;
	}
	return true;
}

char *
field_put(char *q, struct span s)
{
	*q++ = '\t';
	if (s.len != 0)
		memcpy(q, s.p, s.len);
	return q + s.len;
}

char *
field_put_number(char *q, int64_t v)
{
	*q++ = '\t';
	return number_put(q, v);
}

char *
field_put_octets(char *q, int16_t type, const uint8_t *data, uint16_t len)
{
	q = field_put_number(q, type);
	q = field_put_number(q, len);
	if (len == 0)
		return field_put_number(q, -1);
	*q++ = '\t';
	return hex_put(q, data, len);
}

size_t
field_octets_max(uint16_t len)
{
	return 2 * (size_t)len + 3 * FIELD_MAX;
}

struct span
field_take_bytes(struct field_in *in, size_t n)
{
	struct span taken = { in->rest.p, n };

	if (in->failed || n > in->rest.len) {
		in->failed = true;
		return (struct span){ NULL, 0 };
	}
	in->rest.p += n;
	in->rest.len -= n;
	return taken;
}

void
field_expect(struct field_in *in, const char *text)
{
	struct span want = { text, strlen(text) };

	if (!span_equal(field_take_bytes(in, want.len), want))
		in->failed = true;
}

static void
take_tab(struct field_in *in)
{
	if (in->failed || in->rest.len == 0 || in->rest.p[0] != '\t') {
		in->failed = true;
		return;
	}
	in->rest.p++;
	in->rest.len--;
}

struct span
field_take(struct field_in *in)
{
	const char *end = NULL;
	struct span s;

	take_tab(in);
	if (!in->failed && in->rest.len != 0)
		end = memchr(in->rest.p, '\t', in->rest.len);
	if (end == NULL)
		in->failed = true;
	s = field_take_bytes(in, end == NULL ? 0 : (size_t)(end - in->rest.p));
	if (!field_fits(s))
		in->failed = true;
	return s;
}

int64_t
field_take_number(struct field_in *in, int64_t min, int64_t max)
{
	int64_t v;

	take_tab(in);
	if (!in->failed && number_take(&in->rest, min, max, &v))
		return v;
	in->failed = true;
	return 0;
}

int16_t
field_take_i16(struct field_in *in)
{
	return (int16_t)field_take_number(in, INT16_MIN, INT16_MAX);
}

uint16_t
field_take_u16(struct field_in *in)
{
	return (uint16_t)field_take_number(in, 0, UINT16_MAX);
}

int32_t
field_take_i32(struct field_in *in)
{
	return (int32_t)field_take_number(in, INT32_MIN, INT32_MAX);
}

uint32_t
field_take_u32(struct field_in *in)
{
	return (uint32_t)field_take_number(in, 0, UINT32_MAX);
}

const uint8_t *
field_take_octets(struct field_in *in, int16_t *type, uint16_t *len)
{
	struct span digits;
	uint8_t *data;

	*type = field_take_i16(in);
	*len = field_take_u16(in);
	if (*len == 0) {
		field_expect(in, "\t-1");
		return NULL;
	}
	take_tab(in);
	digits = field_take_bytes(in, 2 * (size_t)*len);
	if (in->failed || *len > in->pool->cap - in->pool->len)
		goto fail;
	data = (uint8_t *)in->pool->p + in->pool->len;
	if (hex_get(digits.p, data, *len) == -1)
		goto fail;
	in->pool->len += *len;
	return data;
fail:
	in->failed = true;
	*len = 0;
	return NULL;
}
