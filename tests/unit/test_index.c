#include "golden.h"

#include "format/index.h"

static bool
accepted(struct span text)
{
	struct bytes again = BYTES_NONE;
	struct index x;
	const char *why = NULL;
	int rc = index_decode(text, &x, &why);

	if (rc == 0) {
		assert_int_equal(index_encode(&x, &again), 0);
		assert_true(span_equal(golden_span(&again), text));
	} else {
		assert_non_null(why);
	}
	bytes_release(&again);
	index_release(&x);
	return rc == 0;
}

static void
golden(void **state)
{
	static const char *const names[] = { "2.1.bundle", "1.42.bundle",
		"krb5.conf", "kdc.conf", "kadm5.acl", "stash.age" };
	struct bytes text = golden_read(GOLDEN "format-1/archive-index");
	char name[INDEX_NAME_MAX];
	struct index x;
	const char *why;

	(void)state;
	assert_int_equal(index_decode(golden_span(&text), &x, &why), 0);
	assert_string_equal(x.realm, "EXAMPLE.COM");
	assert_string_equal(x.host, "kdc1.example.com");
	assert_int_equal(x.made, 1795333260);
	assert_int_equal(x.n, 6);
	for (size_t i = 0; i < x.n; i++) {
		index_name(&x.member[i], name);
		assert_string_equal(name, names[i]);
	}
	assert_int_equal(x.member[0].epoch, 2);
	assert_int_equal(x.member[1].generation, 42);
	assert_int_equal(x.member[1].size, 4096);
	assert_int_equal(x.member[1].digest.b[1], 0x11);
	index_release(&x);
	/* Every cut is seen: it says how many members there are. */
	golden_whole(golden_span(&text), accepted);
	bytes_release(&text);
}

static void
senseless(void **state)
{
	static const char *const swap[][2] = {
		{ "archive: 1", "archive: 2" },
		{ "kdcsync-archive", "kdcsync-manifest" },
		{ "EXAMPLE.COM", "EXAMPLE COM" },
		{ "2026-11-22T07:41:00Z", "-" },
		{ "2026-11-22T07:41:00Z", "2026-11-31T07:41:00Z" },
		{ "members: 6", "members: 5" },
		{ "members: 6", "members: 7" },
		{ "members: 6", "members: 10001" },
		{ "2.1.bundle", "02.1.bundle" },
		{ "2.1.bundle", "2.0.bundle" },
		{ "2.1.bundle", "0.1.bundle" },
		{ "2.1.bundle", "2.1.bundles" },
		{ "2.1.bundle", "2.1" },
		{ "2.1.bundle", "../2.1.bundle" },
		{ "2.1.bundle", "1.42.bundle" },
		{ "2.1.bundle", "1.7.bundle" },
		{ "2.1.bundle 6144", "2.1.bundle 0" },
		{ "2.1.bundle 6144", "2.1.bundle  6144" },
		{ "2.1.bundle 6144", "2.1.bundle +6144" },
		{ "2.1.bundle 6144", "2.1.bundle -1" },
		{ "2.1.bundle 6144", "2.1.bundle 9223372036854775808" },
		{ "2.1.bundle 6144", "2.1.bundle 18446744073709551616" },
		{ "2.1.bundle 6144 4c", "2.1.bundle 6144 4C" },
		{ "2.1.bundle 6144 4c", "2.1.bundle 6144 c" },
		{ "krb5.conf", "krb5.con" },
		{ "krb5.conf", "index" },
		{ "krb5.conf 312", "krb5.conf 1048577" },
		{ "krb5.conf", "kadm5.acl" },
		{ "kadm5.acl", "kdc.conf" },
		{ "stash.age 410", "stash.age 0" },
		{ "3210\n", "3210 \n" },
		{ "3210\n", "3210\n\n" },
	};
	struct bytes text = golden_read(GOLDEN "format-1/archive-index");

	(void)state;
	GOLDEN_SENSELESS(golden_span(&text), swap);
	bytes_release(&text);
}

static void
newer_version(void **state)
{
	struct bytes text = golden_read(GOLDEN "format-1/archive-index");
	const char *why = NULL;
	struct index x;

	(void)state;
	assert_int_equal(index_decode(golden_replace(golden_span(&text),
					  "archive: 1", "archive: 2"),
			     &x, &why),
	    -1);
	assert_non_null(strstr(why, "upgrade kdcsync"));
	bytes_release(&text);
}

/* An archive of as many generations as there can be. */
static void
many(void **state)
{
	struct index x = INDEX_NONE;
	struct bytes text = BYTES_NONE;
	struct index_member *m;

	(void)state;
	strcpy(x.realm, "R");
	strcpy(x.host, "h");
	x.made = 1;
	for (uint64_t i = 0; i < INDEX_MEMBERS - 2; i++) {
		m = index_add(&x);
		assert_non_null(m);
		m->epoch = m->generation = UINT64_MAX - i;
		m->size = INT64_MAX;
	}
	assert_int_equal(index_encode(&x, &text), -1);
	index_add(&x)->kind = INDEX_KRB5_CONF;
	assert_int_equal(index_encode(&x, &text), -1);
	index_add(&x)->kind = INDEX_KDC_CONF;
	assert_int_equal(index_encode(&x, &text), 0);
	assert_true(text.len <= INDEX_MAX);
	assert_true(accepted(golden_span(&text)));
	index_add(&x)->kind = INDEX_KADM5_ACL;
	assert_int_equal(index_encode(&x, &text), -1);
	index_release(&x);
	bytes_release(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden),
		cmocka_unit_test(senseless),
		cmocka_unit_test(newer_version),
		cmocka_unit_test(many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
