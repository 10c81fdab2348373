#include "number.h"

#include <string.h>

/* clang-format off */
#define ROW(h) \
	h "0" h "1" h "2" h "3" h "4" h "5" h "6" h "7" h "8" h "9"
static const char pairs[] =
	ROW("0") ROW("1") ROW("2") ROW("3") ROW("4")
	ROW("5") ROW("6") ROW("7") ROW("8") ROW("9");
/* clang-format on */

static unsigned
digits(uint64_t v)
{
	unsigned n = 1;

	for (; v >= 10000; v /= 10000)
		n += 4;
	return n + (v >= 10) + (v >= 100) + (v >= 1000);
}

/* In place, from the end: to copy so few bytes costs more than to make them. */
char *
number_put_u64(char *p, uint64_t v)
{
	char *end = p + digits(v), *q = end;
	uint32_t low;

	for (; v > UINT32_MAX; v /= 10)
		*--q = (char)('0' + v % 10);
	/* A dump's numbers end here: their division is the cheaper one. */
	for (low = (uint32_t)v; low >= 10; low /= 100) {
		q -= 2;
		memcpy(q, pairs + (size_t)(low % 100) * 2, 2);
	}
	if (q > p)
		*p = (char)('0' + low);
	return end;
}

char *
number_put(char *p, int64_t v)
{
	if (v >= 0)
		return number_put_u64(p, (uint64_t)v);
	*p++ = '-';
	return number_put_u64(p, -(uint64_t)v);
}

bool
number_take_u64(struct span *s, uint64_t max, uint64_t *v)
{
	uint64_t sum = 0;
	unsigned digit;
	size_t i;

	for (i = 0; i < s->len; i++) {
		digit = (unsigned char)s->p[i] - (unsigned)'0';
		if (digit > 9)
			break;
		/* Nineteen digits fit in any case. */
		if (i >= 19 && sum > (UINT64_MAX - digit) / 10)
			return false;
		sum = sum * 10 + digit;
	}
	if (i == 0 || (i > 1 && s->p[0] == '0') || sum > max)
		return false;
	s->p += i;
	s->len -= i;
	*v = sum;
	return true;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Most numbers of a record have one digit, and no sign. */
static bool
is_short(const struct span *s)
{
	return s->len > 1 && is_digit(s->p[0]) && !is_digit(s->p[1]);
}

static bool
take_signed(struct span *s, int64_t *v)
{
	bool minus = s->len > 0 && s->p[0] == '-';
	uint64_t size;

	if (minus) {
		s->p++;
		s->len--;
	}
	if (!number_take_u64(s, INT64_MAX, &size) || (minus && size == 0))
		return false;
	*v = minus ? -(int64_t)size : (int64_t)size;
	return true;
}

bool
number_take(struct span *s, int64_t min, int64_t max, int64_t *v)
{
	const char *p = s->p;
	size_t len = s->len;

	/* Not by a copy of *s: it was just written by halves, and is not to be
	 * had as a whole so soon. */
	if (is_short(s)) {
		*v = *p - '0';
		s->p = p + 1;
		s->len = len - 1;
	} else if (!take_signed(s, v)) {
		s->p = p;
		s->len = len;
		return false;
	}
	if (*v >= min && *v <= max)
		return true;
	s->p = p;
	s->len = len;
	return false;
}
