#include "sys/newfile.h"
#include "sys/say.h"
#include "scratch.h"

#include <errno.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

SCRATCH_PATH("manifest")
static char said[512];

static void
holds(const char *text)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_int_not_equal(fd, -1);
	assert_true(scratch_is(fd, text, strlen(text)));
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	close(fd);
}

static void
test_appears_whole(void **state)
{
	struct newfile n = NEWFILE_NONE;
	mode_t old = umask(0);

	(void)state;
	assert_int_equal(newfile_begin(&n, path), 0);
	assert_int_equal(n.tmp[0], '.');
	assert_int_equal(write(n.fd, "new", 3), 3);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(scratch_names(dir, 0), 1);
	assert_int_equal(newfile_commit(&n), 0);
	assert_int_equal(n.fd, -1);
	assert_null(n.path);
	holds("new");
	assert_int_equal(scratch_names(dir, 0), 1);

	umask(0777); /* 0600 even so */
	assert_int_equal(newfile_put(path, "newer", 5), 0);
	umask(old);
	holds("newer");
	assert_int_equal(scratch_names(dir, 0), 1);
}

static void
test_relative_names(void **state)
{
	int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	assert_int_equal(chdir(dir), 0);
	assert_int_equal(newfile_put("manifest", "x", 1), 0);
	assert_int_equal(newfile_put("./manifest", "y", 1), 0);
	assert_int_equal(fchdir(here), 0);
	close(here);
	holds("y");
}

static void
test_abandon(void **state)
{
	struct newfile n = NEWFILE_NONE;

	(void)state;
	newfile_abandon(&n);
	assert_int_equal(newfile_put(path, "old", 3), 0);
	assert_int_equal(newfile_begin(&n, path), 0);
	assert_int_equal(write(n.fd, "new", 3), 3);
	newfile_abandon(&n);
	newfile_abandon(&n);
	holds("old");
	assert_int_equal(scratch_names(dir, 0), 1);
}

/* A full disk for everybody: no file may grow past 4 KiB. */
static void
test_no_room(void **state)
{
	static char big[8192];
	struct rlimit was, four;

	(void)state;
	assert_int_equal(newfile_put(path, "old", 3), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	four = was;
	four.rlim_cur = 4096;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &four), 0);
	assert_int_equal(newfile_put(path, big, sizeof(big)), -1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	say_last(said, sizeof(said));
	assert_non_null(strstr(said, path));
	assert_non_null(strstr(said, "File too large"));
	holds("old");
	assert_int_equal(scratch_names(dir, 0), 1);
}

static void
test_full_disk(void **state)
{
	static char big[1 << 20];

	(void)state;
	if (mount("none", dir, "tmpfs", 0, "size=64k") == -1) {
		print_message("no mount(2) here: %s\n", strerror(errno));
		skip();
	}
	assert_int_equal(newfile_put(path, "old", 3), 0);
	assert_int_equal(newfile_put(path, big, sizeof(big)), -1);
	say_last(said, sizeof(said));
	assert_non_null(strstr(said, "No space left on device"));
	holds("old");
	assert_int_equal(scratch_names(dir, 0), 1);
	assert_int_equal(umount(dir), 0);
}

static void
test_no_such_directory(void **state)
{
	struct newfile n;
	char name[300];

	(void)state;
	snprintf(path, sizeof(path), "%s/none/manifest", dir);
	assert_int_equal(newfile_begin(&n, path), -1);
	assert_int_equal(n.fd, -1);
	say_last(said, sizeof(said));
	assert_non_null(strstr(said, path));
	memset(name, 'x', sizeof(name));
	snprintf(name, 40, "%s/", dir);
	name[strlen(name)] = 'x';
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(newfile_put(name, "x", 1), -1);
	assert_int_equal(scratch_names(dir, 0), 0);
}

/* The name is taken by a directory: rename fails, nothing is left. */
static void
test_rename_fails(void **state)
{
	(void)state;
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(newfile_put(path, "x", 1), -1);
	say_last(said, sizeof(said));
	assert_non_null(strstr(said, "rename"));
	assert_int_equal(scratch_names(dir, 0), 1);
}

static void
test_scratch(void **state)
{
	struct stat st;
	char c;
	int fd;

	(void)state;
	fd = newfile_scratch(dir);
	assert_int_not_equal(fd, -1);
	assert_int_equal(scratch_names(dir, 0), 0);
	assert_int_equal(write(fd, "x", 1), 1);
	assert_int_equal(pread(fd, &c, 1, 0), 1);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_nlink, 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	close(fd);
	assert_int_equal(newfile_scratch("/nonexistent"), -1);
}

/* The unnamed file gets the name; it is the same one, and not copied. */
static void
test_adopt(void **state)
{
	struct newfile n = NEWFILE_NONE;
	struct stat a, b;
	int fd = newfile_scratch(dir), other;

	(void)state;
	assert_int_equal(write(fd, "unnamed", 7), 7);
	assert_int_equal(newfile_adopt(&n, path, fd), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(newfile_commit(&n), 0);
	holds("unnamed");
	assert_int_equal(fstat(fd, &a), 0);
	assert_int_equal(stat(path, &b), 0);
	assert_true(a.st_ino == b.st_ino);
	/* In place of another, or not at all. */
	other = newfile_scratch(dir);
	assert_int_equal(write(other, "other", 5), 5);
	assert_int_equal(newfile_adopt(&n, path, other), 0);
	newfile_abandon(&n);
	holds("unnamed");
	assert_int_equal(scratch_names(dir, 0), 1);
	close(other);
	other = newfile_scratch(dir);
	assert_int_equal(write(other, "other", 5), 5);
	assert_int_equal(newfile_adopt(&n, path, other), 0);
	assert_int_equal(newfile_commit(&n), 0);
	holds("other");
	close(other);
	/* One that had a name, or one of another filesystem, cannot. */
	other = scratch_file("elsewhere", 9);
	assert_int_equal(newfile_adopt(&n, path, other), 1);
	assert_int_equal(n.fd, -1);
	holds("other");
	close(other);
	close(fd);
	assert_int_equal(scratch_names(dir, 0), 1);
}

/* A large file is written out in steps, and is whole. */
static void
test_large(void **state)
{
	const size_t size = 20 * 1024 * 1024 + 5;
	struct newfile n = NEWFILE_NONE;
	char *p = malloc(size);
	int fd;

	(void)state;
	assert_non_null(p);
	scratch_noise(p, size, 4);
	assert_int_equal(newfile_begin(&n, path), 0);
	assert_int_equal(write(n.fd, p, size), size);
	assert_int_equal(newfile_commit(&n), 0);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(scratch_is(fd, p, size));
	close(fd);
	free(p);
}

static void
test_dir(void **state)
{
	struct stat st;
	mode_t old = umask(0);

	(void)state;
	snprintf(path, sizeof(path), "%s/d/", dir);
	assert_int_equal(newfile_dir(path), 0);
	umask(old);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(newfile_dir(path), 0);
	assert_int_equal(chmod(path, 0711), 0);
	assert_int_equal(newfile_dir(path), 0);
	assert_int_equal(chmod(path, 0720), 0);
	assert_int_equal(newfile_dir(path), -1);
	assert_int_equal(chmod(path, 0702), 0);
	assert_int_equal(newfile_dir(path), -1);
	say_last(said, sizeof(said));
	assert_non_null(strstr(said, "writable by nobody else"));
	if (geteuid() == 0) {
		assert_int_equal(chmod(path, 0700), 0);
		assert_int_equal(chown(path, 65534, 65534), 0);
		assert_int_equal(newfile_dir(path), -1);
	}
	snprintf(path, sizeof(path), "%s/f", dir);
	scratch_write(path, "", 0);
	assert_int_equal(newfile_dir(path), -1);
	snprintf(path, sizeof(path), "%s/l", dir);
	assert_int_equal(symlink("d", path), 0);
	assert_int_equal(newfile_dir(path), -1);
	assert_int_equal(newfile_dir("/nonexistent/d"), -1);
}

static void
test_move_remove(void **state)
{
	char to[64];

	(void)state;
	snprintf(to, sizeof(to), "%s/to", dir);
	assert_int_equal(newfile_put(path, "x", 1), 0);
	assert_int_equal(newfile_move(path, to), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(newfile_move(path, to), -1);
	assert_int_equal(newfile_flush_dir(dir), 0);
	assert_int_equal(newfile_flush_dir(to), -1);
	assert_int_equal(newfile_remove(to), 0);
	assert_int_equal(newfile_remove(to), 0);
	assert_int_equal(newfile_remove(dir), -1);
	assert_int_equal(newfile_flush(-1, "nothing"), -1);
	assert_int_equal(scratch_names(dir, 0), 0);
}

static void
test_exchange(void **state)
{
	char other[64];

	(void)state;
	snprintf(other, sizeof(other), "%s/other", dir);
	assert_int_equal(newfile_put(path, "x", 1), 0);
	assert_int_equal(newfile_exchange(path, other), 1);
	assert_int_equal(newfile_exchange(other, path), 1);
	assert_int_equal(newfile_put(other, "y", 1), 0);
	assert_int_equal(newfile_exchange(path, other), 0);
	holds("y");
	assert_int_equal(newfile_exchange("/proc/self/status", path), -1);
	holds("y");
	assert_int_equal(newfile_exchange(path, other), 0);
	holds("x");
	assert_int_equal(newfile_remove(path), 0);
	assert_int_equal(newfile_remove(other), 0);
}

static void
test_remove_dir(void **state)
{
	char sub[64];

	(void)state;
	snprintf(sub, sizeof(sub), "%s/sub", dir);
	assert_int_equal(newfile_remove_dir(sub), 0);
	assert_int_equal(newfile_dir(sub), 0);
	for (int i = 0; i < 10; i++) {
		snprintf(path, sizeof(path), "%s/sub/%s%d", dir,
		    i % 2 ? "." : "", i);
		scratch_write(path, "x", 1);
	}
	assert_int_equal(newfile_remove_dir(sub), 0);
	assert_int_equal(access(sub, F_OK), -1);

	/* not through a link, not deeper */
	assert_int_equal(newfile_dir(sub), 0);
	snprintf(path, sizeof(path), "%s/sub/deep", dir);
	assert_int_equal(newfile_dir(path), 0);
	assert_int_equal(newfile_remove_dir(sub), -1);
	snprintf(path, sizeof(path), "%s/link", dir);
	assert_int_equal(symlink("sub", path), 0);
	assert_int_equal(newfile_remove_dir(path), -1);
	assert_int_equal(unlink(path), 0);
	snprintf(path, sizeof(path), "%s/sub/deep", dir);
	assert_int_equal(newfile_remove_dir(path), 0);
	assert_int_equal(newfile_remove_dir(sub), 0);
}

static void
test_sweep(void **state)
{
	static const char *const stay[] = { "manifest", ".manifest.abc",
		".manifest.ABCDEF", ".manifest.sig.abcdef", ".dump.abcdef" };
	struct newfile n;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		char name[64];

		snprintf(name, sizeof(name), "%s/%s", dir, stay[i]);
		scratch_write(name, "x", 1);
	}
	assert_int_equal(newfile_begin(&n, path), 0);
	close(n.fd); /* as if killed */
	close(n.dir);
	free(n.path);
	free(n.tmp);
	assert_int_equal(scratch_names(dir, 0), 6);
	assert_int_equal(newfile_sweep(path), 0);
	assert_int_equal(scratch_names(dir, 0), 5);
	assert_int_equal(newfile_sweep("/nonexistent/x"), -1);
}

#define WITH(t) cmocka_unit_test_setup_teardown(t, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(test_appears_whole),
		WITH(test_relative_names),
		WITH(test_abandon),
		WITH(test_no_room),
		WITH(test_full_disk),
		WITH(test_no_such_directory),
		WITH(test_rename_fails),
		WITH(test_scratch),
		WITH(test_adopt),
		WITH(test_large),
		WITH(test_dir),
		WITH(test_move_remove),
		WITH(test_exchange),
		WITH(test_remove_dir),
		WITH(test_sweep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
