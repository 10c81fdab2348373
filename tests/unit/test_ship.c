/* Goal of this test: all replicas are shipped to at once, what one does is
 * nobody else's trouble, and each is told of: with --cron only of what is new. */

#include "primary.h"
#include "said.h"

#include "format/hello.h"
#include "format/verdict.h"
#include "snapshot/ship.h"
#include "store/ledger.h"
#include "sys/proc.h"
#include "sys/stop.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#define MANY 12
#define SOON 10000 /* ms; far less than the commands that hang */

static struct {
	struct primary p;
	struct config cf;
	struct config_replica replica[MANY];
	char name[MANY][16], command[MANY][512];
	const struct config_replica *to[MANY];
	struct ship o;
	struct ship_count count;
	struct said said;
	int64_t ms;
} f;

static void
put(const char *name, const char *p, size_t n)
{
	char path[64];

	assert_int_not_equal(n, 0);
	snprintf(path, sizeof(path), "%s/%s", f.p.dir, name);
	scratch_write(path, p, n);
}

/* What a good replica says, in files. */
static void
put_words(void)
{
	struct bytes golden = golden_read(GOLDEN "format-1/verdict");
	struct hello h = {
		.realm = "EXAMPLE.COM", .krb5 = "1.20.1", .kdcsync = "0.1"
	};
	static char text[HELLO_MAX];
	struct verdict v;
	const char *why;

	assert_int_equal(verdict_decode(golden_span(&golden), &v, &why), 0);
	bytes_release(&golden);
	v.generation = 3;
	v.digest = f.p.now.m.dump.digest;
	put("sealed", text, verdict_encode(&v, text));
	put("hello", text, hello_encode(&h, text));
}

static int
prepare(void **state)
{
	struct bytes dump = golden_read(GOLDEN "format-1/dump");

	(void)state;
	memset(&f, 0, sizeof(f));
	primary_begin(&f.p);
	primary_add(&f.p, 3, golden_span(&dump));
	bytes_release(&dump);
	put_words();
	f.o.to = f.to;
	say_program("kdc-test");
	return 0;
}

static int
clean(void **state)
{
	(void)state;
	primary_end(&f.p);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	return 0;
}

/* The script runs in the directory of those files. */
static void
does(size_t i, const char *script)
{
	char dir[32];

	memcpy(dir, f.p.dir, sizeof(dir));
	snprintf(f.command[i], sizeof(f.command[i]), "sh -c \"cd %s; %s\"", dir,
	    script);
}

/* One more replica, kdc<n>. */
static void
add(const char *script)
{
	size_t i = f.o.n++;

	assert_true(i < MANY);
	snprintf(f.name[i], sizeof(f.name[i]), "kdc%zu", i);
	does(i, script);
	f.replica[i] =
	    (struct config_replica){ f.name[i], f.command[i], 20, 60 };
	f.to[i] = &f.replica[i];
}

/* So long after its beginning. */
static int
ship(unsigned seconds)
{
	struct fleet *fleet = ship_begin(&f.cf, &f.p.s, &f.o);

	if (fleet == NULL)
		return -1;
	(void)sleep(seconds);
	ship_go(fleet, &f.p.now, &f.count);
	ship_end(fleet);
	return 0;
}

static void
run_after(unsigned seconds)
{
	int64_t from = proc_now();
	int rc;

	said_begin(&f.said);
	rc = ship(seconds);
	(void)said_end(&f.said);
	assert_int_equal(rc, 0);
	f.ms = proc_now() - from - (int64_t)seconds * 1000;
	assert_true(f.ms < SOON);
}

static void
run(void)
{
	run_after(0);
}

static void
counts(size_t sealed, size_t reached)
{
	if (f.count.sealed != sealed || f.count.reached != reached)
		fail_msg("%zu sealed, %zu reached; said: %s", f.count.sealed,
		    f.count.reached, f.said.text);
	assert_false(f.count.superseded);
}

static void
answered(size_t i, enum ledger_answer answer)
{
	struct ledger l;

	ledger_read(&f.p.s, f.name[i], &l);
	assert_int_equal(l.answer, answer);
}

#define GOOD "cat hello; cat >/dev/null; cat sealed"

static void
test_none(void **state)
{
	(void)state;
	run();
	counts(0, 0);
	assert_string_equal(f.said.text, "");
}

static size_t
read_number(const char *name)
{
	unsigned long n = 0;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", f.p.dir, name);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%lu", &n), 1);
	(void)fclose(file);
	return n;
}

/* One after the other they would take twelve times as long. */
static void
test_at_once(void **state)
{
	(void)state;
	for (int i = 0; i < MANY; i++)
		add("sleep 0.5; " GOOD);
	run();
	counts(MANY, MANY);
	assert_true(f.ms < 4000);
	for (size_t i = 0; i < MANY; i++)
		answered(i, LEDGER_SEALED);
}

static void
test_mixed(void **state)
{
	(void)state;
	add(GOOD);
	add("exit 1");
	add("cat hello; cat >/dev/null");
	add("kill -9 $$");
	add("echo hi; exec sleep 600");
	add(GOOD);
	run();
	counts(2, 3);
	answered(0, LEDGER_SEALED);
	answered(1, LEDGER_UNREACHED);
	answered(2, LEDGER_UNKNOWN);
	answered(3, LEDGER_UNREACHED);
	answered(4, LEDGER_UNREACHED);
	answered(5, LEDGER_SEALED);
}

/* It goes away after each byte of its bundle: what it has is not known. */
static void
test_cut(void **state)
{
	size_t size;

	(void)state;
	for (int i = 0; i < MANY; i++)
		add("cat hello; wc -c >size");
	run();
	counts(0, MANY);
	size = read_number("size");
	assert_true(size > 1000);
	for (size_t cut = 0; cut < size; cut += MANY) {
		char script[64];

		for (size_t i = 0; i < MANY; i++) {
			snprintf(script, sizeof(script),
			    "cat hello; exec head -c %zu >/dev/null", cut + i);
			does(i, script);
		}
		run();
		counts(0, MANY);
		for (size_t i = 0; i < MANY; i++)
			answered(i, LEDGER_UNKNOWN);
	}
}

/* What is signed takes longer than a replica waits for it: the deadlines count
 * from when it is there, and a command that was begun too early is begun anew. */
static void
test_early(void **state)
{
	(void)state;
	add("cat hello; timeout 1 cat >/dev/null && cat sealed");
	add("cat hello; timeout 4 cat >/dev/null && cat sealed");
	add("exit 1");
	f.replica[0].deadline = f.replica[0].max_transfer = 1;
	run_after(4);
	counts(2, 2);
	run_after(2);
	counts(1, 2);
	answered(0, LEDGER_UNKNOWN);
	answered(1, LEDGER_SEALED);
	answered(2, LEDGER_UNREACHED);
}

/* Nothing came of it: its commands are gone, its lock is free, and there is no
 * word about it, nor a ledger. */
static void
test_never(void **state)
{
	struct fleet *fleet;

	(void)state;
	add("exec sleep 600");
	add("cat hello; exec sleep 600");
	add("exit 1");
	for (f.o.cron = false;; f.o.cron = true) {
		said_begin(&f.said);
		fleet = ship_begin(&f.cf, &f.p.s, &f.o);
		assert_non_null(fleet);
		ship_end(fleet);
		(void)said_end(&f.said);
		assert_string_equal(f.said.text, "");
		assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
		for (size_t i = 0; i < f.o.n; i++)
			answered(i, LEDGER_NEVER);
		if (f.o.cron)
			break;
	}
	f.o.cron = false;
	does(0, GOOD);
	does(1, GOOD);
	run();
	counts(2, 2);
}

/* With --cron, what is said between the beginning and the end of it goes where it
 * went before. */
static void
test_captured(void **state)
{
	struct bytes all = BYTES_NONE;
	struct fleet *fleet;

	(void)state;
	add(GOOD);
	f.o.cron = true;
	say_capture(&all);
	fleet = ship_begin(&f.cf, &f.p.s, &f.o);
	say("after it");
	say_capture(NULL);
	ship_end(fleet);
	assert_non_null(fleet);
	assert_int_equal(bytes_add(&all, "", 1), 0);
	assert_non_null(strstr(all.p, "after it"));
	bytes_release(&all);
}

/* Those that print for ever have their deadline, as has one that hangs.  Some, so
 * that while one is heard the others have printed more. */
static void
test_flood(void **state)
{
	(void)state;
	add(GOOD);
	add("exec sleep 600");
	for (size_t i = 2; i < 5; i++)
		add("cat /dev/zero >&2");
	for (size_t i = 5; i < 8; i++)
		add("cat hello; cat >/dev/null; cat /dev/zero >&2");
	for (size_t i = 1; i < 8; i++)
		f.replica[i].deadline = 1;
	run();
	counts(1, 4);
	answered(0, LEDGER_SEALED);
	for (size_t i = 1; i < 5; i++)
		answered(i, LEDGER_UNREACHED);
	for (size_t i = 5; i < 8; i++)
		answered(i, LEDGER_UNKNOWN);
}

static void
tells(const char *text)
{
	run();
	assert_string_equal(f.said.text, text);
}

/* It tells that it is over, after some seconds. */
static void
heals(void)
{
	unsigned s = 99;

	run();
	assert_int_equal(sscanf(f.said.text,
			     "kdc-test: kdc0: sealed again, after %u s "
			     "unreached\n",
			     &s),
	    1);
	assert_in_range(s, 0, SOON / 1000);
}

/* Each kind of trouble is told once, and its end. */
static void
test_cron(void **state)
{
	char path[64], line[256];

	(void)state;
	f.o.cron = true;
	add(GOOD);
	tells("");
	snprintf(f.command[0], sizeof(f.command[0]), "/no/such");
	tells("kdc-test: kdc0: cannot run /no/such: No such file or "
	      "directory\n");
	tells("");
	does(0, GOOD);
	heals();
	tells("");
	/* A lock that cannot be had. */
	snprintf(path, sizeof(path), "%s/ship.kdc0.lock", f.p.dir);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/dev/null", path), 0);
	run();
	counts(0, 0);
	snprintf(line, sizeof(line), "kdc-test: %s: ", path);
	assert_int_equal(strncmp(f.said.text, line, strlen(line)), 0);
	tells("");
	assert_int_equal(unlink(path), 0);
	heals();
}

/* Another run is at work with it: nothing to tell. */
static void
test_cron_locked(void **state)
{
	int fd;

	(void)state;
	f.o.cron = true;
	add(GOOD);
	assert_int_equal(state_lock(&f.p.s, "ship.kdc0", 0, &fd), 0);
	tells("");
	counts(0, 1);
	answered(0, LEDGER_NEVER);
	close(fd);
	tells("");
	counts(1, 1);
}

/* A child, so that the signal is no other test's. */
static int
is_stopped(void)
{
	int saved = scratch_hush(-1);
	int64_t from = proc_now();

	stop_watch();
	if (fork() == 0) {
		usleep(300000);
		_exit(kill(getppid(), SIGTERM) == 0 ? 0 : 1);
	}
	if (ship(0) != 0)
		return 1;
	scratch_unhush(saved);
	return stop_asked() && proc_now() - from < SOON ? 0 : 2;
}

static void
test_stop(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	add("exec sleep 600");
	add("cat hello; exec sleep 600");
	add("trap '' TERM; cat hello; cat >/dev/null; sleep 600");
	pid = fork();
	if (pid == 0)
		_exit(is_stopped());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	answered(0, LEDGER_UNREACHED);
	answered(1, LEDGER_UNKNOWN);
	answered(2, LEDGER_UNKNOWN);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, prepare, clean)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_none),
		T(test_at_once),
		T(test_mixed),
		T(test_cut),
		T(test_early),
		T(test_never),
		T(test_captured),
		T(test_flood),
		T(test_cron),
		T(test_cron_locked),
		T(test_stop),
	};

	proc_harden();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
