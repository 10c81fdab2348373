#include "hex.h"

/* A digit's value and 1, so that 0 says "no digit". */
/* clang-format off */
static const uint8_t digit_value[256] = {
	['0'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
	['a'] = 11, 12, 13, 14, 15, 16
};
/* clang-format on */

char *
hex_put(char *p, const uint8_t *data, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < n; i++) {
		*p++ = digits[data[i] >> 4];
		*p++ = digits[data[i] & 15];
	}
	return p;
}

int
hex_get(const char *text, uint8_t *data, size_t n)
{
	unsigned high, low;
	size_t i;

	for (i = 0; i < n; i++) {
		high = digit_value[(uint8_t)text[2 * i]];
		low = digit_value[(uint8_t)text[2 * i + 1]];
		if (high == 0 || low == 0)
			return -1;
		data[i] = (uint8_t)((high - 1) << 4 | (low - 1));
	}
	return 0;
}
