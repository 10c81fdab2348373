#include "scratch.h"

#include "sys/beside.h"

#include <signal.h>

static const int none[] = { -1 };

/* Doubles what it hears, leaves it in shared memory too, and answers 7. */
static int
twice(void *arg, int from, int to)
{
	int *shared = arg, n;

	while (beside_hear(from, &n, sizeof(n))) {
		n *= 2;
		*shared = n;
		if (!beside_tell(to, &n, sizeof(n)))
			return 1;
	}
	return 7;
}

static int *
share(void)
{
	int *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(p, MAP_FAILED);
	return p;
}

static void
talk(void **state)
{
	struct beside b;
	bool crashed;
	int *shared = share(), n;

	(void)state;
	assert_int_equal(beside_begin(&b, "talk", twice, shared, none), 0);
	for (int i = 1; i < 5; i++) {
		assert_true(beside_tell(b.to, &i, sizeof(i)));
		assert_true(beside_hear(b.from, &n, sizeof(n)));
		assert_int_equal(n, 2 * i);
		assert_int_equal(*shared, 2 * i);
	}
	assert_int_equal(beside_end(&b, &crashed), 7);
	assert_false(crashed);
	assert_int_equal(b.pid, -1);
	munmap(shared, 4096);
}

static int
crash(void *arg, int from, int to)
{
	(void)from;
	(void)to;
	(void)raise(*(int *)arg);
	return 0;
}

static void
crashes(void **state)
{
	int sig = SIGSEGV, n;
	struct beside b;
	bool crashed;

	(void)state;
	assert_int_equal(beside_begin(&b, "crash", crash, &sig, none), 0);
	assert_false(beside_hear(b.from, &n, sizeof(n)));
	assert_int_equal(beside_end(&b, &crashed), -1);
	assert_true(crashed);
	sig = SIGKILL; /* no fault of a file's */
	assert_int_equal(beside_begin(&b, "crash", crash, &sig, none), 0);
	assert_int_equal(beside_end(&b, &crashed), -1);
	assert_false(crashed);
}

/* It hears nothing: nobody else has our end of its pipe.  It has what it was
 * to keep, and nothing else. */
static int
hang(void *arg, int from, int to)
{
	const int *fd = arg;
	char c = 'x';

	if (fcntl(fd[0], F_GETFD) == -1 || fcntl(fd[1], F_GETFD) != -1)
		c = '!';
	(void)beside_tell(to, &c, 1);
	(void)beside_hear(from, &c, 1);
	while (pause() == -1)
		continue;
	return 0;
}

static void
dropped(void **state)
{
	int fd[2] = { scratch_file("a", 1), scratch_file("b", 1) };
	const int keep[] = { fd[0], -1 };
	struct beside b;
	char c;

	(void)state;
	assert_int_equal(beside_begin(&b, "hang", hang, fd, keep), 0);
	assert_true(beside_hear(b.from, &c, 1));
	assert_int_equal(c, 'x');
	beside_drop(&b);
	assert_int_equal(b.pid, -1);
	beside_drop(&b);
	assert_true(beside_cpus() >= 1);
	close(fd[0]);
	close(fd[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(talk),
		cmocka_unit_test(crashes),
		cmocka_unit_test(dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
