#include "sys/delta.h"
#include "sys/proc.h"
#include "sys/say.h"
#include "scratch.h"

#include <signal.h>
#include <sys/resource.h>

#define MAX 40000

static uint32_t seed = 20240229;

static size_t
pick(size_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return n == 0 ? 0 : (seed >> 8) % n;
}

/* A target that shares much with its base, records moved, lost and new. */
static size_t
edit(const char *base, size_t n, char *target)
{
	size_t made = 0;

	while (made < MAX / 2) {
		size_t at = pick(n), len = pick(3000);

		if (len > MAX / 2 - made)
			len = MAX / 2 - made;
		if (pick(4) == 0) {
			len = pick(len + 1);
			scratch_noise(target + made, len, seed);
		} else {
			if (len > n - at)
				len = n - at;
			memcpy(target + made, base + at, len);
		}
		made += len;
		if (pick(10) == 0)
			break;
	}
	return made;
}

static int
patch(int base, const void *delta, size_t n, int out, uint64_t max)
{
	int fd = scratch_file(delta, n), rc;

	rc = delta_patch(base, fd, out, max);
	close(fd);
	return rc;
}

static void
run_rdiff(const char *const argv[])
{
	struct span in = { NULL, 0 };

	assert_int_equal(proc_run(argv, NULL, in, NULL, NULL, 0, 60000), 0);
}

/* Our deltas through rdiff, and rdiff's through us. */
static void
test_rdiff_agrees(void **state)
{
	static char base[MAX], target[MAX];
	char dir[32], b[64], t[64], s[64], d[64], o[64];
	const char *const sign[] = { "rdiff", "-f", "signature", b, s, NULL };
	const char *const make[] = { "rdiff", "-f", "delta", s, t, d, NULL };
	const char *const apply[] = { "rdiff", "-f", "patch", b, d, o, NULL };

	(void)state;
	scratch_dir(dir);
	snprintf(b, sizeof(b), "%s/b", dir);
	snprintf(t, sizeof(t), "%s/t", dir);
	snprintf(s, sizeof(s), "%s/s", dir);
	snprintf(d, sizeof(d), "%s/d", dir);
	snprintf(o, sizeof(o), "%s/o", dir);
	for (int i = 0; i < 40; i++) {
		size_t n = i == 0 ? 0 : pick(MAX / 2), m;
		int fds[4];

		scratch_noise(base, n, (uint32_t)i);
		m = i == 1 ? 0 : edit(base, n, target);
		scratch_write(b, base, n);
		scratch_write(t, target, m);
		scratch_write(o, "", 0);
		scratch_write(d, "longer than it will be", 22);
		fds[0] = open(b, O_RDWR | O_CLOEXEC);
		fds[1] = open(t, O_RDWR | O_CLOEXEC);
		fds[2] = open(d, O_RDWR | O_CLOEXEC);
		fds[3] = open(o, O_RDWR | O_CLOEXEC);

		assert_int_equal(delta_make(fds[0], fds[1], fds[2]), 0);
		assert_int_equal(delta_patch(fds[0], fds[2], fds[3], m), 0);
		assert_true(scratch_is(fds[3], target, m));
		assert_int_equal(ftruncate(fds[3], 0), 0);
		run_rdiff(apply);
		assert_true(scratch_is(fds[3], target, m));
		assert_int_equal(delta_make_fine(fds[0], fds[1], fds[2]), 0);
		run_rdiff(apply);
		assert_true(scratch_is(fds[3], target, m));

		run_rdiff(sign);
		run_rdiff(make);
		assert_int_equal(delta_patch(fds[0], fds[2], fds[3], m), 0);
		assert_true(scratch_is(fds[3], target, m));
		for (int j = 0; j < 4; j++)
			close(fds[j]);
	}
	scratch_names(dir, 1);
}

/* One record of a large file: a delta of about a block. */
static void
test_small_change(void **state)
{
	static char base[1000000];
	int b, t, d, o;
	size_t n;

	(void)state;
	scratch_noise(base, sizeof(base), 5);
	b = scratch_file(base, sizeof(base));
	base[500000] ^= 1;
	t = scratch_file(base, sizeof(base));
	d = scratch_file("", 0);
	o = scratch_file("", 0);
	assert_int_equal(delta_make(b, t, d), 0);
	free(scratch_read(d, &n));
	assert_in_range(n, 10, 1100);
	assert_int_equal(delta_patch(b, d, o, sizeof(base)), 0);
	assert_true(scratch_is(o, base, sizeof(base)));
	/* In finer blocks less of it. */
	assert_int_equal(delta_make_fine(b, t, d), 0);
	free(scratch_read(d, &n));
	assert_in_range(n, 10, 300);
	assert_int_equal(delta_patch(b, d, o, sizeof(base)), 0);
	assert_true(scratch_is(o, base, sizeof(base)));
	close(b);
	close(t);
	close(d);
	close(o);
}

/* Every truncation is refused; a flipped bit may go unseen here, but never
 * makes more than max or reads what is not there (ASan). */
static void
test_damage(void **state)
{
	static char base[3000], target[3100];
	int b, t, d, o, saved;
	char *delta;
	size_t n;

	(void)state;
	scratch_noise(base, sizeof(base), 6);
	memcpy(target, base + 1100, 1900);
	memcpy(target + 1900, "new words", 9);
	memcpy(target + 1909, base, 1191);
	b = scratch_file(base, sizeof(base));
	t = scratch_file(target, sizeof(target));
	d = scratch_file("", 0);
	o = scratch_file("", 0);
	assert_int_equal(delta_make(b, t, d), 0);
	delta = scratch_read(d, &n);
	assert_int_equal(delta_patch(b, d, o, sizeof(target) - 1), -1);

	saved = scratch_hush(-1);
	for (size_t len = 0; len < n; len++)
		if (patch(b, delta, len, o, 100000) != -1)
			fail_msg("cut at %zu of %zu", len, n);
	for (size_t bit = 0; bit < n * 8; bit++) {
		struct stat st;

		delta[bit / 8] = (char)(delta[bit / 8] ^ 1 << bit % 8);
		(void)patch(b, delta, n, o, 5000);
		assert_int_equal(fstat(o, &st), 0);
		assert_true(st.st_size <= 5000);
		delta[bit / 8] = (char)(delta[bit / 8] ^ 1 << bit % 8);
	}
	scratch_unhush(saved);
	assert_int_equal(patch(b, delta, n, o, sizeof(target)), 0);
	assert_true(scratch_is(o, target, sizeof(target)));
	free(delta);
	close(b);
	close(t);
	close(d);
	close(o);
}

/* librsync's opcodes: 01..40 literal of that length, 41..44 literal with a
 * length of 1, 2, 4, 8 bytes, 45.. copy with position and length of 1, 2, 4, 8
 * bytes each, 00 end. */
#define MAGIC "rs\x02\x36"
#define PATCH(text) patch(b, MAGIC text, sizeof(MAGIC text) - 1, o, 1000)

static void
test_crafted(void **state)
{
	int b = scratch_file("0123456789", 10), o = scratch_file("", 0);

	(void)state;
	assert_int_equal(PATCH("\x45\x02\x08\0"), 0);
	assert_true(scratch_is(o, "23456789", 8));
	assert_int_equal(PATCH("\0"), 0);
	assert_true(scratch_is(o, "", 0));

	/* past the base's end, at its end, far away */
	assert_int_equal(PATCH("\x45\x02\x09\0"), -1);
	assert_int_equal(PATCH("\x45\x0a\x01\0"), -1);
	assert_int_equal(PATCH("\x45\xff\xff\0"), -1);
	assert_int_equal(PATCH("\x54\x7f\xff\xff\xff\xff\xff\xff\xff"
			       "\x7f\xff\xff\xff\xff\xff\xff\xff\0"),
	    -1);
	assert_int_equal(PATCH("\x54\xff\xff\xff\xff\xff\xff\xff\xff"
			       "\xff\xff\xff\xff\xff\xff\xff\xff\0"),
	    -1);
	assert_int_equal(PATCH("\x54\0\0\0\0\0\0\0\0"
			       "\xff\xff\xff\xff\xff\xff\xff\xff\0"),
	    -1);
	/* nothing to copy */
	assert_int_equal(PATCH("\x45\x02\0\0"), -1);

	/* literals that are not there */
	assert_int_equal(PATCH("\x05"
			       "abcd"),
	    -1);
	assert_int_equal(PATCH("\x44\x7f\xff\xff\xff\xff\xff\xff\xff"
			       "a\0"),
	    -1);
	assert_int_equal(PATCH("\x44\xff\xff\xff\xff\xff\xff\xff\xff"
			       "a\0"),
	    -1);
	/* commands that do not exist; no end; more behind it; no delta */
	assert_int_equal(PATCH("\x60\0"), -1);
	assert_int_equal(PATCH("\xff\0"), -1);
	assert_int_equal(PATCH("\x01"
			       "a"),
	    -1);
	assert_int_equal(PATCH("\x01"
			       "a\0\0"),
	    -1);
	assert_int_equal(PATCH("\x01"
			       "a\0\x01"
			       "b\0"),
	    -1);
	assert_int_equal(patch(b, "rs\x01G\0\0", 6, o, 1000), -1);
	assert_int_equal(patch(b, "", 0, o, 1000), -1);
	close(b);
	close(o);
}

/* Small delta, large result: it stops at max. */
static void
test_bomb(void **state)
{
	static char delta[4 + 5 * 20000 + 1], base[60000];
	int b = scratch_file(base, sizeof(base)), o = scratch_file("", 0);
	struct stat st;

	(void)state;
	memcpy(delta, MAGIC, 4);
	for (int i = 0; i < 20000; i++) /* 0 for 60000 */
		memcpy(delta + 4 + 5 * i, "\x4a\0\0\xea\x60", 5);
	assert_int_equal(patch(b, delta, sizeof(delta), o, 1000000), -1);
	assert_int_equal(fstat(o, &st), 0);
	assert_true(st.st_size <= 1000000);
	close(b);
	close(o);
}

/* A byte behind the end, also where a read ends. */
static void
test_behind_end(void **state)
{
	static char delta[300000];
	int b = scratch_file("", 0), o = scratch_file("", 0);

	(void)state;
	for (int chunk = 65536; chunk <= 4 * 65536; chunk += 65536) {
		for (int off = -2; off <= 2; off++) {
			int len = chunk + off - 10;

			memset(delta, 'x', sizeof(delta));
			memcpy(delta, MAGIC "\x43", 5);
			delta[5] = (char)(len >> 24);
			delta[6] = (char)(len >> 16 & 0xff);
			delta[7] = (char)(len >> 8 & 0xff);
			delta[8] = (char)(len & 0xff);
			delta[9 + len] = 0;
			assert_int_equal(
			    patch(b, delta, (size_t)len + 10, o, (uint64_t)len),
			    0);
			assert_int_equal(
			    patch(b, delta, (size_t)len + 11, o, 300000), -1);
			assert_int_equal(
			    patch(b, delta, (size_t)len + 9, o, 300000), -1);
		}
	}
	close(b);
	close(o);
}

static void
test_no_room(void **state)
{
	static char target[100000];
	int b = scratch_file("", 0), t, o = scratch_file("", 0);
	struct rlimit was, few;
	char said[256];

	(void)state;
	scratch_noise(target, sizeof(target), 8);
	t = scratch_file(target, sizeof(target));
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	few = was;
	few.rlim_cur = 70000;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &few), 0);
	assert_int_equal(delta_make(b, t, o), -1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	say_last(said, sizeof(said));
	assert_string_equal(said, "delta: write: File too large");
	close(t);
	close(b);
	assert_int_equal(delta_make(b, o, o), -1);
	assert_int_equal(delta_patch(b, o, o, 1), -1);
	close(o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rdiff_agrees),
		cmocka_unit_test(test_small_change),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_crafted),
		cmocka_unit_test(test_bomb),
		cmocka_unit_test(test_behind_end),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
