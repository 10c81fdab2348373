#include "hex.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

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

#ifdef __SSE2__
/* Sixteen bytes at a time.  Every x86-64 has it. */
static __m128i
digits(__m128i nibbles)
{
	const __m128i letters = _mm_and_si128(
	    _mm_cmpgt_epi8(nibbles, _mm_set1_epi8(9)), _mm_set1_epi8(39));

	return _mm_add_epi8(_mm_add_epi8(nibbles, _mm_set1_epi8('0')), letters);
}

static size_t
put_blocks(char *p, const uint8_t *data, size_t n)
{
	const __m128i mask = _mm_set1_epi8(0x0f);
	size_t i;

	for (i = 0; n - i >= 16; i += 16) {
		__m128i in = _mm_loadu_si128((const __m128i *)(data + i));
		__m128i low = digits(_mm_and_si128(in, mask));
		__m128i high =
		    digits(_mm_and_si128(_mm_srli_epi16(in, 4), mask));

		_mm_storeu_si128(
		    (__m128i *)(p + 2 * i), _mm_unpacklo_epi8(high, low));
		_mm_storeu_si128(
		    (__m128i *)(p + 2 * i + 16), _mm_unpackhi_epi8(high, low));
	}
	return i;
}
#else
static size_t
put_blocks(char *p, const uint8_t *data, size_t n)
{
	(void)p;
	(void)data;
	(void)n;
	return 0;
}
#endif

char *
hex_put(char *p, const uint8_t *data, size_t n)
{
	size_t i;

	for (i = put_blocks(p, data, n); i < n; i++)
		memcpy(p + 2 * i, pairs + (size_t)data[i] * 2, 2);
	return p + 2 * n;
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
