#include "golden.h"

#include "format/grant.h"

GOLDEN_ACCEPTED(grant, GRANT_MAX)

static void
golden(void **state)
{
	struct bytes text = golden_read(GOLDEN "format-1/grant");
	struct grant g;
	const char *why;

	(void)state;
	assert_int_equal(grant_decode(golden_span(&text), &g, &why), 0);
	assert_string_equal(g.realm, "EXAMPLE.COM");
	assert_int_equal(g.epoch, 2);
	assert_string_equal(
	    g.key, "SHA256:sIxIhmcFdiphqBOmxgOhpgV8XlHR8WBWuuLhvxKyEZk");
	assert_int_equal(g.time, 1795332900);
	golden_whole(golden_span(&text), accepted);
	bytes_release(&text);
}

static void
senseless(void **state)
{
	static const char *const swap[][2] = {
		{ "grant: 1", "grant: 2" },
		{ "epoch: 2", "epoch: 0" },
		{ "SHA256:", "MD5:" },
		{ "SHA256:sIxI", "SHA256:s xI" },
		{ "2026-11-22T07:35:00Z", "-" },
		{ "2026-11-22T07:35:00Z", "2026-11-31T07:35:00Z" },
		{ "realm: EXAMPLE.COM", "realm: EXAMPLE COM" },
	};
	struct bytes text = golden_read(GOLDEN "format-1/grant");

	(void)state;
	GOLDEN_SENSELESS(golden_span(&text), swap);
	bytes_release(&text);
}

/* The first epoch starts from nothing. */
static void
no_base(void **state)
{
	struct grant g = {
		.realm = "R", .epoch = 1, .key = "SHA256:x", .time = 1795332900
	};
	char text[GRANT_MAX];
	size_t n;

	(void)state;
	n = grant_encode(&g, text);
	assert_true(n != 0);
	assert_true(accepted((struct span){ text, n }));
	text[n - 1] = '\0';
	assert_non_null(strstr(text, "\nbase: -\n"));
}

/* Of an epoch, a time and a text. */
static struct grant_mark
mark(uint64_t epoch, int64_t time, const char *key)
{
	struct grant g = { .realm = "R", .epoch = epoch, .time = time };
	struct grant_mark m;

	snprintf(g.key, sizeof(g.key), "SHA256:%s", key);
	assert_int_equal(grant_mark(epoch, time == 0 ? NULL : &g, &m), 0);
	return m;
}

static void
what_follows(void **state)
{
	static const struct {
		uint64_t was_epoch;
		int64_t was_time;
		const char *was_key;
		uint64_t epoch;
		int64_t time;
		const char *key;
		enum grant_order want;
	} of[] = {
		/* Nothing was here. */
		{ 0, 0, "", 1, 0, "", GRANT_FOLLOWS },
		{ 0, 0, "", 1, 10, "a", GRANT_FOLLOWS },
		{ 0, 0, "", 7, 10, "a", GRANT_FOLLOWS },
		/* Epoch 1 before a grant. */
		{ 1, 0, "", 1, 0, "", GRANT_FOLLOWS },
		{ 1, 0, "", 1, 10, "a", GRANT_FOLLOWS },
		{ 1, 0, "", 2, 10, "a", GRANT_FOLLOWS },
		/* And with one. */
		{ 1, 10, "a", 1, 10, "a", GRANT_FOLLOWS },
		{ 1, 10, "a", 1, 11, "a", GRANT_FOLLOWS },
		{ 1, 10, "a", 1, 11, "b", GRANT_FOLLOWS },
		{ 1, 10, "a", 1, 10, "b", GRANT_OLD },
		{ 1, 10, "a", 1, 9, "b", GRANT_OLD },
		{ 1, 10, "a", 1, 9, "a", GRANT_OLD },
		{ 1, 10, "a", 1, 0, "", GRANT_MISSING },
		/* The grant of a later epoch may be older. */
		{ 1, 10, "a", 2, 9, "b", GRANT_FOLLOWS },
		{ 2, 10, "a", 1, 99, "b", GRANT_EPOCH_OVER },
		{ 2, 10, "a", 1, 0, "", GRANT_EPOCH_OVER },
		{ 2, 10, "a", 2, 0, "", GRANT_MISSING },
		{ UINT64_MAX, 10, "a", 1, 11, "b", GRANT_EPOCH_OVER },
		{ 1, 10, "a", UINT64_MAX, 11, "b", GRANT_FOLLOWS },
	};
	struct grant_mark was, now;

	(void)state;
	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		was = mark(of[i].was_epoch, of[i].was_time, of[i].was_key);
		now = mark(of[i].epoch, of[i].time, of[i].key);
		if (grant_order(&was, &now) != of[i].want)
			fail_msg("case %zu: %d", i, grant_order(&was, &now));
		assert_true(grant_mark_equal(&now, &now));
	}
}

static void
marks(void **state)
{
	struct bytes text = golden_read(GOLDEN "format-1/grant");
	struct grant g;
	struct grant_mark m;
	struct digest d;
	const char *why;

	(void)state;
	/* Of what was decoded: its text as it came. */
	assert_int_equal(grant_decode(golden_span(&text), &g, &why), 0);
	assert_int_equal(grant_mark(2, &g, &m), 0);
	assert_int_equal(digest_of(text.p, text.len, &d), 0);
	assert_true(digest_equal(&d, &m.digest));
	assert_int_equal(m.epoch, 2);
	assert_int_equal(m.time, g.time);
	bytes_release(&text);
	/* What has no spelling has no mark. */
	g.time = 0;
	assert_int_equal(grant_mark(2, &g, &m), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden),
		cmocka_unit_test(senseless),
		cmocka_unit_test(no_base),
		cmocka_unit_test(what_follows),
		cmocka_unit_test(marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
