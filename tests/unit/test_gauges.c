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

static struct gauges
stands(const char *path)
{
	struct bytes b = golden_read(path);
	struct gauges g;

	gauges_decode(golden_span(&b), "R", &g);
	bytes_release(&b);
	return g;
}

/* Numbers that nobody wrote, but no others than could be. */
static void
take_damaged(struct span text)
{
	struct gauges g;

	gauges_decode(text, "R", &g);
	assert_true(g.ran >= 0 && g.succeeded >= 0 && g.as_of >= 0 &&
	    g.duration_ms >= 0 && g.principals >= 0);
}

static void
text(void **state)
{
	static const char want[] =
	    "# HELP kdcsync_drill_success 1 if the last drill was good.\n"
	    "# TYPE kdcsync_drill_success gauge\n"
	    "kdcsync_drill_success{realm=\"R\"} 1\n"
	    "# HELP kdcsync_drill_timestamp_seconds When the last drill "
	    "ended.\n"
	    "# TYPE kdcsync_drill_timestamp_seconds gauge\n"
	    "kdcsync_drill_timestamp_seconds{realm=\"R\"} 1795357534\n"
	    "# HELP kdcsync_drill_success_timestamp_seconds When the last good "
	    "drill ended; 0: never.\n"
	    "# TYPE kdcsync_drill_success_timestamp_seconds gauge\n"
	    "kdcsync_drill_success_timestamp_seconds{realm=\"R\"} "
	    "1795357534\n"
	    "# HELP kdcsync_drill_duration_seconds Time to recover, of the "
	    "last good drill.\n"
	    "# TYPE kdcsync_drill_duration_seconds gauge\n"
	    "kdcsync_drill_duration_seconds{realm=\"R\"} 4.203\n"
	    "# HELP kdcsync_drill_as_of_timestamp_seconds Until when the last "
	    "good drill had the data.\n"
	    "# TYPE kdcsync_drill_as_of_timestamp_seconds gauge\n"
	    "kdcsync_drill_as_of_timestamp_seconds{realm=\"R\"} 1795357000\n"
	    "# HELP kdcsync_drill_principals How many the last good drill "
	    "had.\n"
	    "# TYPE kdcsync_drill_principals gauge\n"
	    "kdcsync_drill_principals{realm=\"R\"} 100000\n";
	const struct gauges none = { .success = false };
	char dir[32], path[64];
	struct gauges g = good;
	struct bytes b;

	(void)state;
	scratch_dir(dir);
	(void)snprintf(path, sizeof(path), "%s/metrics", dir);
	assert_int_equal(gauges_write(path, "R", &g), 0);
	b = golden_read(path);
	assert_int_equal(b.len, strlen(want));
	assert_memory_equal(b.p, want, b.len);
	gauges_decode(golden_span(&b), "R", &g);
	same(&g, &good);
	gauges_decode(golden_span(&b), "R2", &g);
	same(&g, &none);
	golden_damage(golden_span(&b), take_damaged);
	bytes_release(&b);
	assert_int_equal(scratch_names(dir, 1), 1);
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
	assert_int_equal(gauges_write(path, "R", &g), 0);
	g = stands(path);
	same(&g, &bad);
	g = good;
	assert_int_equal(gauges_write(path, "R", &g), 0);
	g = stands(path);
	same(&g, &good);
	g = bad;
	assert_int_equal(gauges_write(path, "R", &g), 0);
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
	assert_int_equal(gauges_write(path, "R", &g), 0);
	g = stands(path);
	same(&g, &bad);
	said_nothing(&s);
	assert_int_equal(scratch_names(dir, 1), 1);
	said_begin(&s);
	assert_int_equal(gauges_write(path, "R", &g), -1);
	said_one(&s, path, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text),
		cmocka_unit_test(kept),
	};

	say_program("test");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
