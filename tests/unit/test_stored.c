#include "golden.h"

#include "format/stored.h"

/* By hand, from kdb_xdr.c: the name "a@B", one tl_data of type 8. */
/* clang-format off */
static const unsigned char stored[] = {
	38, 0,				/* KRB5_KDB_V1_BASE_LENGTH */
	0x80, 0, 0, 0,			/* attributes */
	0, 0, 0, 0,  0, 0, 0, 0,	/* lives */
	0, 0, 0, 0,  0, 0, 0, 0,	/* expirations */
	0x04, 0x03, 0x02, 0x01,		/* last_success */
	0x08, 0x07, 0x06, 0xf5,		/* last_failed, after 2038 */
	3, 0, 0, 0,			/* fail_auth_count */
	1, 0,  0, 0,			/* tl_data, keys */
	4, 0, 'a', '@', 'B', 0,
	8, 0,  2, 0,  1, 0
};
/* clang-format on */

static const struct span whole = { (const char *)stored, sizeof(stored) };

static void
counters(void **state)
{
	struct stored_counters c;

	(void)state;
	assert_int_equal(stored_counters(whole, &c), 0);
	assert_int_equal(c.last_success, 0x01020304);
	assert_int_equal(c.last_failed, 0xf5060708);
	assert_int_equal(c.fail_auth_count, 3);
	assert_int_equal(stored_counters((struct span){ whole.p, 37 }, &c), -1);
	assert_int_equal(stored_counters((struct span){ NULL, 0 }, &c), -1);
}

static void
name(void **state)
{
	char copy[sizeof(stored)];
	struct span s = stored_name(whole), other = { copy, sizeof(copy) };

	(void)state;
	assert_int_equal(s.len, 3);
	assert_memory_equal(s.p, "a@B", 3);
	/* Cut anywhere before the end of the name: none. */
	for (size_t i = 0; i < 44; i++)
		assert_int_equal(
		    stored_name((struct span){ whole.p, i }).len, 0);
	assert_int_equal(stored_name((struct span){ whole.p, 44 }).len, 3);
	/* A NUL before its end, none at its end, another base. */
	memcpy(copy, stored, sizeof(copy));
	copy[41] = '\0';
	assert_int_equal(stored_name(other).len, 0);
	copy[41] = '@';
	copy[43] = 'C';
	assert_int_equal(stored_name(other).len, 0);
	copy[43] = '\0';
	copy[0] = 39;
	assert_int_equal(stored_name(other).len, 0);
	copy[0] = 38;
	copy[39] = '\x7f';
	assert_int_equal(stored_name(other).len, 0);
}

static void
same(void **state)
{
	char copy[sizeof(stored)];
	struct span other = { copy, sizeof(copy) };

	(void)state;
	for (size_t i = 0; i < sizeof(copy); i++) {
		memcpy(copy, stored, sizeof(copy));
		assert_true(stored_same_but_counters(whole, other));
		copy[i] = (char)(copy[i] ^ 1);
		assert_int_equal(stored_same_but_counters(whole, other),
		    i >= STORED_COUNTERS && i < STORED_COUNTERS_END);
	}
	other.len--;
	assert_false(stored_same_but_counters(whole, other));
	assert_false(stored_same_but_counters(
	    (struct span){ whole.p, 30 }, (struct span){ whole.p, 30 }));
}

static void
key(void **state)
{
	const struct span name = { "a@B", 3 };

	(void)state;
	assert_true(stored_is_key((struct span){ "a@B", 4 }, name));
	assert_false(stored_is_key(name, name));
	assert_false(stored_is_key((struct span){ "a@Bc", 4 }, name));
	assert_false(stored_is_key((struct span){ "a@C", 4 }, name));
	assert_false(stored_is_key((struct span){ "a@B\0", 5 }, name));
	assert_false(stored_is_key((struct span){ NULL, 0 }, name));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters),
		cmocka_unit_test(name),
		cmocka_unit_test(same),
		cmocka_unit_test(key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
