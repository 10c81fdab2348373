/* Goal of this test: a file of metrics is of Prometheus' grammar whatever a label
 * holds, and is there whole or not at all. */

#include "said.h"

#include "store/metrics.h"
#include "sys/file.h"

static struct {
	char dir[32], path[64];
	struct said said;
} f;

static int
prepare(void **state)
{
	(void)state;
	scratch_dir(f.dir);
	snprintf(f.path, sizeof(f.path), "%s/kdcsync.prom", f.dir);
	return 0;
}

static int
clean(void **state)
{
	(void)state;
	scratch_names(f.dir, 1);
	return 0;
}

static void
file_is(const char *want)
{
	struct bytes b = BYTES_NONE;
	struct stat st;

	assert_int_equal(file_read(f.path, 1 << 20, &b), 0);
	assert_string_equal(b.p, want);
	bytes_release(&b);
	assert_int_equal(stat(f.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(scratch_names(f.dir, 0), 1);
}

static void
test_write(void **state)
{
	const char *none[] = { NULL };
	const char *one[] = { "realm", "EXAMPLE.COM", NULL };
	const char *two[] = { "realm", "R", "replica", "a\"b\\c\nd\xff", NULL };
	struct metrics m;

	(void)state;
	assert_int_equal(metrics_begin(&m), 0);
	metrics_name(&m, "a", "What a is.");
	metrics_put(&m, "a", none, 7);
	metrics_put(&m, "a", one, INT64_MAX);
	metrics_put(&m, "a", two, -1);
	metrics_put_ms(&m, "b_seconds", one, 1005);
	metrics_put_ms(&m, "b_seconds", none, 0);
	assert_int_equal(metrics_commit(&m, f.path), 0);
	file_is("# HELP kdcsync_a What a is.\n# TYPE kdcsync_a gauge\n"
		"kdcsync_a 7\n"
		"kdcsync_a{realm=\"EXAMPLE.COM\"} 9223372036854775807\n"
		"kdcsync_a{realm=\"R\",replica=\"a\\\"b\\\\c?d?\"} -1\n"
		"kdcsync_b_seconds{realm=\"EXAMPLE.COM\"} 1.005\n"
		"kdcsync_b_seconds 0.000\n");
	/* It is replaced. */
	assert_int_equal(metrics_begin(&m), 0);
	assert_int_equal(metrics_commit(&m, f.path), 0);
	file_is("");
}

static int64_t
get(const char *text, const char *name, const char *realm)
{
	const char *labels[] = { "realm", realm, NULL };

	return metrics_get_ms(
	    (struct span){ text, strlen(text) }, name, labels);
}

static void
test_get(void **state)
{
	static const char *const odd[] = { "", "\n\n", "kdcsync_a{realm=\"R\"}",
		"kdcsync_a{realm=\"R\"} 1", "kdcsync_a{realm=\"R\"} x\n",
		"kdcsync_a{realm=\"R\"} -5\n", "kdcsync_a{realm=\"R\"} nan\n",
		"kdcsync_a{realm=\"R\"} 1e300\n", "kdcsync_a{realm=\"R\"} \n",
		"kdcsync_a 7\nxkdcsync_a{realm=\"R\"} 7\n",
		"kdcsync_ab{realm=\"R\"} 7\nkdcsync_a{realm=\"Q\"} 7\n",
		"kdcsync_a{realm=\"R\"} 0000000000000000000000000000000007\n" };
	const char *none[] = { NULL };
	static const char text[] =
	    "# TYPE kdcsync_a gauge\nkdcsync_a{realm=\"R\"} 4.203\n"
	    "kdcsync_a{realm=\"a\\\"?\"} 1795357534\nkdcsync_b 2\n";

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		assert_int_equal(get(odd[i], "a", "R"), 0);
	assert_int_equal(get(text, "a", "R"), 4203);
	assert_int_equal(get(text, "a", "a\"\n"), 1795357534000);
	assert_int_equal(
	    metrics_get_ms((struct span){ text, sizeof(text) - 1 }, "b", none),
	    2000);
}

static void
test_failing(void **state)
{
	struct metrics m;
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/no/where", f.dir);
	assert_int_equal(metrics_begin(&m), 0);
	said_begin(&f.said);
	assert_int_equal(metrics_commit(&m, path), -1);
	said_one(&f.said, path, "No such file");
	assert_null(m.f);
	assert_null(m.text);
	assert_int_equal(scratch_names(f.dir, 0), 0);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, prepare, clean)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_write),
		T(test_get),
		T(test_failing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
