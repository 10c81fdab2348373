#include "scratch.h"

#include "sys/pour.h"

#include <signal.h>
#include <sys/resource.h>

#define SIZE 1000000

/* Any length at any offset: these bytes there, and no others anywhere. */
static void
all_of_it(void **state)
{
	static const size_t length[] = { 0, 1, 4095, 4096, 4097, 131071, 131072,
		131073, 126976, 500001 };
	static const uint64_t offset[] = { 0, 1, 4095, 4096, 8191, 131072,
		300001 };
	static char text[SIZE], want[SIZE];
	struct outward o = { 0 };
	int fd;

	(void)state;
	scratch_noise(text, sizeof(text), 7);
	for (size_t i = 0; i < sizeof(length) / sizeof(length[0]); i++) {
		for (size_t j = 0; j < sizeof(offset) / sizeof(offset[0]);
		     j++) {
			memset(want, 'x', sizeof(want));
			fd = scratch_file(want, sizeof(want));
			memcpy(want + offset[j], text, length[i]);
			assert_int_equal(pour(fd, "scratch",
					     (struct span){ text, length[i] },
					     offset[j], j % 2 == 0 ? NULL : &o),
			    0);
			assert_true(scratch_is(fd, want, sizeof(want)));
			close(fd);
		}
	}
}

static void
no_room(void **state)
{
	static char text[SIZE];
	struct outward o = { 0 };
	struct rlimit was;
	int fd = scratch_file("", 0), saved = scratch_hush(-1), rc;

	(void)state;
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	was.rlim_cur = 200000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	rc = pour(fd, "scratch", (struct span){ text, SIZE }, 1, &o);
	was.rlim_cur = was.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	scratch_unhush(saved);
	assert_int_equal(rc, -1);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_it),
		cmocka_unit_test(no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
