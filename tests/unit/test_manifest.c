#include "golden.h"

#include "format/manifest.h"

GOLDEN_ACCEPTED(manifest, MANIFEST_MAX)

static void
golden(void **state)
{
	struct bytes text = golden_read(GOLDEN "format-1/manifest");
	struct manifest m;
	const char *why;

	(void)state;
	assert_int_equal(manifest_decode(golden_span(&text), &m, &why), 0);
	assert_string_equal(m.realm, "EXAMPLE.COM");
	assert_int_equal(m.epoch, 1);
	assert_int_equal(m.generation, 42);
	assert_int_equal(m.taken, 1795332900);
	assert_int_equal(m.as_of, 1795333201);
	assert_int_equal(m.interval, 300);
	assert_int_equal(m.dump.size, 2063);
	assert_int_equal(m.dump.principals, 6);
	assert_int_equal(m.dump.policies, 3);
	assert_int_equal(m.dump.mangled, 1);
	assert_int_equal(m.dump.n_mkey, 2);
	assert_int_equal(m.dump.mkey_kvno[1], 2);
	assert_true(m.dump.krbtgt);
	assert_int_equal(m.dump.krbtgt_kvno, 2);
	assert_false(m.held);
	assert_string_equal(m.source, "kdc1.example.com");
	assert_string_equal(m.krb5, "1.20.1");
	assert_string_equal(m.kdcsync, "0.1");
	golden_whole(golden_span(&text), accepted);
	bytes_release(&text);
}

static void
golden_held(void **state)
{
	struct bytes text = golden_read(GOLDEN "format-1/manifest-held");
	struct manifest m;
	const char *why;

	(void)state;
	assert_int_equal(manifest_decode(golden_span(&text), &m, &why), 0);
	assert_true(m.held);
	assert_int_equal(m.held_since, 1795332960);
	assert_string_equal(m.held_why,
	    "1,204 of 1,300 principals are gone; see --allow-shrink");
	assert_int_equal(m.dump.n_mkey, 0);
	assert_false(m.dump.krbtgt);
	golden_whole(golden_span(&text), accepted);
	bytes_release(&text);
}

static void
nothing_more(void **state)
{
	struct bytes text = golden_read(GOLDEN "format-1/manifest");
	size_t whole = text.len;

	(void)state;
	assert_int_equal(bytes_add(&text, "x: y\n", 5), 0);
	assert_false(accepted(golden_span(&text)));
	assert_false(accepted((struct span){ text.p, whole + 1 }));
	bytes_release(&text);
}

static void
senseless(void **state)
{
	static const char *const swap[][2] = {
		{ "epoch: 1", "epoch: 0" },
		{ "generation: 42", "generation: 0" },
		{ "generation: 42", "generation: 042" },
		{ "07:40:01Z", "07:34:59Z" },
		{ "interval: 300", "interval: 0" },
		{ "interval: 300", "interval: 31536001" },
		{ "size: 2063", "size: 29" },
		{ "realm: EXAMPLE.COM", "realm: EXAMPLE COM" },
		{ "realm: EXAMPLE.COM", "realm: " },
		{ "kvnos: 1 2", "kvnos: 2 1" },
		{ "kvnos: 1 2", "kvnos: 1 1" },
		{ "kvno: 2\n", "kvno: 4294967296\n" },
		{ "held: -", "held: 2026-11-22T07:36:00Z" },
		{ "held: -", "held: 2026-11-22T07:36:00Z " },
		{ "held: -", "held: because" },
		{ "epoch: 1\ngen", "gen" },
	};
	struct bytes text = golden_read(GOLDEN "format-1/manifest");

	(void)state;
	GOLDEN_SENSELESS(golden_span(&text), swap);
	assert_true(accepted(golden_replace(
	    golden_span(&text), "interval: 300", "interval: 31536000")));
	assert_true(accepted(golden_replace(
	    golden_span(&text), "realm: EXAMPLE.COM", "realm: C=DE/O=x")));
	bytes_release(&text);
}

static void
newer_format(void **state)
{
	struct bytes text = golden_read(GOLDEN "format-1/manifest");
	struct manifest m;
	const char *why = NULL;

	(void)state;
	assert_int_equal(manifest_decode(golden_replace(golden_span(&text),
					     "manifest: 1", "manifest: 2"),
			     &m, &why),
	    -1);
	assert_string_equal(
	    why, "format version 2, not 1: upgrade kdcsync here first");
	bytes_release(&text);
}

/* What the decoder would refuse is not written either. */
static void
no_spelling(void **state)
{
	struct bytes text = golden_read(GOLDEN "format-1/manifest");
	char again[MANIFEST_MAX];
	struct manifest good, m;
	const char *why;

	(void)state;
	assert_int_equal(manifest_decode(golden_span(&text), &good, &why), 0);
	m = good;
	strcpy(m.realm, "A\nB");
	assert_int_equal(manifest_encode(&m, again), 0);
	m = good;
	m.as_of = m.taken - 1;
	assert_int_equal(manifest_encode(&m, again), 0);
	m = good;
	m.generation = 0;
	assert_int_equal(manifest_encode(&m, again), 0);
	m = good;
	m.held = true;
	m.held_since = m.taken;
	assert_int_equal(manifest_encode(&m, again), 0);
	strcpy(m.held_why, "caf\xc3\xa9");
	assert_int_equal(manifest_encode(&m, again), 0);
	m = good;
	memset(m.source, 'x', sizeof(m.source) - 1);
	memset(m.realm, 'R', sizeof(m.realm) - 1);
	assert_true(manifest_encode(&m, again) != 0);
	bytes_release(&text);
}

static void
the_largest_fits(void **state)
{
	struct manifest m = { .epoch = UINT64_MAX,
		.generation = UINT64_MAX,
		.taken = INT64_C(253402300799),
		.as_of = INT64_C(253402300799),
		.interval = 31536000,
		.held = true,
		.held_since = INT64_C(253402300799) };
	char text[MANIFEST_MAX];
	unsigned i;
	size_t n;

	(void)state;
	memset(&m.dump, 0xff, sizeof(m.dump));
	m.dump.krbtgt = true;
	m.dump.n_mkey = DUMP_MKEYS;
	for (i = 0; i < DUMP_MKEYS; i++)
		m.dump.mkey_kvno[i] = UINT32_MAX - DUMP_MKEYS + i;
	memset(m.realm, 'R', sizeof(m.realm) - 1);
	memset(m.held_why, 'h', sizeof(m.held_why) - 1);
	memset(m.source, 's', sizeof(m.source) - 1);
	memset(m.krb5, 'k', sizeof(m.krb5) - 1);
	memset(m.kdcsync, 'v', sizeof(m.kdcsync) - 1);
	n = manifest_encode(&m, text);
	assert_true(n != 0);
	assert_true(accepted((struct span){ text, n }));
}

static void
newer_and_older(void **state)
{
	struct manifest a = { .epoch = 2, .generation = 5, .as_of = 100 }, b;

	(void)state;
	b = a;
	assert_int_equal(manifest_compare(&a, &b), 0);
	b.as_of = 101;
	assert_true(manifest_compare(&a, &b) < 0);
	b.generation = 4;
	assert_true(manifest_compare(&a, &b) > 0);
	b.epoch = 3;
	assert_true(manifest_compare(&a, &b) < 0);
	assert_true(manifest_compare(&b, &a) > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden),
		cmocka_unit_test(golden_held),
		cmocka_unit_test(nothing_more),
		cmocka_unit_test(senseless),
		cmocka_unit_test(newer_format),
		cmocka_unit_test(no_spelling),
		cmocka_unit_test(the_largest_fits),
		cmocka_unit_test(newer_and_older),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
