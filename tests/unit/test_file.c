#include "sys/file.h"
#include "sys/say.h"
#include "scratch.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

SCRATCH_PATH("file")
static char said[512];

static void
test_open_refuses(void **state)
{
	char link[64];

	(void)state;
	errno = 0;
	say("mark");
	assert_int_equal(file_open(path), -1);
	assert_int_equal(errno, ENOENT);
	say_last(said, sizeof(said));
	assert_string_equal(said, "mark"); /* not said */

	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(file_open(path), -1); /* and does not hang */
	say_last(said, sizeof(said));
	assert_non_null(strstr(said, "not a regular file"));
	assert_int_equal(file_open(dir), -1);
	assert_int_equal(file_open("/dev/null"), -1);

	assert_int_equal(unlink(path), 0);
	scratch_write(path, "x", 1);
	snprintf(link, sizeof(link), "%s/link", dir);
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(file_open(link), -1);
	say_last(said, sizeof(said));
	assert_non_null(strstr(said, "symbolic link"));
}

static void
test_read(void **state)
{
	struct bytes b = BYTES_NONE;

	(void)state;
	assert_int_equal(file_read(path, 10, &b), -1);
	assert_int_equal(errno, ENOENT);
	scratch_write(path, "hello", 5);
	assert_int_equal(file_read(path, 5, &b), 0);
	assert_int_equal(b.len, 5);
	assert_string_equal(b.p, "hello");
	assert_int_equal(file_read(path, 99, &b), 0); /* appends */
	assert_string_equal(b.p, "hellohello");
	assert_int_equal(file_read(path, 4, &b), -1);
	assert_int_equal(b.len, 10);
	say_last(said, sizeof(said));
	assert_non_null(strstr(said, "longer than 4 bytes"));
	scratch_write(path, "", 0);
	assert_int_equal(file_read(path, 0, &b), 0);
	assert_int_equal(b.len, 10);
	bytes_release(&b);
	assert_int_equal(file_read(path, 0, &b), 0);
	assert_string_equal(b.p, "");
	bytes_release(&b);
}

/* Short reads: a pipe gives what it has. */
static void
test_read_pipe(void **state)
{
	struct bytes b = BYTES_NONE;
	int p[2];

	(void)state;
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	assert_int_equal(write(p[1], "abc", 3), 3);
	close(p[1]);
	assert_int_equal(file_read_fd(p[0], "pipe", 3, &b), 0);
	assert_string_equal(b.p, "abc");
	assert_int_equal(file_read_fd(-1, "closed", 3, &b), -1);
	close(p[0]);
	bytes_release(&b);
}

static void
test_write_fails(void **state)
{
	int fd;

	(void)state;
	fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_int_equal(file_write(fd, "dump", "x", 1), -1);
	say_last(said, sizeof(said));
	assert_string_equal(
	    said, "dump: write: No space left on device in /dev");
	/* A path tells by itself. */
	assert_int_equal(file_write_at(fd, "/x/dump", "x", 1, 0), -1);
	assert_int_equal(errno, ENOSPC);
	say_last(said, sizeof(said));
	assert_string_equal(said, "/x/dump: write: No space left on device");
	assert_int_equal(file_write(fd, "dump", NULL, 0), 0);
	close(fd);
}

static int
open_new(const char *name)
{
	char full[64];
	int fd;

	snprintf(full, sizeof(full), "%s/%s", dir, name);
	fd = open(full, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_int_not_equal(fd, -1);
	return fd;
}

static void
test_copy(void **state)
{
	static char big[300000], longer[400000];
	int to, files[3];

	(void)state;
	scratch_noise(big, sizeof(big), 1);
	files[0] = open_new("from");
	files[1] = scratch_file("", 0); /* another filesystem */
	files[2] = open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	for (int i = 0; i < 3; i++) {
		if (files[i] == -1)
			continue;
		assert_int_equal(
		    pwrite(files[i], big, sizeof(big), 0), sizeof(big));
		to = open_new("to");
		assert_int_equal(file_copy(files[i], to, 300000, "f"), 0);
		assert_true(scratch_is(to, big, sizeof(big)));
		/* less than there is, over more than there was */
		assert_int_equal(
		    pwrite(to, longer, sizeof(longer), 0), sizeof(longer));
		assert_int_equal(lseek(to, 7, SEEK_SET), 7);
		assert_int_equal(lseek(files[i], 9, SEEK_SET), 9);
		assert_int_equal(file_copy(files[i], to, 131073, "f"), 0);
		assert_true(scratch_is(to, big, 131073));
		assert_int_equal(file_copy(files[i], to, 0, "f"), 0);
		assert_true(scratch_is(to, "", 0));
		assert_int_equal(file_copy(files[i], to, 300001, "f"), -1);
		close(to);
		close(files[i]);
	}
}

static void
test_copy_no_room(void **state)
{
	static char big[100000];
	struct rlimit was, few;
	int from, to;

	(void)state;
	from = open_new("from");
	assert_int_equal(write(from, big, sizeof(big)), sizeof(big));
	to = open_new("to");
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	few = was;
	few.rlim_cur = 50000;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &few), 0);
	assert_int_equal(file_copy(from, to, sizeof(big), "to"), -1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	say_last(said, sizeof(said));
	assert_string_equal(said, "to: write: File too large");
	close(from);
	close(to);
}

static void
test_map(void **state)
{
	struct span m = { NULL, 0 };
	int fd = scratch_file("hello", 5);

	(void)state;
	file_unmap(&m);
	assert_int_equal(file_map(fd, "f", &m), 0);
	assert_int_equal(m.len, 5);
	assert_memory_equal(m.p, "hello", 5);
	file_unmap(&m);
	assert_null(m.p);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(file_map(fd, "f", &m), 0);
	assert_non_null(m.p);
	assert_int_equal(m.len, 0);
	file_unmap(&m);
	close(fd);
	assert_int_equal(file_map(fd, "f", &m), -1);
	assert_int_equal(file_size(fd, "f"), -1);
}

static void
test_digest(void **state)
{
	static char big[300001];
	struct digest a, b;
	char text[DIGEST_TEXT];
	int fd = scratch_file("abc", 3);

	(void)state;
	assert_int_equal(lseek(fd, 2, SEEK_SET), 2);
	assert_int_equal(file_digest(fd, "f", &a), 0);
	digest_encode(&a, text);
	assert_string_equal(text, /* FIPS 180-2, B.1 */
	    "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");
	scratch_noise(big, sizeof(big), 2);
	assert_int_equal(pwrite(fd, big, sizeof(big), 0), sizeof(big));
	assert_int_equal(file_digest(fd, "f", &a), 0);
	assert_int_equal(digest_of(big, sizeof(big), &b), 0);
	assert_true(digest_equal(&a, &b));
	close(fd);
	assert_int_equal(file_digest(fd, "f", &a), -1);
}

static void
test_free_space(void **state)
{
	(void)state;
	assert_true(file_free("/tmp") > 0);
	assert_int_equal(file_free("/nonexistent"), 0);
}

#define WITH(t) cmocka_unit_test_setup_teardown(t, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(test_open_refuses),
		WITH(test_read),
		WITH(test_read_pipe),
		WITH(test_write_fails),
		WITH(test_copy),
		WITH(test_copy_no_room),
		WITH(test_map),
		WITH(test_digest),
		WITH(test_free_space),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
