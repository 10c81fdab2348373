/* Goal of this test: what the rules keep can be given back, after any expiry, in
 * any order, cut short anywhere; what they do not keep goes; what ships stays;
 * and what rotted takes nothing else with it. */

#include "past.h"

#include "store/past/back.h"
#include "store/chain.h"

#include "sys/newfile.h"

#include <signal.h>
#include <sys/resource.h>

#define DAY 86400
#define T0 (INT64_C(12000) * DAY)

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

/* As if it had not been looked for long, but not for a day. */
static void
forget(void)
{
	assert_int_equal(state_remove(&f.p.s, STATE_EXPIRED), 0);
}

static bool
is_there(uint64_t n)
{
	char dir[PATH_MAX];

	generation_dir(&f.p.s, primary_epoch(&f.p), n, dir);
	return access(dir, F_OK) == 0;
}

/* Is it one that history lists? */
static bool
is_kept(uint64_t n)
{
	return past_has(&f, n, "dump") || past_has(&f, n, "dump.zst") ||
	    past_has(&f, n, "back.");
}

/*
 * A long time.
 */
static void
test_simulation(void **state)
{
	const char *rules = "all 30m, 1h 6h, 1d 3d", *why;
	int64_t taken[PAST_MAX], now = T0;
	bool stays[PAST_MAX];
	struct keep k;
	size_t most = 0, n;

	(void)state;
	assert_int_equal(keep_decode(rules, &k, &why), 0);
	for (unsigned i = 0; i < 250; i++, now += 300 + i * 23 % 2700) {
		past_change(&f, i);
		past_add(&f, i + 1, now);
		chain_prune(&f.p.s, &f.p.now.m);
		past_expire(&f, rules, now);
		if (i % 25 != 24)
			continue;
		forget();
		past_expire(&f, rules, now);
		n = past_all(&f);
		most = n > most ? n : most;
		for (size_t j = 0; j < f.n; j++)
			taken[j] = f.one[f.n - 1 - j].taken;
		keep_mark(&k, now, taken, f.n, stays);
		for (size_t j = 0; j < f.n; j++)
			if (is_kept(f.n - j) != stays[j])
				fail_msg("run %u: 1.%zu is%s kept", i, f.n - j,
				    stays[j] ? " not" : "");
	}
	assert_in_range(most, 8, 16);
}

/*
 * Every order.
 */

/* Seven generations, of which those stay whose bit is set, and the newest. */
static void
subset(unsigned bits)
{
	int64_t day = 0;
	bool stays[8];

	for (unsigned n = 1; n <= 7; n++) {
		past_change(&f, n);
		past_add(&f, n, T0 + day * DAY + n);
		past_expire(&f, "all 365d", T0 + day * DAY + n);
		stays[n] = n == 7 || (bits >> (n - 1) & 1) != 0;
		/* The last of a day stays. */
		day += stays[n];
	}
	forget();
	past_expire(&f, "1d 100d", T0 + day * DAY);
	for (unsigned n = 1; n <= 7; n++)
		assert_int_equal(is_kept(n), stays[n]);
	(void)past_all(&f);
}

static void
test_subsets(void **state)
{
	(void)state;
	for (unsigned bits = 0; bits < 64; bits++) {
		subset(bits);
		past_end(&f);
		past_begin(&f);
	}
}

/* One after another, each look at another moment. */
static void
test_steps(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= 12; n++) {
		past_change(&f, n);
		past_add(&f, n, T0 + n * 1000);
		past_expire(&f, "all 365d", T0 + n * 1000);
	}
	for (int64_t now = T0 + 12000; now < T0 + 27000; now += 700) {
		forget();
		past_expire(&f, "all 1h, 3h 5h", now);
		(void)past_all(&f);
	}
	assert_int_equal(past_all(&f), 2);
	forget();
	past_expire(&f, "none", T0 + 30000);
	assert_int_equal(past_all(&f), 1);
	assert_true(is_kept(12));
}

/* Across epochs, with what came back. */
static void
test_epochs(void **state)
{
	char a[PAST_SIZE];

	(void)state;
	past_row(&f, 1, 3);
	memcpy(a, f.dump, PAST_SIZE);
	past_row(&f, 4, 4);
	memcpy(f.dump, a, PAST_SIZE);
	past_row(&f, 5, 5);
	f.p.epoch = 2;
	memcpy(f.dump, f.one[4].dump, PAST_SIZE);
	past_add(&f, 1, 1002000);
	past_expire(&f, "all 365d", 1002000);
	past_row(&f, 7, 9);
	assert_int_equal(past_all(&f), 9);
	forget();
	/* Half an hour: 1000800 to 1002599, 1002600 on. */
	past_expire(&f, "30m 10d", 1003000);
	assert_int_equal(past_all(&f), 3);
	f.p.epoch = 1;
	assert_true(is_kept(2));
}

/*
 * Cut short.
 */

/* 1.4 is to go, between 1.5 and 1.3. */
static void
before_4_goes(void)
{
	for (unsigned n = 1; n <= 6; n++) {
		past_change(&f, n);
		past_add(&f, n, T0 + (n < 5 ? n : n - 1) * DAY + n);
		past_expire(&f, "all 365d", T0 + n * DAY);
	}
}

static void
after_4_goes(void)
{
	forget();
	past_expire(&f, "1d 100d", T0 + 6 * DAY);
	assert_false(is_kept(4));
	assert_int_equal(past_all(&f), 5);
	for (uint64_t n = 1; n <= 5; n++)
		assert_int_equal(past_has(&f, n, "back."), n != 4);
	assert_true(past_has(&f, 4, "delta."));
}

/* The way from base to n, as an expiry before was about to have it. */
static void
put_way(uint64_t n, uint64_t base)
{
	const struct past_one *x = &f.one[n - 1], *b = &f.one[base - 1];
	int own = scratch_file(x->dump, PAST_SIZE);
	int from = scratch_file(b->dump, PAST_SIZE);
	char dir[PATH_MAX], name[BACK_NAME_MAX];
	struct digest d;
	struct manifest m;

	past_dir(&f, x, dir);
	assert_int_equal(generation_manifest(dir, &m), 0);
	assert_int_equal(digest_of(b->dump, PAST_SIZE, &d), 0);
	assert_int_equal(back_put(dir, &m, own, from, &d, name), 0);
	close(own);
	close(from);
}

static void
remove_file(uint64_t n, const char *start)
{
	char path[PATH_MAX];

	assert_true(past_file(&f, n, start, path));
	assert_int_equal(unlink(path), 0);
}

static void
test_cut_short(void **state)
{
	char path[PATH_MAX], dir[PATH_MAX];

	(void)state;
	for (int step = 0; step < 8; step++) {
		past_end(&f);
		past_begin(&f);
		before_4_goes();
		past_dir(&f, &f.one[2], dir);
		if (step > 0) {
			/* Half of a way. */
			generation_file(dir, ".back.0123.zst.ABCDEF", path);
			scratch_write(path, "x", 1);
		}
		if (step > 1) {
			/* It has its new one; then not its old one. */
			assert_true(past_file(&f, 3, "back.", path));
			put_way(3, 5);
		}
		if (step > 2)
			assert_int_equal(unlink(path), 0);
		if (step > 3)
			remove_file(4, "back.");
		if (step > 4)
			remove_file(4, "delta.");
		if (step > 5)
			remove_file(4, "manifest.sig");
		if (step > 6)
			remove_file(4, "manifest");
		for (size_t i = 0; i < 6; i++)
			if (i != 3 || step <= 3)
				past_gives(&f, &f.one[i]);
		if (step <= 4) {
			after_4_goes();
		} else {
			/* A part of its removal, the chain's or this one's. */
			forget();
			past_expire(&f, "1d 100d", T0 + 6 * DAY);
			assert_int_equal(past_all(&f), 5);
		}
		generation_file(dir, ".back.0123.zst.ABCDEF", path);
		assert_int_equal(access(path, F_OK), -1);
		chain_prune(&f.p.s, &f.p.now.m);
		assert_int_equal(past_all(&f), 5);
	}
	assert_false(is_there(4));
}

/* Runs that shipped too long to come to this: all dumps are there. */
static void
test_backlog(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= 6; n++) {
		past_change(&f, n);
		past_add(&f, n, T0 + n);
		assert_true(past_has(&f, n, "dump"));
		if (n == 2) {
			/* Two are as it should be. */
			assert_int_equal(expiry_backlog(&f.p.s), 0);
			assert_true(past_has(&f, 1, "dump"));
		}
	}
	assert_int_equal(past_all(&f), 6);
	said_begin(&f.said);
	assert_int_equal(expiry_backlog(&f.p.s), 0);
	said_nothing(&f.said);
	for (uint64_t n = 1; n <= 6; n++)
		assert_int_equal(past_has(&f, n, "dump"), n == 6);
	assert_int_equal(past_all(&f), 6);
}

/* Who ships a dump that goes meanwhile reads on in it. */
static void
test_read_on(void **state)
{
	char path[PATH_MAX];
	int fd;

	(void)state;
	past_row(&f, 1, 3);
	assert_true(past_file(&f, 3, "dump", path));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_not_equal(fd, -1);
	past_row(&f, 4, 4);
	assert_false(past_has(&f, 3, "dump"));
	assert_true(scratch_is(fd, f.one[2].dump, PAST_SIZE));
	close(fd);
	assert_int_equal(past_all(&f), 4);
}

/* The dump is still there beside its way back, and one compressed for shipping. */
static void
test_left_over(void **state)
{
	char path[PATH_MAX], dir[PATH_MAX];

	(void)state;
	past_row(&f, 1, 5);
	past_dir(&f, &f.one[2], dir);
	generation_file(dir, "dump", path);
	scratch_write(path, f.one[2].dump, PAST_SIZE);
	close(generation_open_full(dir));
	assert_true(past_has(&f, 3, "dump.zst"));
	assert_int_equal(past_all(&f), 5);
	past_expire(&f, "all 365d", 1002000);
	assert_false(past_has(&f, 3, "dump") || past_has(&f, 3, "dump.zst"));
	assert_int_equal(past_all(&f), 5);
	/* One in the making is another run's, as long as there is a dump. */
	generation_file(dir, ".dump.zst.ABCDEF", path);
	scratch_write(path, "x", 1);
	past_expire(&f, "all 365d", 1002000);
	assert_int_equal(access(path, F_OK), -1);
	past_dir(&f, &f.one[4], dir);
	generation_file(dir, ".dump.zst.ABCDEF", path);
	scratch_write(path, "x", 1);
	past_expire(&f, "all 365d", 1002000);
	assert_int_equal(access(path, F_OK), 0);
	/* That of the newest is for whoever needs it. */
	past_dir(&f, &f.one[4], dir);
	close(generation_open_full(dir));
	past_expire(&f, "all 365d", 1002000);
	assert_true(past_has(&f, 5, "dump") && past_has(&f, 5, "dump.zst"));
	past_row(&f, 6, 6);
	assert_true(past_has(&f, 5, "back."));
	assert_false(past_has(&f, 5, "dump.zst"));
	assert_int_equal(access(path, F_OK), -1);
}

/*
 * When.
 */
static void
test_when(void **state)
{
	const char *rules = "all 1m";

	(void)state;
	past_row(&f, 1, 3);
	forget();
	past_expire(&f, "all 36500d", T0);
	/* Within the hour nothing is looked up. */
	past_expire(&f, rules, T0 + 3599);
	assert_int_equal(past_all(&f), 3);
	/* But ways are made. */
	past_change(&f, 4);
	past_add(&f, 4, T0 + 3599);
	past_expire(&f, rules, T0 + 3599);
	assert_true(past_has(&f, 3, "back.") && !past_has(&f, 3, "dump"));
	/* A clock that leaps, either way, is given an hour. */
	past_expire(&f, rules, T0 + 2 * DAY);
	past_expire(&f, rules, T0 + 2 * DAY + 300);
	assert_int_equal(past_all(&f), 4);
	past_expire(&f, rules, T0 - DAY);
	past_expire(&f, rules, T0 - DAY + 300);
	assert_int_equal(past_all(&f), 4);
	past_expire(&f, rules, T0 + 3600);
	assert_int_equal(past_all(&f), 4);
	past_expire(&f, rules, T0 + 2 * 3600);
	assert_int_equal(past_all(&f), 1);
	/* What cannot be read is as if there was none. */
	past_change(&f, 5);
	past_add(&f, 5, T0 + 2 * 3600);
	assert_int_equal(
	    state_set_line(&f.p.s, STATE_EXPIRED, "the day before"), 0);
	past_expire(&f, rules, T0 + 2 * 3600 + 60);
	assert_int_equal(past_all(&f), 1);
	/* "none" waits for nothing. */
	past_change(&f, 6);
	past_add(&f, 6, T0 + 2 * 3600 + 61);
	past_expire(&f, "none", T0 + 2 * 3600 + 61);
	assert_int_equal(past_all(&f), 1);
	assert_true(is_kept(6) && is_there(5) && past_has(&f, 5, "delta."));
}

/* Another run is at it: this one has nothing to say. */
/* Killed at the very end of letting the oldest go: its directory is left, with
 * nothing in it.  That keeps nobody else. */
static void
test_empty_directory(void **state)
{
	char dir[PATH_MAX];

	(void)state;
	for (unsigned n = 1; n <= 5; n++) {
		past_change(&f, n);
		past_add(&f, n, T0 + n * 60);
		past_expire(&f, "all 365d", T0 + n * 60);
	}
	past_dir(&f, &f.one[0], dir);
	assert_int_equal(newfile_remove_dir(dir), 0);
	assert_int_equal(mkdir(dir, 0700), 0);
	forget();
	past_expire(&f, "1d 100d", T0 + 6 * 60);
	assert_int_equal(access(dir, F_OK), -1);
	for (uint64_t n = 2; n <= 4; n++)
		assert_false(is_kept(n));
	assert_true(is_kept(5));
}

static void
test_busy(void **state)
{
	int lock;

	(void)state;
	past_row(&f, 1, 2);
	past_change(&f, 3);
	past_add(&f, 3, 1002000);
	assert_int_equal(state_lock(&f.p.s, EXPIRY_LOCK, 0, &lock), 0);
	past_expire(&f, "none", 1002000);
	assert_true(past_has(&f, 2, "dump") && past_has(&f, 1, "back."));
	close(lock);
	past_expire(&f, "none", 1002000);
	assert_false(is_kept(2));
}

/* A generation newer than `current`, of a run that was cut short, is nothing. */
static void
test_newer(void **state)
{
	char path[PATH_MAX];
	struct seal now = SEAL_NONE;

	(void)state;
	past_row(&f, 1, 3);
	state_path(&f.p.s, STATE_CURRENT, path);
	assert_int_equal(seal_read(path, &now), 1);
	past_change(&f, 4);
	past_add(&f, 4, 1001200);
	assert_int_equal(seal_write(path, &now), 0);
	seal_release(&now);
	forget();
	past_expire(&f, "none", 1001200);
	assert_true(past_has(&f, 3, "dump"));
	assert_int_equal(past_all(&f), 1);
}

/* No dump can be written any more: what need not be moved goes, and nothing that
 * another leads by. */
static void
test_no_room(void **state)
{
	struct rlimit was, few;
	const char *why;
	struct keep k;
	int rc;

	(void)state;
	for (unsigned n = 1; n <= 9; n++) {
		past_change(&f, n);
		/* 1.3 and 1.9 stay. */
		past_add(&f, n, T0 + (n > 3) * DAY + n);
		past_expire(&f, "all 365d", T0 + DAY);
	}
	assert_int_equal(keep_decode("1d 100d", &k, &why), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	few = (struct rlimit){ PAST_SIZE / 2, was.rlim_max };
	assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	forget();
	said_begin(&f.said);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &few), 0);
	rc = expiry_run(&f.p.s, &k, T0 + DAY + 9);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_int_equal(said_end(&f.said), 2);
	assert_non_null(strstr(f.said.text, "/1.8/back."));
	assert_non_null(strstr(f.said.text, "cannot be read: "));
	assert_non_null(strstr(f.said.text, "/1.3: keeps what it has"));
	assert_int_equal(rc, -1);
	assert_int_equal(past_all(&f), 7);
	assert_false(is_kept(1) || is_kept(2));
	/* An hour later there is room. */
	past_expire(&f, "1d 100d", T0 + DAY + 600);
	assert_int_equal(past_all(&f), 7);
	past_expire(&f, "1d 100d", T0 + DAY + 3609);
	assert_int_equal(past_all(&f), 2);
}

/* What was there before there was a past: two dumps, and deltas. */
static void
test_upgrade(void **state)
{
	char path[PATH_MAX];

	(void)state;
	for (unsigned n = 1; n <= 6; n++) {
		past_change(&f, n);
		past_add(&f, n, T0 + n * 300);
		if (n > 2 && past_file(&f, n - 2, "dump", path))
			assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(past_all(&f), 2);
	past_expire(&f, "all 2h", T0 + 6 * 300);
	assert_int_equal(past_all(&f), 2);
	assert_true(past_has(&f, 5, "back."));
	for (uint64_t n = 1; n <= 4; n++)
		assert_true(!is_kept(n) && past_has(&f, n, "manifest") &&
		    past_has(&f, n, "delta.") == (n > 1));
}

/*
 * Damage.
 */

/* An expiry that has something to say: a line with each of these. */
static void
complains(const char *rules, int64_t now, const char *a, const char *b)
{
	const char *why;
	struct keep k;
	int rc;

	assert_int_equal(keep_decode(rules, &k, &why), 0);
	said_begin(&f.said);
	rc = expiry_run(&f.p.s, &k, now);
	(void)said_end(&f.said);
	if (rc != 0 || strstr(f.said.text, a) == NULL ||
	    strstr(f.said.text, b) == NULL)
		fail_msg("%d: %s", rc, f.said.text);
}

static void
flip(uint64_t n, const char *start)
{
	char path[PATH_MAX], byte;
	int fd;

	assert_true(past_file(&f, n, start, path));
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(pread(fd, &byte, 1, 60), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, 60), 1);
	close(fd);
}

/* The dump of the newest rots, and then it is not that any more. */
static void
test_dump_rots(void **state)
{
	size_t n, good;

	(void)state;
	past_row(&f, 1, 4);
	flip(4, "dump");
	past_change(&f, 5);
	said_begin(&f.said);
	past_add(&f, 5, 1001500);
	(void)said_end(&f.said);
	complains(
	    "all 2h", 1001500, "/1.4/dump: damaged: ", "/1.4/damaged.dump now");
	past_gives(&f, &f.one[4]);
	/* Once is enough. */
	past_expire(&f, "all 2h", 1001500);
	past_row(&f, 6, 8);
	for (size_t i = 4; i < 8; i++)
		past_gives(&f, &f.one[i]);
	/* What needed it stays, for somebody who has it. */
	said_begin(&f.said);
	assert_int_equal(history_verify(&f.p.s, &n, &good), 0);
	assert_int_equal(said_end(&f.said), 1);
	assert_int_equal(n, 7);
	assert_int_equal(good, 4);
	/* But not longer than anything. */
	forget();
	past_expire(&f, "all 2h", 1001200 + 7200);
	assert_false(is_kept(3) || is_kept(1));
	assert_int_equal(past_all(&f), 4);
}

/* The newest rots before a way back is made of it: the one before stays as it
 * is. */
static void
test_base_rots(void **state)
{
	(void)state;
	past_row(&f, 1, 4);
	past_change(&f, 5);
	past_add(&f, 5, 1001500);
	flip(5, "dump");
	complains(
	    "all 2h", 1001500, "/1.5/dump: damaged: ", "/1.5/damaged.dump now");
	assert_true(past_has(&f, 4, "dump") && !past_has(&f, 4, "back."));
	for (size_t i = 0; i < 4; i++)
		past_gives(&f, &f.one[i]);
}

/* A way back rots that others come by, and one of them is to be moved. */
static void
test_back_rots(void **state)
{
	size_t n, good;

	(void)state;
	for (unsigned i = 1; i <= 9; i++) {
		past_change(&f, i);
		/* 1.5 and 1.8 are to go. */
		past_add(&f, i, T0 + (i - (i > 5) - (i > 8)) * DAY + i);
		past_expire(&f, "all 365d", T0 + i * DAY);
	}
	flip(6, "back.");
	forget();
	complains("1d 100d", T0 + 8 * DAY, "/1.6/back.", "/1.6/damaged.back");
	assert_true(is_kept(5) && is_kept(8));
	/* The next look does what can be done. */
	forget();
	past_expire(&f, "1d 100d", T0 + 8 * DAY);
	assert_true(is_kept(5) && !is_kept(8) && is_kept(4));
	past_gives(&f, &f.one[8]);
	past_gives(&f, &f.one[6]);
	said_begin(&f.said);
	assert_int_equal(history_verify(&f.p.s, &n, &good), 0);
	assert_int_equal(said_end(&f.said), 1);
	assert_int_equal(good, 2);
	assert_int_equal(n, 7);
	/* Somebody has the file: all are back. */
	{
		char dir[PATH_MAX], from[PATH_MAX], to[PATH_MAX];
		char name[BACK_NAME_MAX];
		struct digest d;

		past_dir(&f, &f.one[5], dir);
		generation_file(dir, "damaged.back", from);
		assert_int_equal(digest_of(f.one[6].dump, PAST_SIZE, &d), 0);
		back_name(&d, name);
		generation_file(dir, name, to);
		assert_int_equal(rename(from, to), 0);
		flip(6, "back.");
	}
	assert_int_equal(past_all(&f), 8);
	forget();
	past_expire(&f, "1d 100d", T0 + 8 * DAY);
	assert_int_equal(past_all(&f), 7);
	assert_false(is_kept(5));
}

/* The newest is not all right: nothing else may go for that. */
static void
test_newest_rots(void **state)
{
	static const char *const what[] = { "dump", "manifest" };
	struct bytes b = BYTES_NONE;
	char path[PATH_MAX];

	(void)state;
	past_row(&f, 1, 6);
	for (size_t i = 0; i < 2; i++) {
		assert_true(past_file(&f, 6, what[i], path));
		b.len = 0;
		assert_int_equal(file_read(path, PAST_SIZE, &b), 0);
		assert_int_equal(unlink(path), 0);
		forget();
		past_expire(&f, "20m 2h", 1002000);
		scratch_write(path, b.p, b.len);
		assert_int_equal(past_all(&f), 6);
	}
	bytes_release(&b);
	past_expire(&f, "none", 1002000);
	assert_int_equal(past_all(&f), 1);
}

/* A manifest of the middle: those behind it stay until they are old. */
static void
test_manifest_rots(void **state)
{
	struct bytes b = BYTES_NONE;
	char path[PATH_MAX];

	(void)state;
	past_row(&f, 1, 6);
	assert_true(past_file(&f, 3, "manifest", path));
	assert_int_equal(file_read(path, PAST_SIZE, &b), 0);
	assert_int_equal(truncate(path, 100), 0);
	forget();
	past_expire(&f, "20m 2h", 1002000);
	assert_true(is_kept(1) && is_kept(2) && is_kept(3));
	scratch_write(path, b.p, b.len);
	for (size_t i = 0; i < 3; i++)
		past_gives(&f, &f.one[i]);
	assert_int_equal(truncate(path, 100), 0);
	forget();
	past_expire(&f, "all 2h", 1000000 + 7200 + 1000);
	assert_false(is_kept(1) || is_kept(2));
	assert_true(is_kept(3) && is_kept(4)); /* when 3 was, nobody knows */
	forget();
	past_expire(&f, "all 2h", 1000000 + 7200 + 1300);
	assert_false(is_kept(3) || is_kept(4));
	assert_int_equal(past_all(&f), 1);
	bytes_release(&b);
}

/* What keeps a chain is not what keeps a past. */
static void
test_chain_stays(void **state)
{
	struct chain c;

	(void)state;
	past_row(&f, 1, 9);
	chain_prune(&f.p.s, &f.p.now.m);
	forget();
	past_expire(&f, "none", 1003000);
	assert_int_equal(past_all(&f), 1);
	for (unsigned n = 2; n <= 9; n++) {
		struct digest d;

		if (!past_has(&f, n, "delta."))
			continue;
		assert_int_equal(
		    digest_of(f.one[n - 2].dump, PAST_SIZE, &d), 0);
		chain_find(&f.p.s, &f.p.now.m, &d, &c);
		assert_int_equal(c.n, 9 - n + 1);
	}
	assert_true(past_has(&f, 9, "delta.") && past_has(&f, 8, "delta."));
	chain_prune(&f.p.s, &f.p.now.m);
	/* And what neither needs is gone. */
	for (unsigned n = 1; n <= 7; n++)
		assert_int_equal(is_there(n), past_has(&f, n, "delta."));
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, prepare, clean)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_simulation),
		T(test_subsets),
		T(test_steps),
		T(test_epochs),
		T(test_cut_short),
		T(test_backlog),
		T(test_read_on),
		T(test_left_over),
		T(test_when),
		T(test_empty_directory),
		T(test_busy),
		T(test_newer),
		T(test_no_room),
		T(test_upgrade),
		T(test_dump_rots),
		T(test_base_rots),
		T(test_back_rots),
		T(test_newest_rots),
		T(test_manifest_rots),
		T(test_chain_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
