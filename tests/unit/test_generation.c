/* Goal of this test: what a primary keeps of a generation is whole or not there,
 * stock rdiff and zstd make the dump of it, and leftovers are gone. */

#include "said.h"

#include "format/bundle.h"
#include "store/generation.h"
#include "sys/archive.h"
#include "sys/delta.h"
#include "sys/file.h"
#include "sys/proc.h"

#define DUMP_SIZE 60000

static struct {
	char dir[32], all[PATH_MAX];
	struct state s;
	char base[DUMP_SIZE], dump[DUMP_SIZE];
	struct dump_facts was, is;
	struct said said;
} f;

static int
prepare(void **state)
{
	(void)state;
	scratch_dir(f.dir);
	memset(&f.s, 0, sizeof(f.s));
	memcpy(f.s.dir, f.dir, sizeof(f.dir));
	snprintf(f.all, sizeof(f.all), "%s/generations", f.dir);
	scratch_noise(f.base, DUMP_SIZE, 1);
	memcpy(f.dump, f.base, DUMP_SIZE);
	scratch_noise(f.dump + DUMP_SIZE / 2, 100, 2);
	assert_int_equal(digest_of(f.base, DUMP_SIZE, &f.was.digest), 0);
	assert_int_equal(digest_of(f.dump, DUMP_SIZE, &f.is.digest), 0);
	f.was.size = f.is.size = DUMP_SIZE;
	return 0;
}

static int
clean(void **state)
{
	(void)state;
	scratch_tree(f.dir);
	return 0;
}

/* A generation with this dump. */
static void
make(uint64_t n, const char *p, size_t size, char dir[PATH_MAX])
{
	int fd = scratch_file(p, size);

	assert_int_equal(generation_begin(&f.s, 1, n, dir), 0);
	assert_int_equal(generation_put_dump(dir, fd, size), 0);
	close(fd);
}

/* Two, and the delta from one to the other. */
static void
make_two(char before[PATH_MAX], char dir[PATH_MAX])
{
	make(1, f.base, DUMP_SIZE, before);
	make(2, f.dump, DUMP_SIZE, dir);
	assert_int_equal(generation_put_delta(dir, before, &f.was, &f.is), 0);
}

static bool
has(const char *dir, const char *name)
{
	char path[PATH_MAX];

	generation_file(dir, name, path);
	return access(path, F_OK) == 0;
}

static bool
is_dump(const char *dir, const char *p, size_t n)
{
	struct bytes b = BYTES_NONE;
	char path[PATH_MAX];
	bool same;

	generation_file(dir, "dump", path);
	assert_int_equal(file_read(path, 1 << 20, &b), 0);
	same = b.len == n && memcmp(b.p, p, n) == 0;
	bytes_release(&b);
	return same;
}

static void
test_names(void **state)
{
	char dir[PATH_MAX], path[PATH_MAX], *longest;

	(void)state;
	generation_dir(&f.s, 3, 42, dir);
	assert_int_equal(strncmp(dir, f.all, strlen(f.all)), 0);
	assert_string_equal(dir + strlen(f.all), "/3.42");
	generation_dir(&f.s, UINT64_MAX, UINT64_MAX, dir);
	assert_string_equal(
	    dir + strlen(f.all), "/18446744073709551615.18446744073709551615");
	generation_file("a/b", "c", path);
	assert_string_equal(path, "a/b/c");
	longest = calloc(1, PATH_MAX);
	assert_non_null(longest);
	memset(longest, 'x', PATH_MAX - 2);
	generation_file(longest, "c", path);
	assert_string_equal(path, "");
	free(longest);
}

static void
test_begin(void **state)
{
	char dir[PATH_MAX], path[PATH_MAX];
	struct stat st;

	(void)state;
	assert_int_equal(generation_begin(&f.s, 1, 7, dir), 0);
	assert_string_equal(dir + strlen(f.all), "/1.7");
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat(f.all, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	/* A run that was cut short left something. */
	generation_file(dir, "dump", path);
	scratch_write(path, "x", 1);
	generation_file(dir, ".delta.x.abcdef", path);
	scratch_write(path, "x", 1);
	assert_int_equal(generation_begin(&f.s, 1, 7, dir), 0);
	assert_int_equal(scratch_names(dir, 0), 0);
	assert_int_equal(generation_begin(&f.s, 1, 8, dir), 0);
	assert_int_equal(scratch_names(f.all, 0), 2);
}

static void
test_begin_guarded(void **state)
{
	char dir[PATH_MAX];

	(void)state;
	assert_int_equal(generation_begin(&f.s, 1, 1, dir), 0);
	assert_int_equal(chmod(f.all, 0770), 0);
	said_begin(&f.said);
	assert_int_equal(generation_begin(&f.s, 1, 2, dir), -1);
	said_one(&f.said, f.all, "writable by nobody else");
	assert_int_equal(chmod(f.all, 0700), 0);
}

static void
test_put_dump(void **state)
{
	char dir[PATH_MAX], path[PATH_MAX];
	int fd = scratch_file(f.dump, DUMP_SIZE);
	struct stat st;

	(void)state;
	assert_int_equal(generation_begin(&f.s, 1, 1, dir), 0);
	/* Wherever its offset is, and no more than was asked for. */
	assert_int_equal(lseek(fd, 0, SEEK_END), DUMP_SIZE);
	assert_int_equal(generation_put_dump(dir, fd, DUMP_SIZE - 1), 0);
	assert_true(is_dump(dir, f.dump, DUMP_SIZE - 1));
	assert_int_equal(generation_put_dump(dir, fd, DUMP_SIZE), 0);
	assert_true(is_dump(dir, f.dump, DUMP_SIZE));
	generation_file(dir, "dump", path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	/* One that is shorter leaves what was there, and nothing beside. */
	said_begin(&f.said);
	assert_int_equal(generation_put_dump(dir, fd, DUMP_SIZE + 1), -1);
	said_one(&f.said, "ends after", path);
	assert_true(is_dump(dir, f.dump, DUMP_SIZE));
	assert_int_equal(scratch_names(dir, 0), 1);
	close(fd);
}

/*
 * Deltas.
 */
static void
unpack(int from, const char *path, size_t max)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_int_not_equal(fd, -1);
	assert_int_equal(archive_decompress(from, fd, max), 0);
	close(fd);
}

/* The bytes on disk, through stock programs. */
static void
test_delta_by_rdiff(void **state)
{
	char before[PATH_MAX], dir[PATH_MAX], b[PATH_MAX], d[64], o[64];
	const char *const argv[] = { "rdiff", "patch", b, d, o, NULL };
	const struct span none = { NULL, 0 };
	struct bytes out = BYTES_NONE;
	struct stat st;
	int fd;

	(void)state;
	make_two(before, dir);
	assert_int_equal(scratch_names(dir, 0), 2);
	fd = generation_open_delta(dir, &f.was.digest);
	assert_int_not_equal(fd, -1);
	assert_int_equal(fstat(fd, &st), 0);
	assert_in_range(st.st_size, 100, DUMP_SIZE / 4);
	snprintf(d, sizeof(d), "%s/delta", f.dir);
	snprintf(o, sizeof(o), "%s/patched", f.dir);
	unpack(fd, d, DUMP_SIZE);
	close(fd);
	generation_file(before, "dump", b);
	assert_int_equal(proc_run(argv, NULL, none, NULL, NULL, 0, 60000), 0);
	assert_int_equal(file_read(o, 1 << 20, &out), 0);
	assert_int_equal(out.len, DUMP_SIZE);
	assert_memory_equal(out.p, f.dump, DUMP_SIZE);
	bytes_release(&out);
}

static void
test_delta_name(void **state)
{
	char before[PATH_MAX], dir[PATH_MAX], name[BUNDLE_NAME_MAX];
	struct digest other = f.was.digest;

	(void)state;
	make_two(before, dir);
	bundle_name(BUNDLE_DELTA, &f.was.digest, name);
	assert_true(has(dir, name));
	other.b[31] ^= 1;
	said_begin(&f.said);
	assert_int_equal(generation_open_delta(dir, &other), -1);
	assert_int_equal(generation_open_delta(dir, &f.is.digest), -1);
	assert_int_equal(generation_open_delta(before, &f.was.digest), -1);
	said_nothing(&f.said);
}

/* Nothing in common: the delta would be larger than the dump. */
static void
test_delta_not_worth(void **state)
{
	char before[PATH_MAX], dir[PATH_MAX];
	char noise[1000];

	(void)state;
	scratch_noise(noise, sizeof(noise), 3);
	make(1, f.base, DUMP_SIZE, before);
	make(2, noise, sizeof(noise), dir);
	assert_int_equal(digest_of(noise, sizeof(noise), &f.is.digest), 0);
	f.is.size = sizeof(noise);
	said_begin(&f.said);
	assert_int_equal(generation_put_delta(dir, before, &f.was, &f.is), 0);
	said_nothing(&f.said);
	assert_int_equal(scratch_names(dir, 0), 1);
}

static void
test_delta_no_base(void **state)
{
	char before[PATH_MAX], dir[PATH_MAX];

	(void)state;
	make(2, f.dump, DUMP_SIZE, dir);
	generation_dir(&f.s, 1, 1, before);
	said_begin(&f.said);
	assert_int_equal(generation_put_delta(dir, before, &f.was, &f.is), 0);
	said_nothing(&f.said);
	assert_int_equal(scratch_names(dir, 0), 1);
}

/* One that is not what replicas have: a delta from it would help nobody. */
static void
test_delta_damaged_base(void **state)
{
	char before[PATH_MAX], dir[PATH_MAX], path[PATH_MAX];

	(void)state;
	make(1, f.base, DUMP_SIZE, before);
	make(2, f.dump, DUMP_SIZE, dir);
	generation_file(before, "dump", path);
	f.base[DUMP_SIZE - 1] ^= 1;
	scratch_write(path, f.base, DUMP_SIZE);
	said_begin(&f.said);
	assert_int_equal(generation_put_delta(dir, before, &f.was, &f.is), 0);
	said_one(&f.said, path, "damaged");
	assert_int_equal(scratch_names(dir, 0), 1);
	/* One byte less, or nothing left of it. */
	scratch_write(path, f.base, DUMP_SIZE - 1);
	said_begin(&f.said);
	assert_int_equal(generation_put_delta(dir, before, &f.was, &f.is), 0);
	said_one(&f.said, path, "damaged");
	scratch_write(path, "", 0);
	said_begin(&f.said);
	assert_int_equal(generation_put_delta(dir, before, &f.was, &f.is), 0);
	said_one(&f.said, path, "damaged");
	assert_int_equal(scratch_names(dir, 0), 1);
}

/* A delta that gives something else is not kept, and that is said. */
static void
test_delta_proved(void **state)
{
	char before[PATH_MAX], dir[PATH_MAX];

	(void)state;
	make(1, f.base, DUMP_SIZE, before);
	make(2, f.dump, DUMP_SIZE, dir);
	f.is.digest.b[0] ^= 1;
	said_begin(&f.said);
	assert_int_equal(generation_put_delta(dir, before, &f.was, &f.is), 0);
	said_one(&f.said, dir, "does not give the dump");
	assert_int_equal(scratch_names(dir, 0), 1);
	assert_int_equal(generation_open_delta(dir, &f.was.digest), -1);
}

/* A dump that grew behind the manifest's back. */
static void
test_delta_bounded(void **state)
{
	char before[PATH_MAX], dir[PATH_MAX];

	(void)state;
	make(1, f.base, DUMP_SIZE, before);
	make(2, f.dump, DUMP_SIZE, dir);
	f.is.size--;
	said_begin(&f.said);
	assert_int_equal(generation_put_delta(dir, before, &f.was, &f.is), 0);
	assert_true(said_end(&f.said) > 0);
	assert_int_equal(scratch_names(dir, 0), 1);
}

/*
 * Dumps, by their lines.
 */
#define RECORDS 300

/* Users of that realm; every seventh has another key in the new dump, every
 * fiftieth is only in the one or in the other. */
static size_t
lines(char *to, bool new)
{
	size_t n = (size_t)sprintf(to, DUMP_HEADER);

	for (unsigned i = 0; i < RECORDS; i++)
		if (i % 50 != (new ? 1u : 2u))
			n += (size_t)sprintf(to + n,
			    "princ\t38\t9\t0\t1\t0\tu%04u@T.E\t0\t1\t1\t0\t0"
			    "\t0\t0\t0\t\t1\t1\t18\t8\t%016x\t-1;\n",
			    i, new &&i % 7 == 0 ? i + 4096 : i);
	return n;
}

static void
make_lines(char before[PATH_MAX], char dir[PATH_MAX])
{
	f.was.size = lines(f.base, false);
	f.is.size = lines(f.dump, true);
	assert_int_equal(digest_of(f.base, f.was.size, &f.was.digest), 0);
	assert_int_equal(digest_of(f.dump, f.is.size, &f.is.digest), 0);
	make(1, f.base, f.was.size, before);
	make(2, f.dump, f.is.size, dir);
}

/* What the delta that is kept makes of the base. */
static void
gives_dump(const char *dir)
{
	int fd = generation_open_delta(dir, &f.was.digest);
	int base = scratch_file(f.base, f.was.size);
	int plain = scratch_file("", 0), out = scratch_file("", 0);

	assert_int_not_equal(fd, -1);
	assert_int_equal(archive_decompress(fd, plain, DUMP_SIZE), 0);
	assert_int_equal(delta_patch(base, plain, out, DUMP_SIZE), 0);
	assert_true(scratch_is(out, f.dump, f.is.size));
	close(fd);
	close(base);
	close(plain);
	close(out);
}

static void
test_lines(void **state)
{
	char before[PATH_MAX], dir[PATH_MAX];

	(void)state;
	make_lines(before, dir);
	said_begin(&f.said);
	assert_int_equal(generation_put_delta(dir, before, &f.was, &f.is), 0);
	said_nothing(&f.said);
	gives_dump(dir);
}

/* A base in which a byte rotted: wherever it was, what is kept makes the dump of
 * the true one; or none is kept, and that is said. */
static void
test_lines_rotted(void **state)
{
	char before[PATH_MAX], dir[PATH_MAX], path[PATH_MAX];
	unsigned kept = 0, all = 0;

	(void)state;
	make_lines(before, dir);
	generation_file(before, "dump", path);
	for (size_t at = 0; at < f.was.size; at += 101, all++) {
		f.base[at] ^= 1;
		scratch_write(path, f.base, f.was.size);
		f.base[at] ^= 1;
		said_begin(&f.said);
		assert_int_equal(
		    generation_put_delta(dir, before, &f.was, &f.is), 0);
		if (scratch_names(dir, 0) == 2) {
			said_nothing(&f.said);
			gives_dump(dir);
			kept++;
		} else {
			said_one(&f.said, path, "damaged");
		}
		assert_int_equal(generation_begin(&f.s, 1, 2, dir), 0);
		make(2, f.dump, f.is.size, dir);
	}
	assert_in_range(kept, all / 2, all);
}

/*
 * The whole dump.
 */
static void
test_full(void **state)
{
	char dir[PATH_MAX], o[64];
	struct bytes out = BYTES_NONE;
	struct stat a, b;
	int fd;

	(void)state;
	make(1, f.dump, DUMP_SIZE, dir);
	assert_false(has(dir, "dump.zst"));
	fd = generation_open_full(dir);
	assert_int_not_equal(fd, -1);
	assert_int_equal(fstat(fd, &a), 0);
	snprintf(o, sizeof(o), "%s/dump", f.dir);
	unpack(fd, o, DUMP_SIZE);
	close(fd);
	assert_int_equal(file_read(o, 1 << 20, &out), 0);
	assert_int_equal(out.len, DUMP_SIZE);
	assert_memory_equal(out.p, f.dump, DUMP_SIZE);
	bytes_release(&out);
	/* The second who asks gets the same file. */
	fd = generation_open_full(dir);
	assert_int_equal(fstat(fd, &b), 0);
	close(fd);
	assert_true(a.st_ino == b.st_ino);
	assert_int_equal(scratch_names(dir, 0), 2);
}

static void
test_full_missing(void **state)
{
	char dir[PATH_MAX];

	(void)state;
	assert_int_equal(generation_begin(&f.s, 1, 1, dir), 0);
	said_begin(&f.said);
	assert_int_equal(generation_open_full(dir), -1);
	said_one(&f.said, dir, "/dump: not there; ");
	assert_int_equal(scratch_names(dir, 0), 0);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, prepare, clean)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_names),
		T(test_begin),
		T(test_begin_guarded),
		T(test_put_dump),
		T(test_delta_by_rdiff),
		T(test_delta_name),
		T(test_delta_not_worth),
		T(test_delta_no_base),
		T(test_delta_damaged_base),
		T(test_delta_proved),
		T(test_delta_bounded),
		T(test_lines),
		T(test_lines_rotted),
		T(test_full),
		T(test_full_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
