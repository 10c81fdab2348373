/* Goal of this test: rules of what to keep are understood or refused with a
 * phrase, and what they keep over the years is bounded, spaced as they say, and
 * never needs what was not kept before. */

#include "scratch.h"

#include "store/past/keep.h"

#define HOUR 3600
#define DAY 86400
#define DEFAULT "all 2h, 1h 2d, 1d 30d"
#define START INT64_C(1700000123)
#define MANY 40000

static struct {
	int64_t taken[MANY]; /* the newest first */
	bool stays[MANY];
	size_t n;
} f;

static struct keep
rules(const char *text)
{
	const char *why = NULL;
	struct keep k;

	if (keep_decode(text, &k, &why) == -1)
		fail_msg("'%s': %s", text, why);
	return k;
}

/*
 * The text.
 */
static void
test_text(void **state)
{
	static const struct {
		const char *text, *again;
	} good[] = { { DEFAULT, DEFAULT }, { "none", "none" },
		{ "all 2h,1h 2d,1d 30d", DEFAULT },
		{ "  all  120m ,\t60m\t48h , 24h 30d ", DEFAULT },
		{ "all 36500d", "all 36500d" }, { "1 2", "1s 2s" },
		{ "1d12h 900061", "1d12h 10d10h1m1s" }, { "1d 30d", "1d 30d" },
		{ "all 1,1 2,2 3,3 4,4 5,5 6,6 7,7 8",
		    "all 1s, 1s 2s, 2s 3s, 3s 4s, 4s 5s, 5s 6s, 6s 7s, 7s 8s" },
		{ "all 36499d23h59m59s, 36499d23h59m58s 36500d",
		    "all 36499d23h59m59s, 36499d23h59m58s 36500d" } };
	char text[KEEP_TEXT];
	struct keep k;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		k = rules(good[i].text);
		keep_encode(&k, text);
		assert_string_equal(text, good[i].again);
		k = rules(text);
		keep_encode(&k, text);
		assert_string_equal(text, good[i].again);
	}
	k = rules(DEFAULT);
	assert_int_equal(k.n, 3);
	assert_int_equal(k.rule[0].every, 0);
	assert_int_equal(k.rule[0].length, 2 * HOUR);
	assert_int_equal(k.rule[1].every, HOUR);
	assert_int_equal(k.rule[1].length, 2 * DAY);
	assert_int_equal(k.rule[2].every, DAY);
	assert_int_equal(k.rule[2].length, 30 * DAY);
	assert_int_equal(keep_longest(&k), 30 * DAY);
	k = rules("none");
	assert_int_equal(k.n, 0);
	assert_int_equal(keep_longest(&k), 0);
}

static void
test_bad_text(void **state)
{
	static const struct {
		const char *text, *why;
	} bad[] = { { "", "EVERY LENGTH" }, { " ", "EVERY LENGTH" },
		{ "2h", "EVERY LENGTH" }, { "all", "EVERY LENGTH" },
		{ "all 2h,", "EVERY LENGTH" }, { ",all 2h", "EVERY LENGTH" },
		{ "all 2h,,1h 2d", "EVERY LENGTH" },
		{ "all 2h 1h 2d", "EVERY LENGTH" },
		{ "all 2h; 1h 2d", "EVERY LENGTH" }, { "all 2h;", "`all`" },
		{ "none, all 2h", "EVERY LEN" },
		{ "all 2h, none", "EVERY LENGTH" }, { "all ever", "`all`" },
		{ "All 2h", "`all`" }, { "0 2h", "`all`" },
		{ "0h 2h", "`all`" }, { "-1h 2d", "`all`" },
		{ "all -2h", "`all`" }, { "1h all", "`all`" },
		{ "all 36500d1s", "`all`" }, { "all 0", "shorter" },
		{ "1h 1h", "shorter" }, { "1h 60m", "shorter" },
		{ "2d 1h", "shorter" }, { "all 2h, all 3h", "coarser" },
		{ "all 2h, 1h 2h", "coarser" }, { "all 2d, 1h 2h", "coarser" },
		{ "1h 2d, all 3d", "coarser" }, { "1h 2d, 30m 3d", "coarser" },
		{ "1h 2d, 1h 3d", "coarser" },
		{ "all 1,1 2,2 3,3 4,4 5,5 6,6 7,7 8,8 9", "more than 8" },
		{ "all 00000000000000000000000000000000000000000000000000000000"
		  "000000002h",
		    "EVERY LENGTH" } };
	const char *why;
	struct keep k;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		why = NULL;
		if (keep_decode(bad[i].text, &k, &why) != -1)
			fail_msg("accepted: '%s'", bad[i].text);
		if (why == NULL || strstr(why, bad[i].why) == NULL)
			fail_msg("'%s': %s", bad[i].text, why);
	}
}

/*
 * What stays.
 */
static void
mark(const struct keep *k, int64_t now)
{
	memset(f.stays, 2, sizeof(f.stays));
	keep_mark(k, now, f.taken, f.n, f.stays);
}

static void
test_few(void **state)
{
	struct keep k = rules(DEFAULT), none = rules("none");

	(void)state;
	f.n = 0;
	mark(&k, START);
	f.n = 1;
	f.taken[0] = 0; /* however old */
	mark(&k, START);
	assert_true(f.stays[0]);
	mark(&none, START);
	assert_true(f.stays[0]);
	f.n = 2;
	f.taken[0] = START;
	f.taken[1] = START - 1;
	mark(&none, START);
	assert_true(f.stays[0] && !f.stays[1]);
	mark(&k, START);
	assert_true(f.stays[0] && f.stays[1]);
}

/* The edges of lengths and periods, to the second. */
static void
test_edges(void **state)
{
	const int64_t noon = INT64_C(19700) * DAY + 12 * HOUR;
	struct keep k = rules("all 1h, 1d 10d");

	(void)state;
	f.n = 3;
	f.taken[0] = noon;
	f.taken[1] = noon - HOUR + 1;
	f.taken[2] = noon - HOUR;
	mark(&k, noon);
	assert_true(f.stays[1] && !f.stays[2]);
	mark(&k, noon + 1);
	assert_true(f.stays[0] && !f.stays[1]);
	/* The last second of a day, the first of the next. */
	f.n = 4;
	f.taken[1] = noon - 12 * HOUR;
	f.taken[2] = noon - 12 * HOUR - 1;
	f.taken[3] = noon - 12 * HOUR - 2;
	mark(&k, noon);
	assert_true(f.stays[0] && !f.stays[1] && f.stays[2] && !f.stays[3]);
	mark(&k, noon - 12 * HOUR - 1 + 10 * DAY - 1);
	assert_true(f.stays[2]);
	mark(&k, noon - 12 * HOUR - 1 + 10 * DAY);
	assert_true(f.stays[0] && !f.stays[2]);
}

/* A generation each step seconds, and after each only what stays: the count is
 * bounded, and all that would stay of all that ever was is still there. */
static void
simulate(const char *text, int64_t step, unsigned runs, size_t most)
{
	static int64_t all[MANY];
	static bool want[MANY];
	struct keep k = rules(text);
	int64_t now = START;
	size_t n = 0, at, peak = 0;

	f.n = 0;
	for (unsigned r = 0; r < runs; r++, now += step) {
		memmove(f.taken + 1, f.taken, f.n * sizeof(f.taken[0]));
		f.taken[0] = now;
		f.n++;
		mark(&k, now);
		at = 0;
		for (size_t i = 0; i < f.n; i++)
			if (f.stays[i])
				f.taken[at++] = f.taken[i];
		f.n = at;
		peak = at > peak ? at : peak;
		if (n < MANY) {
			memmove(all + 1, all, n * sizeof(all[0]));
			all[0] = now;
			n++;
		}
		if (r % 997 != 0 && r != runs - 1)
			continue;
		keep_mark(&k, now, all, n, want);
		at = 0;
		for (size_t i = 0; i < n; i++)
			if (want[i] && (at >= f.n || f.taken[at++] != all[i]))
				fail_msg("%s, run %u: what was taken %lld s "
					 "ago is gone",
				    text, r, (long long)(now - all[i]));
		assert_int_equal(at, f.n);
	}
	if (peak > most)
		fail_msg("%s: %zu were kept at once", text, peak);
}

static void
test_years(void **state)
{
	(void)state;
	/* 24 of two hours, 48 hours but those two, 30 days but those two;
	 * and what stands on the edges. */
	simulate(DEFAULT, 300, 20000, 24 + 47 + 30);
	simulate(DEFAULT, 7 * 300 + 1, 10000, 4 + 48 + 30);
	simulate(DEFAULT, HOUR, 3 * 365 * 24, 2 + 48 + 30);
	simulate(DEFAULT, DAY + 1, 10 * 365, 31);
	simulate(DEFAULT, 3 * DAY, 1000, 11);
	simulate(DEFAULT, 40 * DAY, 100, 1);
	simulate("none", HOUR, 1000, 1);
	simulate("all 1d", HOUR, 1000, 24);
	/* Periods that do not nest. */
	simulate("7h 3d, 2d 20d, 11d 100d", 1777, 20000, 11 + 10 + 11);
	simulate("all 10m, 7m 1h, 1h 1d, 1d 7d, 7d 30d, 30d 365d", 61, 30000,
	    10 + 9 + 24 + 7 + 5 + 13);
}

static uint32_t seed = 1;

static int64_t
dice(int64_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (int64_t)(seed >> 8) % n;
}

/* Whatever the rules, whenever one looks, with runs that failed for weeks: what
 * stays now stayed before. */
static void
test_monotone(void **state)
{
	static const char *const text[] = { DEFAULT, "all 1d", "1h 2d, 5h 9d",
		"none", "all 3h, 7m 4h, 3d 60d", "2d 20d, 11d 100d" };
	static bool before[500];
	struct keep k;
	int64_t now;

	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		k = rules(text[round % 6]);
		now = START;
		f.n = 500;
		for (size_t i = f.n; i-- > 0;) {
			f.taken[i] = now;
			now += dice(50) == 0 ? dice(10 * DAY) : dice(2 * HOUR);
		}
		now = f.taken[0];
		mark(&k, now);
		for (unsigned look = 0; look < 40; look++) {
			memcpy(before, f.stays, sizeof(before));
			now += dice(4) == 0 ? dice(9 * DAY) : dice(HOUR);
			mark(&k, now);
			for (size_t i = 0; i < f.n; i++)
				if (f.stays[i] && !before[i])
					fail_msg(
					    "round %u: %zu is back", round, i);
		}
	}
}

/*
 * Clocks.
 */
static void
test_clock_back(void **state)
{
	struct keep k = rules(DEFAULT);

	(void)state;
	/* An hour was set back: what is "later" counts as now. */
	f.n = 5;
	f.taken[0] = START;
	f.taken[1] = START + HOUR;
	f.taken[2] = START + HOUR - 300;
	f.taken[3] = START - 300;
	f.taken[4] = START - 600;
	mark(&k, START);
	for (size_t i = 0; i < f.n; i++)
		assert_true(f.stays[i]);
	/* And goes with the others of its time. */
	mark(&k, START + 2 * HOUR);
	assert_true(f.stays[0]);
	for (size_t i = 1; i < f.n; i++)
		assert_false(f.stays[i] && i != 3);
	/* All of them were taken later than now is. */
	mark(&k, START - DAY);
	for (size_t i = 0; i < f.n; i++)
		assert_true(f.stays[i]);
	mark(&k, 0);
	for (size_t i = 0; i < f.n; i++)
		assert_true(f.stays[i]);
}

/* One that a clock far ahead dated makes no period of its own when it is right
 * again, and does not stay for ever. */
static void
test_clock_ahead(void **state)
{
	struct keep k = rules("all 2h, 1d 30d");

	(void)state;
	f.n = 4;
	f.taken[0] = START + HOUR;
	f.taken[1] = START + 1000 * DAY;
	f.taken[2] = START + 1000 * DAY - 300;
	f.taken[3] = START;
	mark(&k, START + HOUR);
	assert_true(f.stays[0] && f.stays[1] && f.stays[2] && f.stays[3]);
	mark(&k, START + 4 * HOUR);
	assert_true(f.stays[0] && !f.stays[1] && !f.stays[2] && !f.stays[3]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_bad_text),
		cmocka_unit_test(test_few),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_years),
		cmocka_unit_test(test_monotone),
		cmocka_unit_test(test_clock_back),
		cmocka_unit_test(test_clock_ahead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
