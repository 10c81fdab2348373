/* Goal of this test: a file that lost its name is emptied before it is closed,
 * unless somebody else has it open, mapped or under another name; and pages that
 * differ are found, whatever their number. */

#include "sys/compare.h"
#include "sys/file.h"
#include "sys/retired.h"
#include "scratch.h"

#define SIZE ((off_t)20 << 20)

static struct {
	char dir[32], path[64], other[64];
	int fd; /* as somebody else has it, or -1 */
} f;

static void
begin(int flags)
{
	scratch_dir(f.dir);
	snprintf(f.path, sizeof(f.path), "%s/a", f.dir);
	snprintf(f.other, sizeof(f.other), "%s/b", f.dir);
	scratch_write(f.path, "a", 1);
	assert_int_equal(truncate(f.path, SIZE), 0);
	f.fd = flags == -1 ? -1 : open(f.path, flags | O_CLOEXEC);
}

static void
end(void)
{
	if (f.fd != -1)
		close(f.fd);
	scratch_tree(f.dir);
}

static off_t
size_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return st.st_size;
}

static void
test_others_read_on(void **state)
{
	static const int flags[] = { O_RDONLY, O_RDWR };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct retired r;

		begin(flags[i]);
		retired_open(f.path, &r);
		assert_int_not_equal(r.fd, -1);
		assert_int_equal(unlink(f.path), 0);
		retired_free(&r);
		assert_int_equal(r.fd, -1);
		assert_int_equal(size_of(f.fd), SIZE);
		end();
	}
}

static void
test_mapped(void **state)
{
	struct span map;
	struct retired r;

	(void)state;
	begin(O_RDONLY);
	assert_int_equal(compare_map(f.fd, f.path, &map), 0);
	close(f.fd);
	f.fd = -1;
	retired_open(f.path, &r);
	assert_int_equal(unlink(f.path), 0);
	retired_free(&r);
	/* SIGBUS, if it were shorter. */
	assert_int_equal(map.p[SIZE - 1], 0);
	file_unmap(&map);
	end();
}

static void
test_with_a_name(void **state)
{
	struct stat st;
	struct retired r;

	(void)state;
	begin(-1);
	retired_open(f.path, &r);
	retired_free(&r);
	assert_int_equal(stat(f.path, &st), 0);
	assert_int_equal(st.st_size, SIZE);
	retired_open(f.path, &r);
	assert_int_equal(link(f.path, f.other), 0);
	assert_int_equal(unlink(f.path), 0);
	retired_free(&r);
	assert_int_equal(stat(f.other, &st), 0);
	assert_int_equal(st.st_size, SIZE);
	end();
}

static void
test_nobody_else(void **state)
{
	struct retired r, none = RETIRED_NONE;
	int again;

	(void)state;
	begin(-1);
	retired_open(f.path, &r);
	again = fcntl(r.fd, F_DUPFD_CLOEXEC, 3);
	assert_int_equal(unlink(f.path), 0);
	retired_free(&r);
	/* Ours all the same. */
	assert_true(size_of(again) < SIZE);
	close(again);
	retired_free(&none);
	retired_open("/nonexistent/x", &r);
	assert_int_equal(r.fd, -1);
	end();
}

static bool
is_reused(void)
{
	int fd = retired_reuse(f.path);

	if (fd == -1) {
		/* And nobody tries it again. */
		assert_int_equal(access(f.path, F_OK), -1);
		return false;
	}
	assert_int_equal(size_of(fd), SIZE);
	assert_int_equal(write(fd, "b", 1), 1);
	close(fd);
	return true;
}

/* A file is written over only where nobody could see it. */
static void
test_reuse(void **state)
{
	static const int flags[] = { O_RDONLY, O_RDWR };
	struct span map;

	(void)state;
	begin(-1);
	assert_int_equal(chmod(f.path, 0600), 0);
	assert_true(is_reused());
	assert_true(is_reused());
	assert_int_equal(link(f.path, f.other), 0);
	assert_false(is_reused());
	assert_int_equal(access(f.other, F_OK), 0);
	assert_false(is_reused());
	end();
	for (size_t i = 0; i < 2; i++) {
		begin(flags[i]);
		assert_int_equal(chmod(f.path, 0600), 0);
		assert_false(is_reused());
		assert_int_equal(size_of(f.fd), SIZE);
		end();
	}
	begin(O_RDONLY);
	assert_int_equal(chmod(f.path, 0600), 0);
	assert_int_equal(compare_map(f.fd, f.path, &map), 0);
	close(f.fd);
	f.fd = -1;
	assert_false(is_reused());
	assert_int_equal(map.p[0], 'a');
	file_unmap(&map);
	end();
	begin(-1);
	assert_int_equal(chmod(f.path, 0644), 0);
	assert_false(is_reused());
	assert_int_equal(mkfifo(f.path, 0600), 0);
	assert_false(is_reused());
	assert_int_equal(symlink("/etc/passwd", f.path), 0);
	assert_false(is_reused());
	end();
}

/* Each number of pages, with and without a second thread; each page. */
static void
test_compare(void **state)
{
	static const size_t n[] = { 0, 1, 2, 5, 1023, 1024, 1025, 2001 };
	enum { PAGE = 512 };

	(void)state;
	for (size_t i = 0; i < sizeof(n) / sizeof(n[0]); i++) {
		char *a = calloc(n[i] + 1, PAGE), *b = calloc(n[i] + 1, PAGE);
		uint8_t *differs = malloc(n[i] + 1);

		assert_non_null(a);
		assert_non_null(b);
		assert_non_null(differs);
		memset(differs, 7, n[i] + 1);
		for (size_t k = 0; k < n[i]; k += 3)
			a[k * PAGE + k % PAGE] = 1;
		a[n[i] * PAGE] = 1; /* one behind the last */
		compare_pages(a, b, PAGE, n[i], differs);
		for (size_t k = 0; k < n[i]; k++)
			assert_int_equal(differs[k], k % 3 == 0);
		assert_int_equal(differs[n[i]], 7);
		free(a);
		free(b);
		free(differs);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_others_read_on),
		cmocka_unit_test(test_mapped),
		cmocka_unit_test(test_with_a_name),
		cmocka_unit_test(test_nobody_else),
		cmocka_unit_test(test_reuse),
		cmocka_unit_test(test_compare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
