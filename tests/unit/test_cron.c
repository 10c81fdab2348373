/* Goal of this test: with --cron a trouble is told when it is new, after an hour
 * and then daily, its end once, and what was never told does not end aloud. */

#include "golden.h"
#include "said.h"

#include "format/when.h"
#include "snapshot/cron.h"
#include "sys/file.h"

#include <time.h>

#define T0 INT64_C(1795333200) /* 2026-11-22T07:40:00Z */
#define MINUTE 60
#define HOUR 3600
#define DAY 86400

static struct {
	char dir[32], path[64];
	struct state s;
	struct said said;
} f;

static int
prepare(void **state)
{
	(void)state;
	memset(&f, 0, sizeof(f));
	scratch_dir(f.dir);
	memcpy(f.s.dir, f.dir, sizeof(f.dir));
	snprintf(f.path, sizeof(f.path), "%s/cron", f.dir);
	say_program("kdc-test");
	return 0;
}

static int
clean(void **state)
{
	(void)state;
	scratch_tree(f.dir);
	return 0;
}

/*
 * A replica.
 */
/* Ships at that time with that outcome, and says what it always does. */
static void
ship(int64_t at, enum ledger_answer answer)
{
	struct bytes said = BYTES_NONE;
	struct ledger before, l;

	ledger_read(&f.s, "kdc2", &before);
	l = before;
	l.tried = at;
	if (l.answer != answer)
		l.since = at;
	l.answer = answer;
	if (answer == LEDGER_SEALED)
		l.sealed = at;
	assert_int_equal(ledger_write(&f.s, "kdc2", &l), 0);
	assert_int_equal(bytes_add(&said, "[captured]\n", 11), 0);
	said_begin(&f.said);
	cron_replica(&f.s, "kdc2", &before, &said);
	(void)said_end(&f.said);
	bytes_release(&said);
	ledger_read(&f.s, "kdc2", &l);
	assert_int_equal(l.tried, at);
	assert_int_equal(l.answer, answer);
}

static int64_t
told(void)
{
	struct ledger l;

	ledger_read(&f.s, "kdc2", &l);
	return l.told;
}

static void
silent(int64_t at, enum ledger_answer answer)
{
	int64_t before = told();

	ship(at, answer);
	assert_string_equal(f.said.text, "");
	assert_int_equal(told(), answer == LEDGER_SEALED ? 0 : before);
}

static void
tells(int64_t at, enum ledger_answer answer, const char *more)
{
	ship(at, answer);
	assert_int_equal(strncmp(f.said.text, "[captured]\n", 11), 0);
	assert_string_equal(f.said.text + 11, more);
	assert_int_equal(told(), at);
}

static void
heals(int64_t at, const char *line)
{
	ship(at, LEDGER_SEALED);
	assert_string_equal(f.said.text, line);
	assert_int_equal(told(), 0);
}

static void
test_well(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++)
		silent(T0 + i * MINUTE, LEDGER_SEALED);
	silent(T0 + 30 * DAY, LEDGER_SEALED);
}

/* News, then after an hour, then once a day. */
static void
test_trouble(void **state)
{
	static const char since[] =
	    "kdc-test: kdc2: so since 2026-11-22T07:40:00Z, ";
	char more[128];

	(void)state;
	silent(T0 - MINUTE, LEDGER_SEALED);
	tells(T0, LEDGER_UNREACHED, "");
	for (int64_t t = MINUTE; t < HOUR; t += MINUTE)
		silent(T0 + t, LEDGER_UNREACHED);
	silent(T0 + HOUR - 1, LEDGER_UNREACHED);
	snprintf(more, sizeof(more), "%s1 h ago\n", since);
	tells(T0 + HOUR, LEDGER_UNREACHED, more);
	silent(T0 + HOUR + 1, LEDGER_UNREACHED);
	silent(T0 + 2 * HOUR, LEDGER_UNREACHED);
	silent(T0 + HOUR + DAY - 1, LEDGER_UNREACHED);
	snprintf(more, sizeof(more), "%s1 d ago\n", since);
	tells(T0 + HOUR + DAY, LEDGER_UNREACHED, more);
	silent(T0 + HOUR + 2 * DAY - 1, LEDGER_UNREACHED);
	snprintf(more, sizeof(more), "%s2 d ago\n", since);
	tells(T0 + HOUR + 2 * DAY, LEDGER_UNREACHED, more);
	heals(T0 + HOUR + 2 * DAY + MINUTE,
	    "kdc-test: kdc2: sealed again, after 2 d unreached\n");
	silent(T0 + HOUR + 2 * DAY + 2 * MINUTE, LEDGER_SEALED);
	/* And all over again. */
	tells(T0 + 5 * DAY, LEDGER_UNREACHED, "");
	silent(T0 + 5 * DAY + MINUTE, LEDGER_UNREACHED);
}

/* The first that is ever tried, and each kind. */
static void
test_each(void **state)
{
	static const enum ledger_answer all[] = { LEDGER_REFUSED, LEDGER_BUSY,
		LEDGER_FAILED, LEDGER_UNREACHED, LEDGER_UNKNOWN, LEDGER_AHEAD };
	int64_t t = T0;
	char line[128];

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		tells(t, all[i], "");
		silent(t + MINUTE, all[i]);
		snprintf(line, sizeof(line),
		    "kdc-test: kdc2: sealed again, after 2 min %s\n",
		    ledger_word(all[i]));
		heals(t + 2 * MINUTE, line);
		t += HOUR;
	}
	/* From one to another, each is news, and counts from then. */
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		tells(t, all[i], "");
		silent(t + HOUR - 1, all[i]);
		t += HOUR - 1;
	}
	heals(t + MINUTE, "kdc-test: kdc2: sealed again, after 1 h ahead\n");
}

/* A trouble that runs by hand met, where somebody saw it. */
static void
test_by_hand(void **state)
{
	struct ledger l;

	(void)state;
	silent(T0, LEDGER_SEALED);
	ledger_read(&f.s, "kdc2", &l);
	l.answer = LEDGER_FAILED;
	l.since = l.tried = T0 + MINUTE;
	assert_int_equal(ledger_write(&f.s, "kdc2", &l), 0);
	/* It heals: nobody was told, so nobody is. */
	silent(T0 + 2 * MINUTE, LEDGER_SEALED);
	/* It stays: it is news to cron's reader. */
	assert_int_equal(ledger_write(&f.s, "kdc2", &l), 0);
	tells(T0 + 3 * MINUTE, LEDGER_FAILED, "");
	silent(T0 + 4 * MINUTE, LEDGER_FAILED);
	silent(T0 + 3 * MINUTE + HOUR - 1, LEDGER_FAILED);
	tells(T0 + 3 * MINUTE + HOUR, LEDGER_FAILED,
	    "kdc-test: kdc2: so since 2026-11-22T07:41:00Z, 1 h ago\n");
}

/* A clock set back by a day: told once more, then it counts from there. */
static void
test_set_back(void **state)
{
	int64_t t = T0 - DAY;

	(void)state;
	tells(T0, LEDGER_UNREACHED, "");
	silent(T0 + MINUTE, LEDGER_UNREACHED);
	tells(t, LEDGER_UNREACHED,
	    "kdc-test: kdc2: so since 2026-11-21T07:40:00Z, 0 s ago\n");
	silent(t + 1, LEDGER_UNREACHED);
	silent(t + HOUR - 1, LEDGER_UNREACHED);
	tells(t + HOUR, LEDGER_UNREACHED,
	    "kdc-test: kdc2: so since 2026-11-21T07:40:00Z, 1 h ago\n");
	silent(t + HOUR + MINUTE, LEDGER_UNREACHED);
	silent(t + HOUR + DAY - 1, LEDGER_UNREACHED);
	/* It heals while the past lies ahead. */
	tells(T0 + 2 * DAY, LEDGER_FAILED, "");
	heals(T0 + 2 * DAY - HOUR,
	    "kdc-test: kdc2: sealed again, after 0 s failed\n");
	silent(T0 + 2 * DAY - HOUR + 1, LEDGER_SEALED);
}

/* A ledger that is lost: never tried, so the trouble is new, its end is not. */
static void
test_lost(void **state)
{
	char path[64];

	(void)state;
	tells(T0, LEDGER_FAILED, "");
	snprintf(path, sizeof(path), "%s/replicas/kdc2", f.dir);
	scratch_write(path, "damaged", 7);
	tells(T0 + MINUTE, LEDGER_FAILED, "");
	scratch_write(path, "damaged", 7);
	silent(T0 + 2 * MINUTE, LEDGER_SEALED);
}

/* A run that may take 10 minutes and was last done so long ago is skipped by one
 * that comes every 5 minutes. */
static bool
skipped_tells(int64_t ago)
{
	struct ledger before = { .tried = time(NULL) - ago };
	struct bytes said = BYTES_NONE;
	bool told;

	assert_int_equal(bytes_add(&said, "[skipped]\n", 10), 0);
	said_begin(&f.said);
	cron_skipped(&before, 10 * MINUTE, 5 * MINUTE, &said);
	(void)said_end(&f.said);
	told = strcmp(f.said.text, "[skipped]\n") == 0;
	assert_true(told || f.said.text[0] == '\0');
	bytes_release(&said);
	return told;
}

static void
test_skipped(void **state)
{
	struct ledger never = { .tried = 0 };
	struct bytes said = BYTES_NONE;
	unsigned mails = 0;

	(void)state;
	assert_false(skipped_tells(0));
	assert_false(skipped_tells(9 * MINUTE));
	assert_true(skipped_tells(11 * MINUTE));
	assert_false(skipped_tells(16 * MINUTE));
	assert_true(skipped_tells(HOUR + 12 * MINUTE));
	/* A weekend of it: at once, after an hour, then daily. */
	for (int64_t ago = MINUTE; ago < 3 * DAY; ago += 5 * MINUTE)
		mails += skipped_tells(ago);
	assert_int_equal(mails, 4);
	said_begin(&f.said);
	cron_skipped(&never, MINUTE, MINUTE, &said);
	said_nothing(&f.said);
}

/*
 * This host.
 */
/* Puts what a run left that was told at then, of a trouble since. */
static void
put(const char *word, int64_t since, int64_t then)
{
	char text[256], a[WHEN_TEXT], b[WHEN_TEXT];

	assert_int_equal(when_encode(since, a), 0);
	assert_int_equal(when_encode(then, b), 0);
	snprintf(text, sizeof(text),
	    "kdcsync-cron: 1\ntrouble: %s\nsince: %s\ntold: %s\n", word, a, b);
	scratch_write(f.path, text, strlen(text));
}

static void
run(const char *trouble)
{
	struct bytes said = BYTES_NONE;

	/* Of a good run there mostly is nothing to say. */
	if (trouble != NULL)
		assert_int_equal(bytes_add(&said, "[captured]\n", 11), 0);
	said_begin(&f.said);
	cron_primary(&f.s, trouble, &said);
	(void)said_end(&f.said);
	bytes_release(&said);
}

static void
run_silent(const char *trouble)
{
	run(trouble);
	assert_string_equal(f.said.text, "");
}

static void
run_tells(const char *trouble)
{
	run(trouble);
	assert_string_equal(f.said.text, "[captured]\n");
}

/* It tells, and adds a line that ends so. */
static void
run_tells_since(const char *trouble, int64_t since, const char *span)
{
	char then[WHEN_TEXT], want[128];

	assert_int_equal(when_encode(since, then), 0);
	snprintf(want, sizeof(want),
	    "[captured]\nkdc-test: this host: so since %s, %s ago\n", then,
	    span);
	run(trouble);
	assert_string_equal(f.said.text, want);
}

/* Of its old generations apart from the rest. */
static void
test_past(void **state)
{
	struct bytes said = BYTES_NONE;

	(void)state;
	run_tells("busy");
	assert_int_equal(bytes_add(&said, "[captured]\n", 11), 0);
	said_begin(&f.said);
	cron_past(&f.s, "failed", &said);
	cron_past(&f.s, "failed", &said);
	(void)said_end(&f.said);
	assert_string_equal(f.said.text, "[captured]\n");
	run_silent("busy");
	said.len = 0;
	said_begin(&f.said);
	cron_past(&f.s, NULL, &said);
	cron_past(&f.s, NULL, &said);
	(void)said_end(&f.said);
	assert_string_equal(f.said.text,
	    "kdc-test: old generations: well again, after 0 s failed\n");
	run_silent("busy");
	bytes_release(&said);
}

static void
test_primary_well(void **state)
{
	(void)state;
	run_silent(NULL);
	run_silent(NULL);
	/* No file is written to say so. */
	assert_int_equal(scratch_names(f.dir, 0), 0);
}

/* What a good run complains of all the same is passed on. */
static void
test_primary_complains(void **state)
{
	struct bytes said = BYTES_NONE;

	(void)state;
	assert_int_equal(bytes_add(&said, "damaged\n", 8), 0);
	for (int i = 0; i < 2; i++) {
		said_begin(&f.said);
		cron_primary(&f.s, NULL, &said);
		(void)said_end(&f.said);
		assert_string_equal(f.said.text, "damaged\n");
	}
	bytes_release(&said);
}

static void
test_primary(void **state)
{
	(void)state;
	run_tells("held");
	run_silent("held");
	run_silent("held");
	run_tells("busy");
	run_silent("busy");
	run_tells("held");
	run(NULL);
	assert_string_equal(
	    f.said.text, "kdc-test: this host: well again, after 0 s held\n");
	run_silent(NULL);
	run_tells("held");
}

static void
test_primary_again(void **state)
{
	int64_t now = time(NULL);

	(void)state;
	/* An hour after the first time. */
	put("held", now - HOUR + MINUTE, now - HOUR + MINUTE);
	run_silent("held");
	put("held", now - HOUR, now - HOUR);
	run_tells_since("held", now - HOUR, "1 h");
	run_silent("held");
	/* Then a day after the last time. */
	put("held", now - 2 * DAY, now - DAY + MINUTE);
	run_silent("held");
	put("held", now - 2 * DAY, now - DAY);
	run_tells_since("held", now - 2 * DAY, "2 d");
	run_silent("held");
	/* Another one is news at any time. */
	put("held", now - MINUTE, now - MINUTE);
	run_tells("failed");
	put("held", now - 3 * HOUR, now - MINUTE);
	run(NULL);
	assert_string_equal(
	    f.said.text, "kdc-test: this host: well again, after 3 h held\n");
}

static void
test_primary_set_back(void **state)
{
	int64_t now = time(NULL);
	char want[128], then[WHEN_TEXT];

	(void)state;
	put("held", now + DAY, now + DAY);
	run("held");
	/* Which second it is by now is the test's trouble alone. */
	assert_int_equal(strncmp(f.said.text, "[captured]\n", 11), 0);
	assert_non_null(strstr(f.said.text, ", 0 s ago\n"));
	run_silent("held");
	run_silent("held");
	put("held", now - HOUR, now + DAY);
	assert_int_equal(when_encode(now - HOUR, then), 0);
	snprintf(want, sizeof(want), "so since %s, 1 h ago\n", then);
	run("held");
	assert_non_null(strstr(f.said.text, want));
	run_silent("held");
	put("held", now + DAY, now + DAY);
	run(NULL);
	assert_string_equal(
	    f.said.text, "kdc-test: this host: well again, after 0 s held\n");
}

/* A file that is not as it was written is none. */
static void
damaged(struct span text)
{
	struct bytes said = BYTES_NONE, again = BYTES_NONE;

	scratch_write(f.path, text.p, text.len);
	/* What is read as all well says nothing and leaves the file. */
	cron_primary(&f.s, NULL, &said);
	assert_int_equal(file_read(f.path, 8192, &again), 0);
	bytes_release(&again);
}

static void
test_primary_damage(void **state)
{
	struct bytes b = BYTES_NONE;
	int saved;

	(void)state;
	put("held", T0, T0);
	assert_int_equal(file_read(f.path, 8192, &b), 0);
	for (size_t n = 0; n < b.len; n++) {
		scratch_write(f.path, b.p, n);
		run_silent(NULL);
	}
	assert_int_equal(bytes_add(&b, "\n", 1), 0);
	scratch_write(f.path, b.p, b.len);
	run_silent(NULL);
	b.len--;
	saved = scratch_hush(-1);
	golden_damage(golden_span(&b), damaged);
	scratch_unhush(saved);
	/* With a trouble it is written anew. */
	scratch_write(f.path, "x", 1);
	run_tells("held");
	run_silent("held");
	bytes_release(&b);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, prepare, clean)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_well),
		T(test_trouble),
		T(test_each),
		T(test_by_hand),
		T(test_set_back),
		T(test_lost),
		T(test_skipped),
		T(test_past),
		T(test_primary_well),
		T(test_primary_complains),
		T(test_primary),
		T(test_primary_again),
		T(test_primary_set_back),
		T(test_primary_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
