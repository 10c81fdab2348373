/* Goal of this test: what history gives back is what was, to the byte, whatever
 * else is missing or rotten; or nothing, and a line names the file, another the
 * generation to take instead. */

#include "past.h"

#include "store/past/back.h"
#include "sys/archive.h"
#include "sys/delta.h"
#include "sys/proc.h"

#include <sys/resource.h>
#include <sys/wait.h>

static struct past f;

static int
prepare(void **state)
{
	(void)state;
	past_begin(&f);
	return 0;
}

static int
clean(void **state)
{
	(void)state;
	past_end(&f);
	return 0;
}

/*
 * Which there are.
 */
static void
test_nothing(void **state)
{
	struct manifest m = { .epoch = 1, .generation = 1 };
	struct history h;
	size_t n, good;

	(void)state;
	said_begin(&f.said);
	assert_int_equal(history_read(&f.p.s, &h), 0);
	assert_int_equal(h.n, 0);
	assert_null(history_named(&h, "current"));
	assert_null(history_at(&h, INT64_MAX));
	assert_int_equal(history_verify(&f.p.s, &n, &good), 0);
	assert_int_equal(n, 0);
	history_release(&h);
	said_nothing(&f.said);
	said_begin(&f.said);
	assert_int_equal(history_open(&f.p.s, &m), -1);
	said_one(&f.said, "generation 1.1 cannot be given back", "nor any ");
}

static void
test_names(void **state)
{
	struct history h;
	char path[PATH_MAX];

	(void)state;
	past_row(&f, 9, 11);
	/* Kept only to ship; never current; no generation at all. */
	assert_true(past_file(&f, 10, "back.", path));
	assert_int_equal(unlink(path), 0);
	primary_add(&f.p, 12, (struct span){ f.dump, PAST_SIZE });
	assert_int_equal(history_read(&f.p.s, &h), 0);
	assert_int_equal(h.n, 2);
	assert_int_equal(h.m[0].generation, 11);
	assert_int_equal(h.m[1].generation, 9);
	assert_ptr_equal(history_named(&h, "current"), &h.m[0]);
	assert_ptr_equal(history_named(&h, "1.11"), &h.m[0]);
	assert_ptr_equal(history_named(&h, "1.9"), &h.m[1]);
	assert_null(history_named(&h, "1.10"));
	assert_null(history_named(&h, "1.09"));
	assert_null(history_named(&h, "2.9"));
	assert_null(history_named(&h, ""));
	assert_ptr_equal(history_at(&h, INT64_MAX), &h.m[0]);
	assert_ptr_equal(history_at(&h, 1000000 + 11 * 300), &h.m[0]);
	assert_ptr_equal(history_at(&h, 1000000 + 11 * 300 - 1), &h.m[1]);
	assert_ptr_equal(history_at(&h, 1000000 + 9 * 300), &h.m[1]);
	assert_null(history_at(&h, 1000000 + 9 * 300 - 1));
	history_release(&h);
}

/*
 * Giving back.
 */
static void
test_row(void **state)
{
	(void)state;
	past_row(&f, 1, 12);
	assert_int_equal(past_all(&f), 12);
	for (uint64_t n = 1; n <= 12; n++) {
		assert_int_equal(past_has(&f, n, "dump"), n == 12);
		assert_int_equal(past_has(&f, n, "back."), n < 12);
		assert_int_equal(past_has(&f, n, "delta."), n > 1);
	}
}

/* The administrator's way: zstd and rdiff, step by step. */
static void
test_by_hand(void **state)
{
	char path[PATH_MAX], base[64], delta[64], out[64];
	const char *const zstd[] = { "zstd", "-qfd", path, "-o", delta, NULL };
	const char *const rdiff[] = { "rdiff", "-f", "patch", base, delta, out,
		NULL };
	const struct span none = { NULL, 0 };
	struct bytes b = BYTES_NONE;

	(void)state;
	past_row(&f, 1, 4);
	snprintf(base, sizeof(base), "%s/base", f.p.dir);
	snprintf(delta, sizeof(delta), "%s/plain", f.p.dir);
	snprintf(out, sizeof(out), "%s/out", f.p.dir);
	scratch_write(base, f.dump, PAST_SIZE);
	for (uint64_t n = 3; n >= 1; n--) {
		assert_true(past_file(&f, n, "back.", path));
		assert_int_equal(
		    proc_run(zstd, NULL, none, NULL, NULL, 0, 60000), 0);
		assert_int_equal(
		    proc_run(rdiff, NULL, none, NULL, NULL, 0, 60000), 0);
		assert_int_equal(rename(out, base), 0);
	}
	assert_int_equal(file_read(base, PAST_SIZE, &b), 0);
	assert_int_equal(b.len, PAST_SIZE);
	assert_memory_equal(b.p, f.one[0].dump, PAST_SIZE);
	bytes_release(&b);
}

/* One after another, in any order, each its own. */
static void
test_walk(void **state)
{
	struct history_walk *w;
	struct history h;
	int fd[12];

	(void)state;
	past_row(&f, 1, 12);
	assert_int_equal(history_read(&f.p.s, &h), 0);
	w = history_begin(&f.p.s);
	assert_non_null(w);
	for (size_t round = 1; round < 12; round += 2) {
		said_begin(&f.said);
		for (size_t i = 0; i < 12; i++)
			fd[i] = history_next(w, &h.m[i * round % 12]);
		said_nothing(&f.said);
		for (size_t i = 0; i < 12; i++) {
			assert_true(scratch_is(
			    fd[i], f.one[11 - i * round % 12].dump, PAST_SIZE));
			close(fd[i]);
		}
	}
	/* What has gone meanwhile is asked for in vain, the others not. */
	assert_int_equal(state_remove(&f.p.s, STATE_EXPIRED), 0);
	past_expire(&f, "20m 10d", 1003600);
	for (size_t i = 0; i < 12; i++) {
		bool kept = past_has(&f, 12 - i, i == 0 ? "dump" : "back.");

		said_begin(&f.said);
		fd[0] = history_next(w, &h.m[i]);
		(void)said_end(&f.said);
		assert_true(fd[0] != -1 || !kept);
		if (fd[0] == -1)
			continue;
		assert_true(scratch_is(fd[0], f.one[11 - i].dump, PAST_SIZE));
		close(fd[0]);
	}
	history_end(w);
	history_end(NULL);
	history_release(&h);
}

/* Its own offset, its own file. */
static void
test_descriptor(void **state)
{
	struct manifest m = { .epoch = 1, .generation = 2 };
	char path[PATH_MAX];
	struct stat a, b;
	int fd;

	(void)state;
	past_row(&f, 1, 2);
	m.dump.size = PAST_SIZE;
	fd = history_open(&f.p.s, &m);
	assert_int_not_equal(fd, -1);
	assert_true(past_file(&f, 2, "dump", path));
	assert_int_equal(stat(path, &a), 0);
	assert_int_equal(fstat(fd, &b), 0);
	assert_false(a.st_ino == b.st_ino);
	assert_int_equal(b.st_nlink, 0);
	assert_int_equal(pwrite(fd, "x", 1, 0), 1);
	close(fd);
	past_gives(&f, &f.one[1]);
}

/* A -> B -> A, and A again in the next epoch. */
static void
test_came_back(void **state)
{
	char a[PAST_SIZE], c[PAST_SIZE];

	(void)state;
	past_row(&f, 1, 1);
	memcpy(a, f.dump, PAST_SIZE);
	past_row(&f, 2, 2);
	memcpy(c, f.dump, PAST_SIZE);
	memcpy(f.dump, a, PAST_SIZE);
	past_add(&f, 3, 1000900);
	past_expire(&f, "all 365d", 1000900);
	assert_int_equal(past_all(&f), 3);
	f.p.epoch = 2;
	past_add(&f, 1, 1001200);
	past_expire(&f, "all 365d", 1001200);
	memcpy(f.dump, c, PAST_SIZE);
	past_add(&f, 2, 1001500);
	past_expire(&f, "all 365d", 1001500);
	assert_int_equal(past_all(&f), 5);
	f.p.epoch = 10;
	past_change(&f, 5);
	past_add(&f, 1, 1001800);
	past_expire(&f, "all 365d", 1001800);
	assert_int_equal(past_all(&f), 6);
}

/* Where a delta would be larger, the dump itself. */
static void
test_anchors(void **state)
{
	char path[PATH_MAX];

	(void)state;
	past_row(&f, 1, 3);
	scratch_noise(f.dump, PAST_SIZE, 99);
	past_row(&f, 4, 6);
	assert_true(past_has(&f, 3, "dump.zst"));
	assert_false(past_has(&f, 3, "back.") || past_has(&f, 6, "dump.zst"));
	assert_int_equal(past_all(&f), 6);
	/* What is newer than it may all be gone. */
	for (uint64_t n = 4; n <= 6; n++)
		if (past_file(&f, n, n == 6 ? "dump" : "back.", path))
			assert_int_equal(unlink(path), 0);
	for (size_t i = 0; i < 3; i++)
		past_gives(&f, &f.one[i]);
	said_begin(&f.said);
	assert_int_equal(past_open(&f, &f.one[4]), 0);
	assert_int_equal(said_end(&f.said), 2);
	assert_non_null(strstr(f.said.text, "/1.5: neither dump nor back.*"));
	assert_non_null(
	    strstr(f.said.text, "1.5 cannot be given back, nor any"));
}

/*
 * Damage.
 */
static char victim[PATH_MAX];
static size_t tried, right;

/* 1.3 and an older one, with the victim's file being text. */
static void
try(struct span text)
{
	unsigned lines;
	int got;

	scratch_write(victim, text.p, text.len);
	for (size_t i = 0; i < 3; i += 2) {
		said_begin(&f.said);
		got = past_open(&f, &f.one[i]);
		lines = said_end(&f.said);
		if (got == 1 ? lines != 0 : lines != 2)
			fail_msg("%u lines: %s", lines, f.said.text);
		if (got == 0 &&
		    (strstr(f.said.text,
			 i < 2 ? "/generations/1." : "/generations/1.3/") ==
			    NULL ||
			strstr(f.said.text, "that may be is 1.") == NULL))
			fail_msg("1.%zu: %s", i + 1, f.said.text);
		tried++;
		right += (size_t)got;
	}
	said_begin(&f.said);
	got = past_open(&f, &f.one[3]);
	said_nothing(&f.said);
	assert_int_equal(got, 1);
}

static void
spoil(const char *start)
{
	struct bytes b = BYTES_NONE;

	past_row(&f, 1, 5);
	assert_true(past_file(&f, 3, start, victim));
	assert_int_equal(file_read(victim, 1 << 20, &b), 0);
	tried = right = 0;
	golden_damage(golden_span(&b), try);
	print_message(
	    "%s: %zu of %zu times the right dump\n", start, right, tried);
	assert_true(right < tried / 4);
	scratch_write(victim, b.p, b.len);
	assert_int_equal(past_all(&f), 5);
	bytes_release(&b);
}

static void
test_back_damaged(void **state)
{
	(void)state;
	spoil("back.");
}

static void
test_manifest_damaged(void **state)
{
	(void)state;
	spoil("manifest");
}

/* 1.n is not given back, and this is said. */
static void
lost(uint64_t n, const char *what, const char *nearest)
{
	unsigned lines;

	said_begin(&f.said);
	assert_int_equal(past_open(&f, &f.one[n - 1]), 0);
	lines = said_end(&f.said);
	if (lines > 2 || strstr(f.said.text, what) == NULL ||
	    strstr(f.said.text, nearest) == NULL)
		fail_msg("1.%lu: %s", (unsigned long)n, f.said.text);
}

static void
test_gone(void **state)
{
	char path[PATH_MAX], dir[PATH_MAX], to[64];
	size_t n, good;

	(void)state;
	past_row(&f, 1, 6);
	snprintf(to, sizeof(to), "%s/aside", f.p.dir);
	/* A file in the middle. */
	assert_true(past_file(&f, 4, "back.", path));
	assert_int_equal(rename(path, to), 0);
	lost(4, "/1.4: neither dump nor back.* of it is there", "is 1.5");
	lost(3, "/1.4: neither dump nor back.* of it is there", "is 1.5");
	lost(1, "/1.4: neither dump nor back.* of it is there", "is 1.5");
	past_gives(&f, &f.one[4]);
	said_begin(&f.said);
	assert_int_equal(history_verify(&f.p.s, &n, &good), 0);
	assert_int_equal(said_end(&f.said), 1);
	assert_int_equal(n, 5);
	assert_int_equal(good, 2);
	assert_int_equal(rename(to, path), 0);
	assert_int_equal(past_all(&f), 6);
	/* A directory. */
	past_dir(&f, &f.one[3], dir);
	assert_int_equal(rename(dir, to), 0);
	lost(4, "1.4 cannot be given back", "is 1.5");
	lost(3, "/1.3/back.", "is 1.5");
	lost(2, "/1.3/back.", "is 1.5");
	assert_int_equal(rename(to, dir), 0);
	assert_int_equal(past_all(&f), 6);
	/* A manifest. */
	assert_true(past_file(&f, 4, "manifest", path));
	assert_int_equal(rename(path, to), 0);
	lost(4, "/1.4/manifest: damaged or not there", "is 1.5");
	lost(2, "/1.4/manifest, which is damaged or not there", "is 1.5");
	assert_int_equal(rename(to, path), 0);
	/* No file: a link, a directory. */
	assert_true(past_file(&f, 4, "back.", path));
	assert_int_equal(rename(path, to), 0);
	assert_int_equal(symlink(to, path), 0);
	said_begin(&f.said);
	assert_int_equal(past_open(&f, &f.one[0]), 0);
	said_one(&f.said, path, "is a symbolic link");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rename(to, path), 0);
	/* All that all of them stand on. */
	assert_true(past_file(&f, 6, "dump", path));
	assert_int_equal(truncate(path, PAST_SIZE - 1), 0);
	lost(6, "/1.6/dump: damaged: ", "1.6 cannot be given back, nor any ");
	lost(1, "/1.6/dump: damaged: ", "1.1 cannot be given back, nor any ");
	said_begin(&f.said);
	assert_int_equal(history_verify(&f.p.s, &n, &good), 0);
	assert_int_equal(said_end(&f.said), 1);
	assert_int_equal(n, 6);
	assert_int_equal(good, 0);
}

/* Where there are two ways, one will do. */
static void
test_two_ways(void **state)
{
	char path[PATH_MAX], other[PATH_MAX], name[BACK_NAME_MAX],
	    dir[PATH_MAX], to[64];
	struct manifest m[2];
	struct digest base;
	int own, from;

	(void)state;
	past_row(&f, 1, 5);
	/* 1.2 gets one from 1.5, beside that from 1.3. */
	assert_true(past_file(&f, 2, "back.", path));
	past_dir(&f, &f.one[1], dir);
	assert_int_equal(generation_manifest(dir, &m[0]), 0);
	own = scratch_file(f.one[1].dump, PAST_SIZE);
	from = scratch_file(f.dump, PAST_SIZE);
	assert_int_equal(digest_of(f.dump, PAST_SIZE, &base), 0);
	assert_int_equal(back_put(dir, &m[0], own, from, &base, name), 0);
	close(own);
	close(from);
	generation_file(dir, name, other);
	assert_string_not_equal(path, other);
	snprintf(to, sizeof(to), "%s/aside", f.p.dir);
	assert_int_equal(past_all(&f), 5);
	/* Either is enough, for those behind it, too. */
	assert_int_equal(rename(path, to), 0);
	assert_int_equal(past_all(&f), 5);
	assert_int_equal(rename(to, path), 0);
	assert_int_equal(rename(other, to), 0);
	assert_int_equal(past_all(&f), 5);
	assert_int_equal(rename(to, other), 0);
	for (int i = 0; i < 2; i++) {
		struct bytes b = BYTES_NONE;

		assert_int_equal(
		    file_read(i == 0 ? path : other, 1 << 20, &b), 0);
		assert_int_equal(truncate(i == 0 ? path : other, 20), 0);
		said_begin(&f.said);
		for (size_t j = 0; j < 5; j++)
			assert_int_equal(past_open(&f, &f.one[j]), 1);
		(void)said_end(&f.said);
		scratch_write(i == 0 ? path : other, b.p, b.len);
		bytes_release(&b);
	}
}

/* A machine that has no more of something has no damaged files. */
static void
test_no_descriptors(void **state)
{
	struct rlimit was, few;

	(void)state;
	past_row(&f, 1, 5);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	few = was;
	for (few.rlim_cur = 3; few.rlim_cur < 12; few.rlim_cur++) {
		said_begin(&f.said);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
		(void)past_open(&f, &f.one[0]);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
		(void)said_end(&f.said);
		if (strstr(f.said.text, "damaged:") != NULL)
			fail_msg("%s", f.said.text);
	}
	assert_int_equal(past_all(&f), 5);
}

/* Somebody reads while another lets go: it gets what it asked for. */
static void
test_meanwhile(void **state)
{
	const char *rules = "all 10m, 1h 10d";
	const char *why;
	struct keep k;
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(keep_decode(rules, &k, &why), 0);
	past_row(&f, 1, 60);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		/* Half an hour later, and so on. */
		for (int i = 0; i < 15; i++) {
			int64_t now = 1000000 + 60 * 300 - (15 - i) * 1200;
			char path[PATH_MAX];

			state_path(&f.p.s, STATE_EXPIRED, path);
			(void)unlink(path);
			if (expiry_run(&f.p.s, &k, now) == -1)
				_exit(1);
		}
		_exit(0);
	}
	/* The last of each hour stay. */
	for (int i = 0; waitpid(pid, &status, WNOHANG) == 0; i++)
		for (size_t j = 0; j < 59; j++)
			if (f.one[j].taken / 3600 != f.one[j + 1].taken / 3600)
				past_gives(&f, &f.one[j]);
	assert_int_equal(status, 0);
	/* One that found a reader waiting for it has left it to the next. */
	assert_int_equal(state_remove(&f.p.s, STATE_EXPIRED), 0);
	past_expire(&f, rules, 1000000 + 60 * 300);
	assert_in_range(past_all(&f), 6, 8);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, prepare, clean)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_nothing),
		T(test_names),
		T(test_row),
		T(test_by_hand),
		T(test_walk),
		T(test_descriptor),
		T(test_came_back),
		T(test_anchors),
		T(test_back_damaged),
		T(test_manifest_damaged),
		T(test_gone),
		T(test_two_ways),
		T(test_no_descriptors),
		T(test_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
