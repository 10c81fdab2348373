#include "hex.h"

#include <string.h>

/* clang-format off */
/* The two digits of each byte. */
#define ROW(h) \
	h "0" h "1" h "2" h "3" h "4" h "5" h "6" h "7" \
	h "8" h "9" h "a" h "b" h "c" h "d" h "e" h "f"
static const char pairs[] =
	ROW("0") ROW("1") ROW("2") ROW("3") ROW("4") ROW("5") ROW("6") ROW("7")
	ROW("8") ROW("9") ROW("a") ROW("b") ROW("c") ROW("d") ROW("e") ROW("f");

/* A digit's value and 0x10, so that 0 says "no digit". */
static const uint8_t digit_value[256] = {
	['0'] = 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19,
	['a'] = 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f
};
/* clang-format on */

char *
hex_put(char *p, const uint8_t *data, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		memcpy(p, pairs + (size_t)data[i] * 2, 2);
		p += 2;
	}
	return p;
}

int
hex_get(const char *text, uint8_t *data, size_t n)
{
	unsigned high, low, all = 0x10;
	size_t i;

	for (i = 0; i < n; i++) {
		high = digit_value[(uint8_t)text[2 * i]];
		low = digit_value[(uint8_t)text[2 * i + 1]];
		all &= high & low;
		data[i] = (uint8_t)(high << 4 | (low & 0x0f));
	}
	return all == 0x10 ? 0 : -1;
}
