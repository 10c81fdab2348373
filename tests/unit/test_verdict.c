#include "golden.h"

#include "format/verdict.h"

GOLDEN_ACCEPTED(verdict, VERDICT_MAX)

static void
golden(void **state)
{
	struct bytes text = golden_read(GOLDEN "format-1/verdict");
	struct verdict v;
	const char *why;

	(void)state;
	assert_int_equal(verdict_decode(golden_span(&text), &v, &why), 0);
	assert_int_equal(v.outcome, VERDICT_SEALED);
	assert_string_equal(v.why, "-");
	assert_int_equal(v.epoch, 1);
	assert_int_equal(v.generation, 42);
	assert_int_equal(v.as_of, 1795333201);
	assert_int_equal(v.proof, 1795333203);
	assert_string_equal(v.proof_result, "good");
	assert_int_equal(v.stash_kvno, 2);
	assert_int_equal(v.n_mkey, 2);
	assert_int_equal(v.receive_ms, 312);
	assert_int_equal(v.apply_ms, 1840);
	golden_whole(golden_span(&text), accepted);
	bytes_release(&text);
}

static void
golden_refused(void **state)
{
	struct bytes text = golden_read(GOLDEN "format-1/verdict-refused");
	struct verdict v;
	const char *why;

	(void)state;
	assert_int_equal(verdict_decode(golden_span(&text), &v, &why), 0);
	assert_int_equal(v.outcome, VERDICT_REFUSED);
	assert_string_equal(
	    v.why, "the manifest is of realm OTHER.COM, not EXAMPLE.COM");
	assert_int_equal(v.epoch, 0);
	assert_int_equal(v.generation, 0);
	assert_int_equal(v.as_of, 0);
	assert_int_equal(v.proof, 0);
	assert_int_equal(v.stash_kvno, 0);
	assert_int_equal(v.n_mkey, 0);
	golden_whole(golden_span(&text), accepted);
	bytes_release(&text);
}

static void
senseless(void **state)
{
	static const char *const swap[][2] = {
		{ "verdict: 1", "verdict: 2" },
		{ "outcome: sealed", "outcome: unknown" },
		{ "generation: 1.42", "generation: 1" },
		{ "generation: 1.42", "generation: 1.0" },
		{ "generation: 1.42", "generation: 0.0" },
		{ "generation: 1.42", "generation: 1.42.3" },
		{ "generation: 1.42", "generation: 1.042" },
		{ "stash-kvno: 2", "stash-kvno: 0" },
		{ "receive-ms: 312", "receive-ms: -" },
	};
	struct bytes text = golden_read(GOLDEN "format-1/verdict");

	(void)state;
	GOLDEN_SENSELESS(golden_span(&text), swap);
	assert_true(accepted(golden_replace(golden_span(&text), "1.42",
	    "18446744073709551615.18446744073709551615")));
	bytes_release(&text);
}

static void
outcomes(void **state)
{
	static const char *const line[] = { "\noutcome: sealed\n",
		"\noutcome: need-full\n", "\noutcome: refused\n",
		"\noutcome: busy\n", "\noutcome: failed\n" };
	struct verdict v = { .realm = "R", .why = "w", .proof_result = "-" };
	const char *why;
	char text[VERDICT_MAX];
	struct verdict back;
	unsigned i;
	size_t n;

	(void)state;
	for (i = 0; i < 5; i++) {
		v.outcome = (enum verdict_outcome)i;
		n = verdict_encode(&v, text);
		assert_true(n != 0);
		assert_non_null(memmem(text, n, line[i], strlen(line[i])));
		assert_int_equal(
		    verdict_decode((struct span){ text, n }, &back, &why), 0);
		assert_int_equal(back.outcome, i);
	}
	v.outcome = (enum verdict_outcome)5;
	assert_int_equal(verdict_encode(&v, text), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden),
		cmocka_unit_test(golden_refused),
		cmocka_unit_test(senseless),
		cmocka_unit_test(outcomes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
