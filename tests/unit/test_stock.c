/* Goal of this test: a name or a time finds the generation that is meant, or
 * none; never one that nobody published, or the one before for the current. */

#include "primary.h"
#include "said.h"

#include "store/past/stock.h"
#include "sys/file.h"

static struct {
	struct primary p;
	struct bytes dump;
	struct stock k;
	struct said said;
} f;

static void
add(uint64_t n, const char *alice)
{
	primary_add(&f.p, n,
	    golden_replace(golden_span(&f.dump), "alice@EXAMPLE", alice));
}

/* `current` is what was added last. */
static void
publish(void)
{
	char path[PATH_MAX];

	state_path(&f.p.s, STATE_CURRENT, path);
	assert_int_equal(seal_write(path, &f.p.now), 0);
}

static int
prepare(void **state)
{
	(void)state;
	memset(&f, 0, sizeof(f));
	primary_begin(&f.p);
	f.p.s.role = ROLE_PRIMARY;
	f.dump = golden_read(GOLDEN "format-1/dump");
	add(41, "alicf@EXAMPLE");
	add(42, "alicg@EXAMPLE");
	publish();
	return 0;
}

static int
clean(void **state)
{
	(void)state;
	stock_release(&f.k);
	primary_end(&f.p);
	bytes_release(&f.dump);
	return 0;
}

static void
forms(void **state)
{
	static const char *const names[] = { "current", "1.42", "0.0",
		"18446744073709551615.18446744073709551615" };
	static const char *const no_names[] = { "", "1", "1.", ".1", "1.2.3",
		"01.2", "1.02", "1.2 ", "./1.2", "Current", "1.x" };
	static const struct {
		const char *text;
		int64_t t;
	} times[] = {
		{ "2026-11-22T07:35:00Z", 1795332900 },
		{ "2026-11-22T07:35Z", 1795332900 },
		{ "2026-11-22", 1795305600 },
	};
	static const char *const no_times[] = { "", "2026", "2026-11-31",
		"2026-11-22T", "2026-11-22T07:35", "2026-11-22 07:35:00Z",
		"2026-11-22T07:35:00", "2026-11-22T07:35:00ZZ", "2026-11-2Z",
		"a time that is far too long to be one" };
	int64_t t;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_true(stock_is_name(names[i]));
	for (size_t i = 0; i < sizeof(no_names) / sizeof(no_names[0]); i++)
		if (stock_is_name(no_names[i]))
			fail_msg("'%s' is a name", no_names[i]);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		assert_true(stock_is_time(times[i].text, &t));
		assert_int_equal(t, times[i].t);
	}
	for (size_t i = 0; i < sizeof(no_times) / sizeof(no_times[0]); i++)
		if (stock_is_time(no_times[i], &t))
			fail_msg("'%s' is a time", no_times[i]);
}

static void
finds(void **state)
{
	const struct manifest *m;
	struct seal s;
	int fd;

	(void)state;
	assert_int_equal(stock_read(&f.p.s, "EXAMPLE.COM", &f.k), 0);
	assert_int_equal(f.k.all.n, 2);
	said_begin(&f.said);
	m = stock_named(&f.k, "current");
	assert_non_null(m);
	assert_int_equal(m->generation, 42);
	m = stock_named(&f.k, "1.41");
	assert_non_null(m);
	assert_int_equal(m->generation, 41);
	fd = stock_open(&f.k, m);
	assert_int_not_equal(fd, -1);
	assert_int_equal(file_size(fd, "dump"), m->dump.size);
	close(fd);
	assert_int_equal(stock_seal(&f.k, m, &s), 0);
	assert_int_equal(s.m.generation, 41);
	seal_release(&s);
	assert_ptr_equal(stock_at(&f.k, "2030-01-01"), &f.k.all.m[0]);
	said_nothing(&f.said);
	said_begin(&f.said);
	assert_null(stock_named(&f.k, "1.43"));
	said_one(&f.said, "1.43: no such generation", NULL);
	said_begin(&f.said);
	assert_null(stock_at(&f.k, "1999-01-01"));
	said_one(&f.said, "the oldest is 1.41", NULL);
	said_begin(&f.said);
	assert_null(stock_at(&f.k, "now"));
	said_one(&f.said, "now: not a time", NULL);
}

/* A run that was killed before it replaced `current`. */
static void
not_published(void **state)
{
	(void)state;
	add(43, "alich@EXAMPLE");
	assert_int_equal(stock_read(&f.p.s, "EXAMPLE.COM", &f.k), 0);
	assert_int_equal(f.k.all.n, 2);
	assert_int_equal(f.k.all.m[0].generation, 42);
}

static void
current_is_gone(void **state)
{
	char dir[PATH_MAX];

	(void)state;
	generation_dir(&f.p.s, 1, 42, dir);
	scratch_tree(dir);
	assert_int_equal(stock_read(&f.p.s, "EXAMPLE.COM", &f.k), 0);
	said_begin(&f.said);
	assert_null(stock_named(&f.k, "current"));
	said_one(&f.said, "generation 1.42 is current", NULL);
}

/* The manifest that was signed last, not first. */
static void
newest_seal(void **state)
{
	struct seal s;

	(void)state;
	f.p.now.sig.len--;
	publish();
	assert_int_equal(stock_read(&f.p.s, "EXAMPLE.COM", &f.k), 0);
	assert_int_equal(stock_seal(&f.k, &f.k.all.m[0], &s), 0);
	assert_true(span_equal(golden_span(&s.sig), golden_span(&f.p.now.sig)));
	seal_release(&s);
}

static void
other_realm(void **state)
{
	(void)state;
	said_begin(&f.said);
	assert_int_equal(stock_read(&f.p.s, "OTHER.COM", &f.k), -1);
	said_one(&f.said, "belongs to realm EXAMPLE.COM", "-c");
}

static void
nothing_yet(void **state)
{
	char path[PATH_MAX];

	(void)state;
	state_path(&f.p.s, STATE_CURRENT, path);
	assert_int_equal(unlink(path), 0);
	said_begin(&f.said);
	assert_int_equal(stock_read(&f.p.s, "EXAMPLE.COM", &f.k), -1);
	said_one(&f.said, "no generation here yet", "kdc-snapshot takes one");
}

/* The texts of a generation's directory, with and without a grant. */
static void
directories(void **state)
{
	struct bytes grant = golden_read(GOLDEN "format-1/grant");
	char path[PATH_MAX];
	struct seal s;

	(void)state;
	assert_int_equal(seal_read_dir(f.p.at, &s), 1);
	assert_false(s.granted);
	assert_true(
	    span_equal(golden_span(&s.text), golden_span(&f.p.now.text)));
	seal_release(&s);
	generation_file(f.p.at, "grant", path);
	scratch_write(path, grant.p, grant.len);
	/* Half of it is none. */
	assert_int_equal(seal_read_dir(f.p.at, &s), 0);
	generation_file(f.p.at, "grant.sig", path);
	scratch_write(path, "sig", 3);
	assert_int_equal(seal_read_dir(f.p.at, &s), 1);
	assert_true(s.granted);
	assert_int_equal(s.g.epoch, 2);
	seal_release(&s);
	generation_file(f.p.at, "manifest", path);
	scratch_write(path, "kdcsync", 7);
	said_begin(&f.said);
	assert_int_equal(seal_read_dir(f.p.at, &s), -1);
	said_one(&f.said, f.p.at, NULL);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(seal_read_dir(f.p.at, &s), 0);
	bytes_release(&grant);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, prepare, clean)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms),
		TEST(finds),
		TEST(not_published),
		TEST(current_is_gone),
		TEST(newest_seal),
		TEST(other_realm),
		TEST(nothing_yet),
		TEST(directories),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
