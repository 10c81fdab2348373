/* Goal of this test: the metrics of a drill are what Prometheus reads, and a drill
 * that fails keeps what the last good one left, whatever stands there. */

#include "golden.h"
#include "said.h"

#include "restore/gauges.h"

static const struct gauges good = {
	.success = true,
	.ran = 1795357534,
	.succeeded = 1795357534,
	.duration_ms = 4203,
	.as_of = 1795357000,
	.principals = 100000,
};

static void
same(const struct gauges *a, const struct gauges *b)
{
	assert_int_equal(a->success, b->success);
	assert_int_equal(a->ran, b->ran);
	assert_int_equal(a->succeeded, b->succeeded);
	assert_int_equal(a->duration_ms, b->duration_ms);
	assert_int_equal(a->as_of, b->as_of);
	assert_int_equal(a->principals, b->principals);
}

static void
text(void **state)
{
	struct bytes b = BYTES_NONE;

	(void)state;
	assert_int_equal(gauges_encode(&good, &b), 0);
	assert_int_equal(bytes_add(&b, "", 1), 0);
	assert_non_null(strstr(b.p,
	    "# HELP kdcsync_drill_success 1 if the last drill was good.\n"
	    "# TYPE kdcsync_drill_success gauge\n"
	    "kdcsync_drill_success 1\n"));
	assert_non_null(
	    strstr(b.p, "\nkdcsync_drill_timestamp_seconds 1795357534\n"));
	assert_non_null(strstr(
	    b.p, "\nkdcsync_drill_success_timestamp_seconds 1795357534\n"));
	assert_non_null(
	    strstr(b.p, "\nkdcsync_drill_duration_seconds 4.203\n"));
	assert_non_null(strstr(
	    b.p, "\nkdcsync_drill_as_of_timestamp_seconds 1795357000\n"));
	assert_non_null(strstr(b.p, "\nkdcsync_drill_principals 100000\n"));
	bytes_release(&b);
}

static void
back(void **state)
{
	static const char *const odd[] = { "", "\n\n", "kdcsync_drill_success",
		"kdcsync_drill_success 1", "kdcsync_drill_success x\n",
		"kdcsync_drill_principals -5\n",
		"kdcsync_drill_principals 1e300\n",
		"kdcsync_drill_principals nan\n",
		"kdcsync_drill_principal 7\nxkdcsync_drill_principals 7\n" };
	const struct gauges none = { .success = false };
	struct bytes b = BYTES_NONE;
	struct gauges g;

	(void)state;
	assert_int_equal(gauges_encode(&good, &b), 0);
	gauges_decode((struct span){ b.p, b.len }, &g);
	same(&g, &good);
	for (size_t n = 0; n < b.len; n++)
		gauges_decode((struct span){ b.p, n }, &g);
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		gauges_decode(golden_text(odd[i]), &g);
		same(&g, &none);
	}
	bytes_release(&b);
}

static struct gauges
stands(const char *path)
{
	struct bytes b = golden_read(path);
	struct gauges g;

	gauges_decode((struct span){ b.p, b.len }, &g);
	bytes_release(&b);
	return g;
}

static void
kept(void **state)
{
	const struct gauges bad = { .success = false, .ran = 1795360000 };
	struct gauges g, want;
	char dir[32], path[64];
	struct stat st;
	struct said s;

	(void)state;
	scratch_dir(dir);
	(void)snprintf(path, sizeof(path), "%s/metrics", dir);
	said_begin(&s);
	/* Nothing there: nothing is known. */
	g = bad;
	assert_int_equal(gauges_write(path, &g), 0);
	g = stands(path);
	same(&g, &bad);
	g = good;
	assert_int_equal(gauges_write(path, &g), 0);
	g = stands(path);
	same(&g, &good);
	g = bad;
	assert_int_equal(gauges_write(path, &g), 0);
	want = good;
	want.success = false;
	want.ran = bad.ran;
	g = stands(path);
	same(&g, &want);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	/* Garbage is replaced. */
	scratch_write(path, "\0\1\2", 3);
	g = bad;
	assert_int_equal(gauges_write(path, &g), 0);
	g = stands(path);
	same(&g, &bad);
	said_nothing(&s);
	assert_int_equal(scratch_names(dir, 1), 1);
	said_begin(&s);
	assert_int_equal(gauges_write(path, &g), -1);
	said_one(&s, path, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text),
		cmocka_unit_test(back),
		cmocka_unit_test(kept),
	};

	say_program("test");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
