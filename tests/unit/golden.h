#ifndef KDCSYNC_TEST_GOLDEN_H
#define KDCSYNC_TEST_GOLDEN_H

/* Golden files, and the damage that every decoder must see. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/bytes.h"

#define GOLDEN "tests/golden/"	/* tests run from the root of the repository */

static inline struct bytes
golden_read(const char *path)
{
	struct bytes b = BYTES_NONE;
	char block[4096];
	size_t n;
	FILE *f;

	f = fopen(path, "rb");
	if (f == NULL)
		fail_msg("%s: cannot open; run from the repository's root",
		    path);
	while ((n = fread(block, 1, sizeof(block), f)) != 0)
		assert_int_equal(bytes_add(&b, block, n), 0);
	assert_int_equal(fclose(f), 0);
	assert_true(b.len != 0);
	return b;
}

static inline struct span
golden_span(const struct bytes *b)
{
	return (struct span){ b->p, b->len };
}

/* Calls fn with every truncation of whole, then with every single flipped bit.
 * Each is a block of its own of exactly that size: ASan sees a byte too far. */
static inline void
golden_damage(struct span whole, void (*fn)(struct span text))
{
	size_t i;
	char *p;

	for (i = 0; i < whole.len; i++) {
		p = malloc(i == 0 ? 1 : i);
		assert_non_null(p);
		memcpy(p, whole.p, i);
		fn((struct span){ p, i });
		free(p);
	}
	p = malloc(whole.len);
	assert_non_null(p);
	memcpy(p, whole.p, whole.len);
	for (i = 0; i < whole.len * 8; i++) {
		p[i / 8] = (char)(p[i / 8] ^ (1 << i % 8));
		fn((struct span){ p, whole.len });
		p[i / 8] = whole.p[i / 8];
	}
	free(p);
}

/* accepted(text), for the test of a decoder of text: does it decode?  Then it
 * must encode to itself. */
#define GOLDEN_ACCEPTED(noun, size)                                            \
	static bool accepted(struct span text)                                 \
	{                                                                      \
		static char again[size];                                       \
		const char *why = NULL;                                        \
		struct noun x;                                                 \
		size_t n;                                                      \
									       \
		if (noun##_decode(text, &x, &why) == -1) {                     \
			assert_non_null(why);                                  \
			return false;                                          \
		}                                                              \
		n = noun##_encode(&x, again);                                  \
		assert_int_equal(n, text.len);                                 \
		assert_memory_equal(again, text.p, n);                         \
		return true;                                                   \
	}

static bool (*golden_accepted)(struct span text);

static inline void
golden_try(struct span text)
{
	(void)golden_accepted(text);
}

/* The whole of it is accepted, nothing less is, and with a bit flipped it is
 * refused or encodes to itself. */
static inline void
golden_whole(struct span whole, bool (*accepted)(struct span text))
{
	assert_true(accepted(whole));
	for (size_t i = 0; i < whole.len; i++)
		assert_false(accepted((struct span){ whole.p, i }));
	golden_accepted = accepted;
	golden_damage(whole, golden_try);
}

static inline struct span
golden_text(const char *text)
{
	return (struct span){ text, strlen(text) };
}

/* A copy of text with the first from replaced by to; static, one at a time. */
static inline struct span
golden_replace(struct span text, const char *from, const char *to)
{
	static char copy[65536];
	char *at;

	assert_true(text.len < sizeof(copy) / 2 && strlen(to) < 32768);
	memcpy(copy, text.p, text.len);
	copy[text.len] = '\0';
	at = strstr(copy, from);
	if (at == NULL)
		fail_msg("no '%s' to replace", from);
	memmove(at + strlen(to), at + strlen(from),
	    strlen(at + strlen(from)) + 1);
	memcpy(at, to, strlen(to));
	return golden_text(copy);
}

/* With any of those changes it makes no sense. */
static inline void
golden_senseless(struct span text, const char *const swap[][2], size_t n,
    bool (*accepted)(struct span text))
{
	for (size_t i = 0; i < n; i++)
		if (accepted(golden_replace(text, swap[i][0], swap[i][1])))
			fail_msg("accepted with '%s'", swap[i][1]);
}
#define GOLDEN_SENSELESS(text, swap)                                           \
	golden_senseless(text, swap, sizeof(swap) / sizeof((swap)[0]), accepted)

#endif
