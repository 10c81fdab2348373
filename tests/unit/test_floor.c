/* Goal of this test: a host that was a primary follows the one after it, and
 * nothing from before, until it has a seal of its own. */

#include "scratch.h"

#include "store/floor.h"

static struct {
	char dir[32];
	struct config cf;
	struct state s;
	struct seal by, seal;
	struct floor f;
} t;

static int
prepare(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	scratch_dir(t.dir);
	snprintf(t.s.dir, sizeof(t.s.dir), "%s", t.dir);
	strcpy(t.by.m.realm, "EXAMPLE.TEST");
	t.by.m.epoch = 2;
	t.by.m.generation = 3;
	t.by.m.as_of = 2000;
	t.by.granted = true;
	strcpy(t.by.g.realm, "EXAMPLE.TEST");
	strcpy(t.by.g.key, "SHA256:x");
	t.by.g.epoch = 2;
	t.by.g.time = 1000;
	return 0;
}

static int
clean(void **state)
{
	(void)state;
	scratch_tree(t.dir);
	return 0;
}

static void
look(bool known)
{
	assert_int_equal(
	    floor_read(&t.cf, "EXAMPLE.TEST", &t.s, &t.seal, &t.f), 0);
	assert_int_equal(t.f.known, known);
}

static bool
follows(uint64_t epoch, uint64_t n, int64_t as_of, int64_t granted)
{
	struct seal next = t.by;
	char why[FLOOR_WHY];

	next.m.epoch = next.g.epoch = epoch;
	next.m.generation = n;
	next.m.as_of = as_of;
	next.g.time = granted;
	next.granted = granted != 0;
	return floor_check(&t.f, &next, why) == 0;
}

static void
test_nothing_kept(void **state)
{
	(void)state;
	look(false);
	assert_true(follows(1, 1, 1, 0));
}

static void
test_met(void **state)
{
	(void)state;
	assert_int_equal(floor_keep(&t.s, &t.by), 0);
	look(true);
	assert_true(follows(2, 3, 2000, 1000));
	assert_true(follows(2, 4, 2001, 1000));
	assert_true(follows(3, 1, 2001, 3000));
	assert_false(follows(2, 2, 2000, 1000));
	assert_false(follows(2, 4, 1999, 1000));
	assert_false(follows(1, 99, 3000, 0));
	assert_false(follows(1, 99, 3000, 999));
	assert_false(follows(2, 4, 3000, 0));
	assert_false(follows(2, 4, 3000, 999));
}

/* Of a grant whose generations were not met. */
static void
test_granted(void **state)
{
	(void)state;
	memset(&t.by.m, 0, sizeof(t.by.m));
	assert_int_equal(floor_keep(&t.s, &t.by), 0);
	look(true);
	assert_true(follows(2, 1, 1001, 1000));
	assert_false(follows(1, 99, 3000, 0));
	assert_false(follows(2, 1, 3000, 0));
}

static void
test_forgotten(void **state)
{
	(void)state;
	assert_int_equal(floor_keep(&t.s, &t.by), 0);
	floor_forget(&t.s);
	look(false);
	floor_forget(&t.s);
}

static void
test_damaged(void **state)
{
	char path[64];
	int saved = scratch_hush(-1);

	(void)state;
	snprintf(path, sizeof(path), "%s/floor", t.dir);
	scratch_write(path, "kdcsync-floor: 1\nepoch: 2\n", 26);
	look(false);
	scratch_write(path, "", 0);
	look(false);
	scratch_unhush(saved);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, prepare, clean)
	const struct CMUnitTest tests[] = {
		T(test_nothing_kept),
		T(test_met),
		T(test_granted),
		T(test_forgotten),
		T(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
