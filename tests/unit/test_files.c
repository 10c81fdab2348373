/* Goal of this test: what is there of a database is kept as it is, whole or not,
 * for nobody else to read; and appears whole or not at all. */

#include "said.h"
#include "scratch.h"

#include "store/kdb/files.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
	char dir[32], db[64], state[64], kept[96];
	struct said said;
} f;

static int
setup(void **state)
{
	(void)state;
	scratch_dir(f.dir);
	(void)snprintf(f.db, sizeof(f.db), "%s/principal", f.dir);
	(void)snprintf(f.state, sizeof(f.state), "%s/state", f.dir);
	(void)snprintf(f.kept, sizeof(f.kept), "%s/before-1", f.state);
	return mkdir(f.state, 0700);
}

static int
teardown(void **state)
{
	(void)state;
	scratch_tree(f.dir);
	return 0;
}

static const char *
path(const char *base, const char *suffix)
{
	static char p[160];

	(void)snprintf(p, sizeof(p), "%s%s", base, suffix);
	return p;
}

/* The file in kept has these bytes, or is not there (NULL). */
static void
has(const char *name, const char *bytes)
{
	char p[160];
	struct stat st;
	int fd;

	(void)snprintf(p, sizeof(p), "%s/principal%s", f.kept, name);
	if (bytes == NULL) {
		assert_int_equal(access(p, F_OK), -1);
		return;
	}
	assert_int_equal(stat(p, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	fd = open(p, O_RDONLY);
	assert_int_not_equal(fd, -1);
	assert_true(scratch_is(fd, bytes, strlen(bytes)));
	close(fd);
}

static void
test_keep(void **state)
{
	struct stat st;

	(void)state;
	scratch_write(f.db, "one", 3);
	scratch_write(path(f.db, ".kadm5"), "two", 3);
	assert_int_equal(files_keep(f.db, f.kept, 0), 0);
	has("", "one");
	has(".kadm5", "two");
	has(".ok", "");
	has(".kadm5.lock", "");
	assert_int_equal(stat(f.kept, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(scratch_names(f.state, 0), 1);
	/* Once is enough. */
	said_begin(&f.said);
	assert_int_equal(files_keep(f.db, f.kept, 0), -1);
	said_one(&f.said, "before-1", NULL);
	assert_int_equal(scratch_names(f.state, 0), 1);
}

static void
test_half(void **state)
{
	(void)state;
	scratch_write(path(f.db, ".kadm5"), "two", 3);
	assert_int_equal(files_keep(f.db, f.kept, 0), 0);
	has("", NULL);
	has(".kadm5", "two");
}

/* What a killed run left is no obstacle. */
static void
test_again(void **state)
{
	(void)state;
	scratch_write(f.db, "one", 3);
	assert_int_equal(mkdir(path(f.state, "/" FILES_KEEPING), 0700), 0);
	scratch_write(path(f.state, "/" FILES_KEEPING "/principal"), "x", 1);
	assert_int_equal(files_keep(f.db, f.kept, 0), 0);
	has("", "one");
	assert_int_equal(scratch_names(f.state, 0), 1);
}

static void
test_busy(void **state)
{
	struct files_lock l;

	(void)state;
	scratch_write(f.db, "one", 3);
	assert_int_equal(files_lock(f.db, LOCK_EXCLUSIVE, true, 0, &l), 0);
	said_begin(&f.said);
	assert_int_equal(files_keep(f.db, f.kept, 0), LOCK_BUSY);
	said_one(&f.said, "principal.ok", NULL);
	files_unlock(&l);
	assert_int_equal(scratch_names(f.state, 0), 0);
}

#define HERE(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		HERE(test_keep),
		HERE(test_half),
		HERE(test_again),
		HERE(test_busy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
