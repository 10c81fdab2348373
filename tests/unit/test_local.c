#include "sys/local.h"
#include "scratch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

SCRATCH_PATH("socket")

/* A line both ways, whose end is seen while the other way stays open. */
static void
test_line(void **state)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	char got[8];
	int listener, ours, theirs;

	(void)state;
	strcpy(a.sun_path, path);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(listener, 1), 0);
	ours = local_connect(path);
	assert_int_not_equal(ours, -1);
	theirs = accept(listener, NULL, NULL);
	assert_int_equal(write(ours, "one", 3), 3);
	local_end(ours);
	assert_int_equal(read(theirs, got, sizeof(got)), 3);
	assert_int_equal(read(theirs, got, sizeof(got)), 0);
	assert_int_equal(write(theirs, "two", 3), 3);
	assert_int_equal(read(ours, got, sizeof(got)), 3);
	close(theirs);
	close(ours);
	close(listener);
	/* The file is there, and nobody listens. */
	assert_int_equal(local_connect(path), -1);
	assert_int_equal(errno, ECONNREFUSED);
}

static void
test_nobody(void **state)
{
	char longer[300];

	(void)state;
	assert_int_equal(local_connect(path), -1);
	assert_int_equal(errno, ENOENT);
	memset(longer, 'x', sizeof(longer));
	longer[0] = '/';
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(local_connect(longer), -1);
	assert_int_equal(errno, ENAMETOOLONG);
	/* A pipe has no such end; nothing happens to it. */
	local_end(STDERR_FILENO);
	assert_int_equal(write(STDERR_FILENO, "", 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_line, begin, end),
		cmocka_unit_test_setup_teardown(test_nobody, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
