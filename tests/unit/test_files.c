/* Goal of this test: what is there of a database is kept as it is, whole or not,
 * for nobody else to read, and appears whole or not at all.  A copy is the files
 * of one moment, also when they are written to, grow or are replaced while it is
 * made without a lock.  A stamp tells of every write. */

#include "said.h"
#include "scratch.h"

#include "store/kdb/files.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

/*
 * Copies.
 */
#define PAGE 4096
#define PAGES 500
#define ROUNDS 30

/* Both files are n pages, all of one version. */
static void
write_version(const char *base, unsigned version, unsigned n)
{
	const struct timespec young[2] = { { .tv_sec = 4000000000 },
		{ .tv_sec = 4000000000 } };
	char page[PAGE];

	memset(page, (int)version, sizeof(page));
	for (int i = 0; i < 2; i++) {
		int fd = open(path(base, i == 0 ? "" : ".kadm5"),
		    O_RDWR | O_CREAT | O_CLOEXEC, 0600);

		assert_int_not_equal(fd, -1);
		/* backwards: whoever reads forwards gets some of each */
		for (unsigned k = n; k-- > 0;)
			assert_int_equal(
			    pwrite(fd, page, PAGE, (off_t)k * PAGE), PAGE);
		assert_int_equal(ftruncate(fd, (off_t)n * PAGE), 0);
		/* as two writes in one tick of the clock look */
		assert_int_equal(futimens(fd, young), 0);
		close(fd);
	}
}

/* Somebody who writes under the locks for ever. */
static pid_t
start_writer(void)
{
	struct files_lock l;
	pid_t pid = fork();
	char other[80];

	assert_int_not_equal(pid, -1);
	if (pid != 0)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)snprintf(other, sizeof(other), "%s~", f.db);
	for (unsigned v = 1;; v++) {
		if (files_lock(f.db, LOCK_EXCLUSIVE, true, 20000, &l) != 0)
			_exit(1);
		if (v % 5 == 0) {
			/* as kdb5_util load replaces them */
			char to[80];

			write_version(other, v & 0xff, PAGES + v / 4 % 7);
			(void)rename(other, f.db);
			(void)snprintf(to, sizeof(to), "%s.kadm5", f.db);
			(void)rename(path(other, ".kadm5"), to);
		} else {
			write_version(f.db, v & 0xff, PAGES + v / 4 % 7);
		}
		files_unlock(&l);
		(void)usleep(v * 37 % 4000);
	}
}

/* Is the copy all of one version, and what its stamp says? */
static void
is_whole(const char *copy, const struct stamp *s)
{
	static const char *const suffix[] = { "", ".kadm5" };
	char version = 0, *p;
	size_t n;

	for (int i = 0; i < 2; i++) {
		int fd = open(path(copy, suffix[i]), O_RDONLY | O_CLOEXEC);

		assert_int_not_equal(fd, -1);
		p = scratch_read(fd, &n);
		assert_int_equal(n, s->file[i].size);
		if (i == 0)
			version = p[0];
		for (size_t k = 0; k < n; k += 64)
			if (p[k] != version)
				fail_msg("%s: torn at %zu", suffix[i], k);
		free(p);
		close(fd);
	}
}

static void
test_copy_torn(void **state)
{
	char dir[64], copy[PATH_MAX];
	struct stamp s;
	int64_t held;
	pid_t writer;

	(void)state;
	(void)snprintf(dir, sizeof(dir), "%s/copy", f.dir);
	write_version(f.db, 0, PAGES);
	scratch_write(path(f.db, ".ok"), "", 0);
	scratch_write(path(f.db, ".kadm5.lock"), "", 0);
	writer = start_writer();
	for (int i = 0; i < ROUNDS; i++) {
		assert_int_equal(
		    files_copy(f.db, dir, 20000, copy, &s, &held), 0);
		is_whole(copy, &s);
	}
	assert_int_equal(kill(writer, SIGKILL), 0);
	assert_int_equal(waitpid(writer, NULL, 0), writer);
}

static void
test_copy_refused(void **state)
{
	char dir[64], copy[PATH_MAX];
	struct files_lock l;
	struct stamp s;
	int64_t held;

	(void)state;
	(void)snprintf(dir, sizeof(dir), "%s/copy", f.dir);
	said_begin(&f.said);
	assert_int_equal(files_copy(f.db, dir, 0, copy, &s, &held), -1);
	said_one(&f.said, "principal.ok", "no KDC database here");
	scratch_write(path(f.db, ".ok"), "", 0);
	scratch_write(path(f.db, ".kadm5.lock"), "", 0);
	said_begin(&f.said);
	assert_int_equal(files_copy(f.db, dir, 0, copy, &s, &held), -1);
	said_one(&f.said, "principal", NULL);
	write_version(f.db, 1, 2);
	assert_int_equal(files_lock(f.db, LOCK_EXCLUSIVE, false, 0, &l), 0);
	said_begin(&f.said);
	assert_int_equal(files_copy(f.db, dir, 0, copy, &s, &held), LOCK_BUSY);
	said_one(&f.said, "principal.ok", NULL);
	files_unlock(&l);
	assert_int_equal(files_copy(f.db, dir, 0, copy, &s, &held), 0);
	is_whole(copy, &s);
}

/* Whoever writes to a file in the moment in which it became live is seen. */
static void
test_age(void **state)
{
	struct stamp was, is;
	int fd;

	(void)state;
	scratch_write(f.db, "principals", 10);
	scratch_write(path(f.db, ".kadm5"), "policies", 8);
	stamp_age(f.db);
	stamp_age(path(f.db, ".kadm5"));
	assert_int_equal(stamp_read(f.db, &was), 0);
	assert_true(stamp_settled(&was));
	fd = open(f.db, O_WRONLY | O_CLOEXEC);
	assert_int_not_equal(fd, -1);
	assert_int_equal(pwrite(fd, "P", 1, 0), 1);
	close(fd);
	assert_int_equal(stamp_read(f.db, &is), 0);
	assert_false(stamp_equal(&was, &is));
	assert_true(stamp_same_files(&was, &is));
	/* It is not there: nothing happens. */
	stamp_age(f.kept);
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
		HERE(test_copy_torn),
		HERE(test_copy_refused),
		HERE(test_age),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
