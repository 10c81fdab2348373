/* Goal of this test: a way back is only what makes exactly the dump: one that is
 * cut, longer, of another base, or lies in any bit is refused as it stands on the
 * disk; and what is not refused gives the dump by librsync, too. */

#include "said.h"
#include "scratch.h"

#include "format/dump.h"
#include "store/past/back.h"
#include "sys/newfile.h"
#include "sys/say.h"

#define MAX 40000
#define NAMES 60

struct text {
	char p[MAX];
	size_t n;
};

static struct text own, base, way;
static struct manifest m;
static char dir[32], path[PATH_MAX];

/* Records of which every tenth has the key of its day. */
static void
dump(struct text *t, unsigned day)
{
	t->n = (size_t)snprintf(t->p, MAX, "%s", DUMP_HEADER);
	for (unsigned i = 0; i < NAMES; i++)
		t->n += (size_t)snprintf(t->p + t->n, MAX - t->n,
		    "princ\t38\t6\t0\t1\t0\tu%05u\t%080x\t-1;\n", i,
		    i % 10 == 3 ? i * 7919 + day : i * 7919);
}

/* Something that is no dump at all. */
static void
noise(struct text *t, unsigned day)
{
	t->n = 8000;
	scratch_noise(t->p, t->n, 7);
	scratch_noise(t->p + 4000, 40, day);
}

static void
read_way(void)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *p;

	assert_int_not_equal(fd, -1);
	p = scratch_read(fd, &way.n);
	close(fd);
	assert_in_range(way.n, 20, MAX);
	memcpy(way.p, p, way.n);
	free(p);
}

/* The way back from base to own, as it was written. */
static void
put(void)
{
	int to = scratch_file(own.p, own.n);
	int from = scratch_file(base.p, base.n);
	char name[BACK_NAME_MAX];
	struct digest d, back;

	m.dump.size = own.n;
	assert_int_equal(digest_of(own.p, own.n, &m.dump.digest), 0);
	assert_int_equal(digest_of(base.p, base.n, &d), 0);
	assert_int_equal(back_put(dir, &m, to, from, &d, name), 0);
	assert_true(back_decode(name, &back) && digest_equal(&back, &d));
	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	read_way();
	close(to);
	close(from);
}

static int
proves(const char *p, size_t n, const struct text *from, const struct text *to)
{
	int in = scratch_file(p, n);
	int a = scratch_file(from->p, from->n), b = scratch_file(to->p, to->n);
	int rc = back_proves(in, a, b, &m, dir);

	close(in);
	close(a);
	close(b);
	return rc;
}

/* What librsync makes of it. */
static bool
gives(const char *p, size_t n)
{
	int in = scratch_file(p, n), out = scratch_file("", 0);
	int from = scratch_file(base.p, base.n);
	bool same = back_take(in, from, &m, dir, out) == 0 &&
	    scratch_is(out, own.p, own.n);

	close(in);
	close(out);
	close(from);
	return same;
}

static void
every_bit(void)
{
	unsigned passed = 0;
	int rc;

	for (size_t i = 0; i < way.n * 8; i++) {
		way.p[i / 8] ^= (char)(1 << i % 8);
		rc = proves(way.p, way.n, &base, &own);
		if (rc == 1 && !gives(way.p, way.n))
			fail_msg("bit %zu: proved, and it is not", i);
		assert_int_not_equal(rc, -1);
		passed += rc == 1;
		way.p[i / 8] ^= (char)(1 << i % 8);
	}
	/* A few bits of a zstd stream mean nothing. */
	assert_in_range(passed, 0, 64);
}

static void
every_length(void)
{
	for (size_t n = 0; n < way.n; n++)
		assert_int_equal(proves(way.p, n, &base, &own), 0);
	way.p[way.n] = '\0';
	assert_int_equal(proves(way.p, way.n + 1, &base, &own), 0);
}

/* The delta is good, for others than these. */
static void
others(struct text *t)
{
	for (size_t i = 0; i < t->n; i += 97) {
		t->p[i] ^= 1;
		assert_int_equal(proves(way.p, way.n, &base, &own),
		    t == &base && gives(way.p, way.n));
		t->p[i] ^= 1;
	}
}

static void
all(void)
{
	struct said said;

	put();
	assert_int_equal(proves(way.p, way.n, &base, &own), 1);
	assert_true(gives(way.p, way.n));
	said_begin(&said);
	every_bit();
	every_length();
	others(&own);
	others(&base);
	(void)said_end(&said);
}

static void
test_dumps(void **state)
{
	(void)state;
	dump(&own, 1);
	dump(&base, 2);
	all();
}

/* librsync made the delta. */
static void
test_noise(void **state)
{
	(void)state;
	noise(&own, 1);
	noise(&base, 2);
	all();
}

static int
prepare(void **state)
{
	(void)state;
	say_level(true, false);
	scratch_dir(dir);
	return 0;
}

static int
clean(void **state)
{
	(void)state;
	return newfile_remove_dir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dumps),
		cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests(tests, prepare, clean);
}
