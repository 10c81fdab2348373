/* Goal of this test: a file that was digested need not be read again as long as
 * nobody wrote to it, and for a day; whatever is not sure is read. */

#include "scratch.h"

#include "format/text.h"
#include "store/digested.h"

#include <time.h>

#define DAY (24 * 60 * 60)

static const char whole[] = "what was sealed";
static struct {
	char dir[32], path[64], other[64];
	struct digest digest;
	struct digested d;
} f;

static void
digest_text(const char *text, struct digest *d)
{
	assert_int_equal(digest_of(text, strlen(text), d), 0);
}

static void
nap(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	assert_int_equal(nanosleep(&t, NULL), 0);
}

static bool
reads(struct digested *d)
{
	int fd = open(f.path, O_RDONLY | O_CLOEXEC);
	bool rc;

	assert_int_not_equal(fd, -1);
	rc = digested_read(fd, f.path, &f.digest, d);
	close(fd);
	return rc;
}

static bool
holds(void)
{
	return digested_holds(&f.d, f.path, &f.digest, time(NULL));
}

/* Left alone for longer than any filesystem's clock ticks. */
static int
prepare(void **state)
{
	(void)state;
	scratch_dir(f.dir);
	snprintf(f.path, sizeof(f.path), "%s/dump", f.dir);
	snprintf(f.other, sizeof(f.other), "%s/other", f.dir);
	digest_text(whole, &f.digest);
	scratch_write(f.path, whole, strlen(whole));
	nap(1100);
	assert_true(reads(&f.d));
	assert_true(f.d.time != 0);
	assert_true(holds());
	return 0;
}

static int
clean(void **state)
{
	(void)state;
	scratch_tree(f.dir);
	return 0;
}

/* One byte in its place, and size and mtime as they were. */
static void
flip(size_t at)
{
	struct timespec t[2];
	struct stat st;
	char c = (char)(whole[at] ^ 1);
	int fd = open(f.path, O_WRONLY | O_CLOEXEC);

	assert_int_not_equal(fd, -1);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(pwrite(fd, &c, 1, (off_t)at), 1);
	t[0] = st.st_atim;
	t[1] = st.st_mtim;
	assert_int_equal(futimens(fd, t), 0);
	close(fd);
}

static void
flipped(void **state)
{
	struct digested d;

	(void)state;
	flip(3);
	assert_false(holds());
	assert_false(reads(&d));
	assert_true(d.time == 0);
}

static void
truncated(void **state)
{
	(void)state;
	assert_int_equal(truncate(f.path, sizeof(whole) - 2), 0);
	assert_false(holds());
}

static void
replaced(void **state)
{
	struct stat st;
	struct timespec t[2];

	(void)state;
	assert_int_equal(stat(f.path, &st), 0);
	scratch_write(f.other, whole, strlen(whole));
	t[0] = st.st_atim;
	t[1] = st.st_mtim;
	assert_int_equal(utimensat(AT_FDCWD, f.other, t, 0), 0);
	assert_int_equal(rename(f.other, f.path), 0);
	assert_false(holds());
}

static void
missing(void **state)
{
	(void)state;
	assert_int_equal(rename(f.path, f.other), 0);
	assert_false(holds());
	/* Nor is a way to it a file. */
	assert_int_equal(symlink("other", f.path), 0);
	assert_false(holds());
	assert_int_equal(digested_stamp(f.path, &f.digest, &f.d), -1);
	assert_true(f.d.time == 0);
}

static void
of_another_digest(void **state)
{
	struct digest d;

	(void)state;
	digest_text("something else", &d);
	assert_false(digested_holds(&f.d, f.path, &d, time(NULL)));
}

static void
a_day(void **state)
{
	int64_t now = f.d.time;

	(void)state;
	assert_true(digested_holds(&f.d, f.path, &f.digest, now));
	assert_true(digested_holds(&f.d, f.path, &f.digest, now + DAY - 1));
	assert_false(digested_holds(&f.d, f.path, &f.digest, now + DAY));
	/* The clock was set back. */
	assert_false(digested_holds(&f.d, f.path, &f.digest, now - 1));
}

static void
none(void **state)
{
	struct digested d = DIGESTED_NONE;

	(void)state;
	assert_false(digested_holds(&d, f.path, &f.digest, 0));
	d.digest = f.digest;
	assert_false(digested_holds(&d, f.path, &f.digest, time(NULL)));
	digested_settle(&d, f.path);
	assert_true(d.time == 0);
}

/* Each number of the stamp counts. */
static void
another_stamp(void **state)
{
	struct digested was = f.d;

	(void)state;
	f.d.dev++;
	assert_false(holds());
	f.d = was;
	f.d.ino++;
	assert_false(holds());
	f.d = was;
	f.d.size++;
	assert_false(holds());
	f.d = was;
	f.d.mtime++;
	assert_false(holds());
	f.d = was;
	f.d.ctime++;
	assert_false(holds());
	f.d = was;
	assert_true(holds());
}

static int64_t
ms_now(void)
{
	struct timespec t;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &t), 0);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* A write in the same tick would move no stamp.  A machine that takes its time over
 * this is asked again. */
static void
too_young(void **state)
{
	struct digested d;
	int64_t start;
	int tries = 0;

	(void)state;
	do {
		assert_true(tries++ < 1000);
		start = ms_now();
		scratch_write(f.path, whole, strlen(whole));
		assert_int_equal(digested_stamp(f.path, &f.digest, &d), 0);
		digested_settle(&d, f.path);
	} while (ms_now() - start >= 40);
	assert_true(d.time == 0);
	assert_true(reads(&d));
}

/* Between its digest and the settling. */
static void
written_meanwhile(void **state)
{
	struct digested d;

	(void)state;
	assert_int_equal(digested_stamp(f.path, &f.digest, &d), 0);
	digested_settle(&d, f.path);
	assert_true(d.time >= f.d.time);
	assert_int_equal(digested_stamp(f.path, &f.digest, &d), 0);
	flip(0);
	nap(1100);
	digested_settle(&d, f.path);
	assert_true(d.time == 0);
}

static void
as_text(void **state)
{
	char text[1024];
	struct text_out o = { text, 0, sizeof(text), false };
	struct text_in in = { { text, 0 }, false };
	struct digested got, none_at_all = DIGESTED_NONE;

	(void)state;
	digested_put(&o, &none_at_all);
	assert_int_equal(o.len, 0);
	digested_get(&in, &got);
	assert_false(in.failed);
	assert_true(got.time == 0);
	digested_put(&o, &f.d);
	assert_false(o.failed);
	in.rest.len = o.len;
	digested_get(&in, &got);
	assert_false(in.failed);
	assert_int_equal(in.rest.len, 0);
	assert_true(digested_equal(&got, &f.d));
	/* Cut anywhere it is no stamp. */
	for (size_t n = 1; n < o.len; n++) {
		in = (struct text_in){ { text, n }, false };
		digested_get(&in, &got);
		assert_true(in.failed || in.rest.len != 0);
	}
}

#define ON_FILE(fn) cmocka_unit_test_setup_teardown(fn, prepare, clean)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_FILE(flipped),
		ON_FILE(truncated),
		ON_FILE(replaced),
		ON_FILE(missing),
		ON_FILE(of_another_digest),
		ON_FILE(a_day),
		ON_FILE(none),
		ON_FILE(another_stamp),
		ON_FILE(too_young),
		ON_FILE(written_meanwhile),
		ON_FILE(as_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
