/* Goal of this test: a directory that is to be filled is filled, or as it was;
 * what is not ours is never touched, what a killed run left is. */

#include "said.h"

#include "restore/emptydir.h"

#include <sysexits.h>

static char top[32], dir[64];

static int
begin(void **state)
{
	(void)state;
	umask(077);
	scratch_dir(top);
	(void)snprintf(dir, sizeof(dir), "%s/look", top);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	scratch_tree(top);
	return 0;
}

static void
put(const char *name)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	scratch_write(path, "x", 1);
}

static unsigned
mode(void)
{
	struct stat st;

	return stat(dir, &st) == -1 ? 0 : st.st_mode & 07777;
}

static void
missing(void **state)
{
	struct emptydir d;

	(void)state;
	assert_int_equal(emptydir_begin(&d, dir), EX_OK);
	assert_string_equal(d.path, dir);
	assert_int_equal(mode(), 0700);
	put("a");
	emptydir_abandon(&d);
	assert_int_equal(mode(), 0);
	emptydir_abandon(&d);
	/* With a slash behind it. */
	(void)strcat(dir, "/");
	assert_int_equal(emptydir_begin(&d, dir), EX_OK);
	dir[strlen(dir) - 1] = '\0';
	assert_string_equal(d.path, dir);
	put("a");
	assert_int_equal(emptydir_commit(&d), 0);
	assert_int_equal(scratch_names(dir, 0), 1);
	assert_int_equal(mode(), 0700);
	emptydir_abandon(&d);
	assert_int_equal(scratch_names(dir, 0), 1);
}

static void
empty(void **state)
{
	struct emptydir d;

	(void)state;
	assert_int_equal(mkdir(dir, 0700), 0);
	assert_int_equal(chmod(dir, 0755), 0);
	assert_int_equal(emptydir_begin(&d, dir), EX_OK);
	assert_int_equal(mode(), 0700);
	put("a");
	emptydir_abandon(&d);
	assert_int_equal(mode(), 0755);
	assert_int_equal(scratch_names(dir, 0), 0);
	assert_int_equal(emptydir_begin(&d, dir), EX_OK);
	put("a");
	assert_int_equal(emptydir_commit(&d), 0);
	assert_int_equal(mode(), 0700);
	assert_int_equal(scratch_names(dir, 0), 1);
}

static void
refused(const char *path, int status, const char *why)
{
	struct emptydir d;
	struct said s;

	said_begin(&s);
	assert_int_equal(emptydir_begin(&d, path), status);
	said_one(&s, why, NULL);
	emptydir_abandon(&d);
}

static void
others(void **state)
{
	char path[128], *name;

	(void)state;
	assert_int_equal(mkdir(dir, 0755), 0);
	put("a");
	assert_int_equal(chmod(dir, 0755), 0);
	refused(dir, EX_CANTCREAT, "not empty");
	assert_int_equal(mode(), 0755);
	(void)snprintf(path, sizeof(path), "%s/a", dir);
	refused(path, EX_CANTCREAT, "not a directory");
	(void)snprintf(path, sizeof(path), "%s/a/b", dir);
	refused(path, EX_CANTCREAT, "Not a directory");
	(void)snprintf(path, sizeof(path), "%s/b/c", dir);
	refused(path, EX_CANTCREAT, "its directory: No such file");
	refused("", EX_CANTCREAT, "No such file");
	for (const char *p = " :\"'\n#%{"; *p != '\0'; p++) {
		(void)snprintf(path, sizeof(path), "%s/a%cb", top, *p);
		refused(path, EX_CANTCREAT, "other characters");
	}
	name = realpath(dir, NULL);
	assert_int_equal(scratch_names(name, 0), 1);
	free(name);
	assert_int_equal(scratch_names(top, 0), 1);
	assert_int_equal(chmod(dir, 0722), 0);
	refused(dir, EX_CANTCREAT, "writable by nobody else");
	assert_int_equal(mode(), 0722);
}

/* What a killed run leaves; and one that is at it still. */
static void
left(void **state)
{
	struct emptydir d, e;

	(void)state;
	assert_int_equal(mkdir(dir, 0700), 0);
	put(".kdc-restore");
	put("principal");
	put(".stash.abcdef");
	assert_int_equal(emptydir_begin(&d, dir), EX_OK);
	assert_int_equal(scratch_names(dir, 0), 1);
	put("principal");
	refused(dir, EX_TEMPFAIL, "locked by");
	assert_int_equal(scratch_names(dir, 0), 2);
	assert_int_equal(emptydir_commit(&d), 0);
	assert_int_equal(scratch_names(dir, 0), 1);
	/* Its mark without its lock: dead. */
	put(".kdc-restore");
	assert_int_equal(emptydir_begin(&e, dir), EX_OK);
	emptydir_abandon(&e);
	assert_int_equal(scratch_names(dir, 0), 0);
}

#define WITH(t) cmocka_unit_test_setup_teardown(t, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(missing),
		WITH(empty),
		WITH(others),
		WITH(left),
	};

	say_program("test");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
