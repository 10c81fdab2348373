/* Goal of this test: writing out ahead goes in whole steps, then to the end, never
 * beyond what there is, and changes nothing in the file. */

#include "scratch.h"

#include "sys/newfile.h"
#include "sys/outward.h"

#define SIZE ((size_t)20 * 1024 * 1024 + 5)
#define PIECE 300007 /* bytes written at a time */

static char dir[32];

/* The file as it grows; all of it is written out but less than a step. */
static void
test_grows(void **state)
{
	struct outward o = { 5 };
	char *p = malloc(SIZE);
	int fd = newfile_scratch(dir);
	uint64_t last = 5;
	size_t n;

	(void)state;
	assert_non_null(p);
	scratch_noise(p, SIZE, 3);
	for (size_t at = 0; at < SIZE; at += n) {
		n = SIZE - at < PIECE ? SIZE - at : PIECE;
		assert_int_equal(write(fd, p + at, n), n);
		outward_begin(&o, fd, at + n);
		assert_true(o.from >= last && o.from <= at + n);
		assert_true(at + n - o.from < (size_t)8 << 20);
		last = o.from;
	}
	assert_int_equal(o.from, 5 + 2 * ((size_t)8 << 20));
	outward_end(&o, fd, SIZE);
	assert_int_equal(o.from, SIZE);
	/* Nothing more, and never backwards. */
	outward_end(&o, fd, SIZE);
	outward_end(&o, fd, 7);
	assert_int_equal(o.from, SIZE);
	assert_true(scratch_is(fd, p, SIZE));
	assert_int_equal(newfile_flush(fd, "scratch"), 0);
	assert_true(scratch_is(fd, p, SIZE));
	close(fd);
	free(p);
}

/* What cannot be written out is for fsync to tell. */
static void
test_no_file(void **state)
{
	struct outward o = { 0 };
	int end[2];

	(void)state;
	assert_int_equal(pipe(end), 0);
	outward_end(&o, end[1], SIZE);
	assert_int_equal(o.from, SIZE);
	close(end[0]);
	close(end[1]);
}

static int
prepare(void **state)
{
	(void)state;
	scratch_dir(dir);
	return 0;
}

static int
clean(void **state)
{
	(void)state;
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grows),
		cmocka_unit_test(test_no_file),
	};

	return cmocka_run_group_tests(tests, prepare, clean);
}
