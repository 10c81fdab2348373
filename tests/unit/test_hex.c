#include "golden.h"

#include "format/hex.h"

static void
every_byte(void **state)
{
	char text[2], want[3];
	uint8_t byte, back;
	unsigned i;

	(void)state;
	for (i = 0; i < 256; i++) {
		byte = (uint8_t)i;
		assert_ptr_equal(hex_put(text, &byte, 1), text + 2);
		snprintf(want, sizeof(want), "%02x", i);
		assert_memory_equal(text, want, 2);
		assert_int_equal(hex_get(text, &back, 1), 0);
		assert_int_equal(back, byte);
	}
}

/* Several at a time are the same as one by one, and not a digit more. */
static void
every_length(void **state)
{
	uint8_t data[80];
	char text[2 * sizeof(data) + 1], one[2];

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 37 + 9);
	for (size_t from = 0; from < 17; from++) {
		for (size_t n = 0; n <= sizeof(data) - from; n++) {
			memset(text, '!', sizeof(text));
			assert_ptr_equal(
			    hex_put(text, data + from, n), text + 2 * n);
			for (size_t i = 0; i < n; i++) {
				(void)hex_put(one, data + from + i, 1);
				assert_memory_equal(text + 2 * i, one, 2);
			}
			assert_int_equal(text[2 * n], '!');
		}
	}
}

static void
nothing_else(void **state)
{
	char text[2];
	uint8_t byte;
	unsigned i, j, accepted = 0;

	(void)state;
	for (i = 0; i < 256; i++) {
		for (j = 0; j < 256; j++) {
			text[0] = (char)i;
			text[1] = (char)j;
			if (hex_get(text, &byte, 1) == 0)
				accepted++;
		}
	}
	assert_int_equal(accepted, 256);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte),
		cmocka_unit_test(every_length),
		cmocka_unit_test(nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
