#include "golden.h"

#include "format/digest.h"

/* FIPS 180-2, appendix B. */
#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define NOTHING                                                                \
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void
known_answers(void **state)
{
	char text[DIGEST_TEXT];
	struct digest d;

	(void)state;
	assert_int_equal(digest_of("abc", 3, &d), 0);
	digest_encode(&d, text);
	assert_string_equal(text, ABC);
	assert_int_equal(digest_of("", 0, &d), 0);
	digest_encode(&d, text);
	assert_string_equal(text, NOTHING);
}

static void
in_pieces(void **state)
{
	struct digest_run *run;
	struct digest a, b;

	(void)state;
	run = digest_begin();
	assert_non_null(run);
	assert_int_equal(digest_add(run, "a", 1), 0);
	assert_int_equal(digest_add(run, "", 0), 0);
	assert_int_equal(digest_add(run, "bc", 2), 0);
	assert_int_equal(digest_end(run, &a), 0);
	assert_int_equal(digest_of("abc", 3, &b), 0);
	assert_true(digest_equal(&a, &b));
	b.b[31] ^= 1;
	assert_false(digest_equal(&a, &b));
}

static void
dropped(void **state)
{
	(void)state;
	digest_drop(NULL);
	digest_drop(digest_begin());
}

static void
spelling(void **state)
{
	char text[] = ABC, again[DIGEST_TEXT];
	struct digest d;

	(void)state;
	assert_int_equal(digest_decode(text, 64, &d), 0);
	digest_encode(&d, again);
	assert_string_equal(text, again);
	assert_int_equal(digest_decode(text, 63, &d), -1);
	assert_int_equal(digest_decode(text, 65, &d), -1);
	text[0] = 'B';
	assert_int_equal(digest_decode(text, 64, &d), -1);
	text[0] = 'g';
	assert_int_equal(digest_decode(text, 64, &d), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_answers),
		cmocka_unit_test(in_pieces),
		cmocka_unit_test(dropped),
		cmocka_unit_test(spelling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
