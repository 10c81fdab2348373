#include "golden.h"

#include "format/bundle.h"
#include "format/grant.h"
#include "format/manifest.h"

#define D1                                                                     \
	"delta."                                                               \
	"01aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.zst"
#define D2                                                                     \
	"delta."                                                               \
	"02aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.zst"

/* Do these names make a bundle, all with 10 bytes and payloads up to 100?  The
 * list ends with NULL. */
static bool
bundle(const char *const *name)
{
	struct bundle_rules r = { .payload_max = 100 };
	enum bundle_part part;
	struct digest base;
	const char *why = NULL;

	for (; *name != NULL; name++) {
		if (bundle_entry(&r, *name, 10, &part, &base, &why) == -1) {
			assert_non_null(why);
			return false;
		}
	}
	return bundle_end(&r, &why) == 0;
}
#define BUNDLE(...) bundle((const char *const[]){ __VA_ARGS__, NULL })

static void
whole_bundles(void **state)
{
	(void)state;
	assert_true(BUNDLE("manifest", "manifest.sig"));
	assert_true(BUNDLE("manifest", "manifest.sig", "dump.zst"));
	assert_true(BUNDLE("manifest", "manifest.sig", D1));
	assert_true(BUNDLE("manifest", "manifest.sig", D2, D1));
	assert_true(BUNDLE("manifest", "manifest.sig", "grant", "grant.sig"));
	assert_true(BUNDLE(
	    "manifest", "manifest.sig", "grant", "grant.sig", "dump.zst"));
	assert_true(
	    BUNDLE("manifest", "manifest.sig", "grant", "grant.sig", D1, D2));
}

static void
no_bundles(void **state)
{
	(void)state;
	assert_false(bundle((const char *const[]){ NULL }));
	assert_false(BUNDLE("manifest"));
	assert_false(BUNDLE("manifest.sig"));
	assert_false(BUNDLE("manifest.sig", "manifest"));
	assert_false(BUNDLE("manifest", "manifest"));
	assert_false(BUNDLE("manifest", "manifest.sig", "manifest.sig"));
	assert_false(BUNDLE("manifest", "manifest.sig", "manifest"));
	assert_false(BUNDLE("manifest", "dump.zst"));
	assert_false(BUNDLE("dump.zst"));
	assert_false(BUNDLE("manifest", "manifest.sig", "grant"));
	assert_false(BUNDLE("manifest", "manifest.sig", "grant.sig"));
	assert_false(BUNDLE("manifest", "manifest.sig", "grant", "dump.zst"));
	assert_false(BUNDLE(
	    "manifest", "manifest.sig", "dump.zst", "grant", "grant.sig"));
	assert_false(
	    BUNDLE("manifest", "manifest.sig", "dump.zst", "dump.zst"));
	assert_false(BUNDLE("manifest", "manifest.sig", "dump.zst", D1));
	assert_false(BUNDLE("manifest", "manifest.sig", D1, "dump.zst"));
	assert_false(BUNDLE("manifest", "manifest.sig", D1, D1));
	assert_false(
	    BUNDLE("manifest", "manifest.sig", D1, "grant", "grant.sig"));
}

static void
other_names(void **state)
{
	static const char *const bad[] = { "", "manifes", "manifest ",
		"./manifest", "/manifest", "MANIFEST", "manifest.sig.sig",
		"dump", "dump.zst/", "../dump.zst", "delta.zst", "delta..zst",
		"delta."
		"01AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		"AAAAAA.zst",
		D1 ".zst", D1 "x", "delta.", "extra" };
	struct bundle_rules r = { .payload_max = 100 };
	enum bundle_part part;
	struct digest base;
	const char *why;
	size_t i;

	(void)state;
	assert_int_equal(
	    bundle_entry(&r, "manifest", 1, &part, &base, &why), 0);
	assert_int_equal(
	    bundle_entry(&r, "manifest.sig", 1, &part, &base, &why), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (bundle_entry(&r, bad[i], 1, &part, &base, &why) == 0)
			fail_msg("accepted: '%s'", bad[i]);
	}
	assert_int_equal(bundle_entry(&r, D1, 1, &part, &base, &why), 0);
	assert_int_equal(part, BUNDLE_DELTA);
	assert_int_equal(base.b[0], 1);
	assert_int_equal(base.b[1], 0xaa);
}

/* The largest size that the next entry of this name may have; UINT64_MAX when
 * no size is refused. */
static uint64_t
largest(struct bundle_rules r, const char *name)
{
	uint64_t low = 0, high = UINT64_MAX, middle;
	struct bundle_rules copy;
	enum bundle_part part;
	struct digest base;
	const char *why;

	copy = r;
	assert_int_equal(bundle_entry(&copy, name, 0, &part, &base, &why), -1);
	while (low < high) {
		middle = low + (high - low) / 2 + 1;
		copy = r;
		if (bundle_entry(&copy, name, middle, &part, &base, &why) == 0)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

static void
sizes(void **state)
{
	struct bundle_rules r = { .seen = 0 };
	const char *why;
	enum bundle_part part;
	struct digest base;

	(void)state;
	assert_int_equal(largest(r, "manifest"), MANIFEST_MAX);
	assert_int_equal(
	    bundle_entry(&r, "manifest", 1, &part, &base, &why), 0);
	assert_int_equal(largest(r, "manifest.sig"), BUNDLE_SIG_MAX);
	assert_int_equal(
	    bundle_entry(&r, "manifest.sig", 1, &part, &base, &why), 0);
	assert_int_equal(largest(r, "grant"), GRANT_MAX);
	assert_int_equal(largest(r, "dump.zst"), 0);
	assert_int_equal(largest(r, D1), 0);
	r.payload_max = 12345;
	assert_int_equal(largest(r, "dump.zst"), 12345);
	assert_int_equal(largest(r, D1), 12345);
	assert_int_equal(bundle_entry(&r, "grant", 1, &part, &base, &why), 0);
	assert_int_equal(largest(r, "grant.sig"), BUNDLE_SIG_MAX);
}

static void
not_for_ever(void **state)
{
	struct bundle_rules r = { .seen = 3, .payload_max = 100 };
	char name[BUNDLE_NAME_MAX];
	struct digest base = { { 0 } };
	enum bundle_part part;
	const char *why;
	unsigned i;

	(void)state;
	for (i = 0; i <= BUNDLE_DELTAS; i++) {
		base.b[0] = (uint8_t)i;
		base.b[1] = (uint8_t)(i / 256);
		bundle_name(BUNDLE_DELTA, &base, name);
		assert_int_equal(bundle_entry(&r, name, 1, &part, &base, &why),
		    i < BUNDLE_DELTAS ? 0 : -1);
	}
}

static void
names_and_bounds(void **state)
{
	static const char *const want[] = { "manifest", "manifest.sig", "grant",
		"grant.sig", "dump.zst" };
	char name[BUNDLE_NAME_MAX];
	struct digest base;
	unsigned i;

	(void)state;
	for (i = 0; i < 5; i++) {
		bundle_name((enum bundle_part)i, NULL, name);
		assert_string_equal(name, want[i]);
	}
	memset(&base, 0xaa, sizeof(base));
	base.b[0] = 1;
	bundle_name(BUNDLE_DELTA, &base, name);
	assert_string_equal(name, D1);
	/* ZSTD_compressBound of 0, 100,000 and 1 GB. */
	assert_true(bundle_bound(0) >= 64);
	assert_true(bundle_bound(100000) >= 100405);
	assert_true(bundle_bound(1000000000) >= 1003906250);
	assert_true(bundle_bound(UINT64_MAX) == UINT64_MAX);
	assert_true(bundle_bound(UINT64_MAX - 1000) == UINT64_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_bundles),
		cmocka_unit_test(no_bundles),
		cmocka_unit_test(other_names),
		cmocka_unit_test(sizes),
		cmocka_unit_test(not_for_ever),
		cmocka_unit_test(names_and_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
