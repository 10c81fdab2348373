/* Goal of this test: whatever stands at the other end of a session, it ends, in
 * one line that says why, with a ledger that tells the same; what that end prints
 * is bounded, and nothing in it is obeyed but need-full, once. */

#include "primary.h"
#include "said.h"

#include "snapshot/exchange.h"
#include "snapshot/peer.h"

#include <ctype.h>
#include <errno.h>
#include <sys/wait.h>

#define SIZE 200000 /* of a dump: more than pipes hold */
#define LONG 300000 /* far more than anything here takes, ms */

static struct {
	struct primary p;
	char command[2048];
	struct config cf;
	struct config_replica to;
	struct run run;
	struct peer peer;
	struct digest base, oldest;
	struct hello hello;
	struct verdict verdict;
	struct ledger ledger;
	struct said said;
} f;

/*
 * What the other end has to say, in files for its script.
 */
static void
put(const char *name, const void *p, size_t n)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", f.p.dir, name);
	scratch_write(path, p, n);
}

static void
put_hello(const char *name)
{
	static char text[HELLO_MAX];
	size_t n = hello_encode(&f.hello, text);

	assert_int_not_equal(n, 0);
	put(name, text, n);
}

static void
put_verdict(const char *name)
{
	char text[VERDICT_MAX];
	size_t n = verdict_encode(&f.verdict, text);

	assert_int_not_equal(n, 0);
	put(name, text, n);
}

static void
put_outcome(const char *name, enum verdict_outcome outcome, const char *why)
{
	f.verdict.outcome = outcome;
	snprintf(f.verdict.why, sizeof(f.verdict.why), "%s", why);
	put_verdict(name);
}

static int
prepare(void **state)
{
	static char noise[SIZE];
	const struct span dump = { noise, SIZE };
	struct bytes text = golden_read(GOLDEN "format-1/verdict");
	const char *why;

	(void)state;
	memset(&f, 0, sizeof(f));
	primary_begin(&f.p);
	scratch_noise(noise, SIZE, 1);
	primary_add(&f.p, 1, dump);
	f.oldest = f.p.now.m.dump.digest;
	scratch_noise(noise, 100, 2);
	primary_add(&f.p, 2, dump);
	f.base = f.p.now.m.dump.digest;
	scratch_noise(noise + 100000, 100, 3);
	primary_add(&f.p, 3, dump);
	f.run = (struct run){ .cf = &f.cf,
		.state = &f.p.s,
		.now = &f.p.now,
		.shelf = { .state = &f.p.s, .now = &f.p.now } };
	/* Not by the clock, but where a test says so. */
	f.to = (struct config_replica){ "kdc2", f.command, 200, 600 };
	f.hello = (struct hello){ .realm = "EXAMPLE.COM",
		.has_dump = true,
		.digest = f.base,
		.free = 4711,
		.krb5 = "1.20.1",
		.kdcsync = "0.1" };
	put_hello("hello");
	f.hello.has_dump = false;
	f.hello.free = 4712;
	put_hello("hello-empty");
	assert_int_equal(
	    verdict_decode(golden_span(&text), &f.verdict, &why), 0);
	bytes_release(&text);
	f.verdict.epoch = 1;
	f.verdict.generation = 3;
	f.verdict.digest = f.p.now.m.dump.digest;
	put_verdict("sealed");
	say_program("kdc-test");
	return 0;
}

static int
clean(void **state)
{
	(void)state;
	shelf_release(&f.run.shelf);
	primary_end(&f.p);
	/* Whatever happened, no child is left. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	return 0;
}

/*
 * Driving a session.
 */
/* The script runs in the directory of those files. */
static void
start(const char *script)
{
	snprintf(f.command, sizeof(f.command), "sh -c \"cd %s; %s\"", f.p.dir,
	    script);
	said_begin(&f.said);
	peer_init(&f.peer, &f.run, &f.to);
	peer_start(&f.peer);
}

/* One turn of the loop that ship has, but for peer_go. */
static void
turn(void)
{
	struct pollfd v[PEER_FDS];
	int64_t ms = peer_due(&f.peer) - proc_now();
	int n;

	peer_wants(&f.peer, v);
	n = poll(v, PEER_FDS, ms < 0 ? 0 : (int)ms);
	if (n > 0)
		peer_serve(&f.peer, v);
	if (f.peer.stage != PEER_DONE)
		peer_late(&f.peer, proc_now());
}

static void
broken_off(const char *what)
{
	(void)said_end(&f.said);
	fail_msg("%s: stage %u, said: %s", what, f.peer.stage, f.said.text);
}

/* On to that stage, with all that comes before it. */
static void
drive(enum peer_stage to)
{
	int64_t until = proc_now() + LONG;

	while (f.peer.stage < to) {
		if (f.peer.stage == PEER_HELD)
			exchange_begin(&f.peer);
		else
			turn();
		if (proc_now() > until)
			broken_off("it does not end");
	}
	if (f.peer.stage > to)
		broken_off("it goes too far");
}

/* It is over, with that answer, and the ledger knows. */
static void
ended(enum ledger_answer answer, const char *why)
{
	if (f.peer.stage != PEER_DONE)
		broken_off("not done");
	(void)said_end(&f.said);
	if (f.peer.answer != answer || strcmp(f.peer.why, why) != 0)
		fail_msg("%s: %s, not: %s: %s", ledger_word(f.peer.answer),
		    f.peer.why, ledger_word(answer), why);
	assert_false(f.peer.skipped);
	assert_int_equal(f.peer.proc.pid, -1);
	ledger_read(&f.p.s, "kdc2", &f.ledger);
	assert_int_equal(f.ledger.answer, answer);
	assert_string_equal(f.ledger.why, why);
	assert_true(f.ledger.tried > 0);
	peer_release(&f.peer);
	assert_int_equal(f.peer.lock, -1);
	peer_release(&f.peer);
}

/* And said is exactly this. */
static void
said(const char *text)
{
	assert_string_equal(f.said.text, text);
}

/* The whole of it: one line is said. */
static void
ends(const char *script, enum ledger_answer answer, const char *why)
{
	const char *word =
	    answer == LEDGER_UNREACHED || answer == LEDGER_UNKNOWN
	    ? ""
	    : ledger_word(answer);
	char line[512];

	start(script);
	drive(PEER_DONE);
	ended(answer, why);
	snprintf(line, sizeof(line), "kdc-test: kdc2: %s%s%s\n", word,
	    word[0] == '\0' ? "" : ": ", why);
	said(line);
}

/*
 * As it should be.
 */
static void
is_sealed(const char *sent)
{
	char line[64];

	ended(LEDGER_SEALED, "-");
	assert_string_equal(f.ledger.sent, sent);
	assert_true(f.ledger.sealed == f.ledger.tried);
	assert_int_equal(f.ledger.bytes, f.peer.sent);
	assert_int_equal(f.peer.sent, f.peer.parcel->size);
	assert_true(f.ledger.ms < LONG);
	assert_true(f.ledger.has_verdict);
	assert_int_equal(f.ledger.verdict.generation, 3);
	assert_string_equal(f.ledger.krb5, "1.20.1");
	assert_string_equal(f.ledger.kdcsync, "0.1");
	snprintf(line, sizeof(line), "kdc-test: kdc2: sealed 1.3, %s, ", sent);
	assert_non_null(strstr(f.said.text, line));
}

/* What it got, in the file got. */
static void
got(const struct parcel *p)
{
	char path[64];
	struct bytes b;
	size_t n;
	char *want = scratch_read(p->fd, &n);

	snprintf(path, sizeof(path), "%s/got", f.p.dir);
	b = golden_read(path);
	assert_int_equal(b.len, n);
	assert_memory_equal(b.p, want, n);
	bytes_release(&b);
	free(want);
}

static void
test_sealed(void **state)
{
	(void)state;
	start("cat hello; cat >got; cat sealed");
	drive(PEER_DONE);
	is_sealed("delta");
	assert_int_equal(f.ledger.free, 4711);
	got(f.peer.parcel);
	start("cat hello-empty; cat >got; cat sealed");
	drive(PEER_DONE);
	is_sealed("full dump");
	assert_int_equal(f.ledger.free, 4712);
	got(f.peer.parcel);
	/* Asked for by us. */
	f.run.full = true;
	start("cat hello; cat >got; cat sealed");
	drive(PEER_DONE);
	is_sealed("full dump");
	got(f.peer.parcel);
}

static void
test_kinds(void **state)
{
	(void)state;
	f.hello.has_dump = true;
	f.hello.digest = f.oldest;
	put_hello("hello");
	start("cat hello; cat >got; cat sealed");
	drive(PEER_DONE);
	is_sealed("2 deltas");
	got(f.peer.parcel);
	f.hello.digest = f.p.now.m.dump.digest;
	put_hello("hello");
	start("cat hello; cat >got; cat sealed");
	drive(PEER_DONE);
	is_sealed("heartbeat");
	got(f.peer.parcel);
}

/* A byte at a time, and with a stderr beside it. */
static void
test_slow(void **state)
{
	(void)state;
	start("echo warning >&2; dd bs=1 if=hello status=none; cat >got; "
	      "dd bs=1 if=sealed status=none; echo bye >&2");
	drive(PEER_DONE);
	is_sealed("delta");
	assert_non_null(strstr(f.said.text, "kdc-test: kdc2: warning\n"));
	assert_non_null(strstr(f.said.text, "kdc-test: kdc2: bye\n"));
	got(f.peer.parcel);
	/* It takes less at a time than we have. */
	start("cat hello-empty; dd bs=5000 of=got status=none; cat sealed");
	drive(PEER_DONE);
	is_sealed("full dump");
	got(f.peer.parcel);
}

static void
in_stage(enum peer_stage stage, const char *want)
{
	char words[128];

	drive(stage);
	peer_words(&f.peer, words, sizeof(words));
	assert_string_equal(words, want);
}

static void
test_words(void **state)
{
	char words[128], *end;

	(void)state;
	start("cat hello-empty; read x; cat >got; cat sealed");
	in_stage(PEER_HELLO, "no hello yet");
	in_stage(PEER_HELD, "has said hello");
	exchange_begin(&f.peer);
	peer_words(&f.peer, words, sizeof(words));
	assert_int_equal(strncmp(words, "sending full dump, 0 of ", 24), 0);
	assert_int_equal(
	    strtol(words + 24, &end, 10), (long)(f.peer.parcel->size / 1000));
	assert_string_equal(end, " KB");
	in_stage(PEER_VERDICT, "full dump sent, waiting for its verdict");
	drive(PEER_DONE);
	peer_words(&f.peer, words, sizeof(words));
	assert_string_equal(words, "sealed");
	is_sealed("full dump");
}

/* The ledger goes on: since when, and what was known before. */
static void
test_ledger(void **state)
{
	struct ledger l;

	(void)state;
	start("cat hello; cat >got; cat sealed");
	drive(PEER_DONE);
	is_sealed("delta");
	l = f.ledger;
	l.since -= 100;
	l.sealed -= 50;
	l.told = 7;
	assert_int_equal(ledger_write(&f.p.s, "kdc2", &l), 0);
	start("cat hello; cat >got; cat sealed");
	drive(PEER_DONE);
	is_sealed("delta");
	assert_int_equal(f.ledger.since, l.since);
	assert_int_equal(f.ledger.told, 7);
	assert_true(f.ledger.sealed > l.sealed);
	l = f.ledger;
	ends("exit 3", LEDGER_UNREACHED,
	    "no hello: its command ended without a word (exit status 3); run "
	    "it by hand to see why");
	assert_int_equal(f.ledger.since, f.ledger.tried);
	assert_int_equal(f.ledger.sealed, l.sealed);
	assert_string_equal(f.ledger.sent, "delta");
	assert_int_equal(f.ledger.free, 4711);
	assert_true(f.ledger.has_verdict);
	assert_int_equal(f.ledger.told, 7);
}

/*
 * No hello.
 */
static void
test_no_hello(void **state)
{
	(void)state;
	ends("exit 0", LEDGER_UNREACHED,
	    "no hello: its command ended without a word (exit status 0); run "
	    "it by hand to see why");
	ends("kill -9 $$", LEDGER_UNREACHED,
	    "no hello: its command ended without a word (killed); "
	    "run it by hand to see why");
	ends("echo gone >&2; exit 255", LEDGER_UNREACHED,
	    "no hello: gone (exit status 255)");
	ends("printf gone >&2; exit 1", LEDGER_UNREACHED,
	    "no hello: gone (exit status 1)");
	assert_false(f.ledger.has_verdict);
	assert_string_equal(f.ledger.krb5, "-");
}

/* The last line is the reason; those before it are said. */
static void
test_no_hello_lines(void **state)
{
	(void)state;
	start("echo one >&2; echo >&2; echo two >&2; echo three >&2; exit 7");
	drive(PEER_DONE);
	ended(LEDGER_UNREACHED, "no hello: three (exit status 7)");
	said("kdc-test: kdc2: one\nkdc-test: kdc2: two\n"
	     "kdc-test: kdc2: no hello: three (exit status 7)\n");
}

static void
test_half_hello(void **state)
{
	(void)state;
	ends("head -c 50 hello; exit 4", LEDGER_UNREACHED,
	    "no hello: its command ended in the middle of it (exit status 4); "
	    "run it by hand to see why");
	ends("head -c 50 hello; echo lost >&2; exit 4", LEDGER_UNREACHED,
	    "no hello: lost (exit status 4)");
}

/* It hung up, but goes on; nobody waits for it. */
static void
test_hung_up(void **state)
{
	int64_t from = proc_now();

	(void)state;
	start("echo why >&2; exec >&- <&-; exec sleep 600");
	drive(PEER_DONE);
	ended(LEDGER_UNREACHED, "no hello: why (killed)");
	assert_true(proc_now() - from < 10000);
}

static void
test_cannot_run(void **state)
{
	(void)state;
	said_begin(&f.said);
	snprintf(f.command, sizeof(f.command), "/no/such/program -x");
	peer_init(&f.peer, &f.run, &f.to);
	peer_start(&f.peer);
	ended(LEDGER_UNREACHED,
	    "cannot run /no/such/program: No such file or directory");
	said("kdc-test: kdc2: cannot run /no/such/program: No such file or "
	     "directory\n");
	said_begin(&f.said);
	snprintf(f.command, sizeof(f.command), "sh -c 'open");
	peer_init(&f.peer, &f.run, &f.to);
	peer_start(&f.peer);
	if (f.peer.stage != PEER_DONE)
		broken_off("an open quote");
	ended(LEDGER_UNREACHED, f.peer.why);
	assert_int_equal(strncmp(f.peer.why, "command: ", 9), 0);
}

#define OTHER                                                                  \
	"no hello: it says something else; is its command kdc-apply, and "     \
	"does its login print nothing?"

static void
test_other_text(void **state)
{
	(void)state;
	ends("echo Welcome to kdc2; cat hello; cat >got", LEDGER_UNREACHED,
	    OTHER);
	ends("printf SSH-2.0; exec sleep 600", LEDGER_UNREACHED, OTHER);
	ends("head -c 1000 /dev/zero; exec sleep 600", LEDGER_UNREACHED, OTHER);
	/* Without an end. */
	ends("yes", LEDGER_UNREACHED, OTHER);
	ends("printf 'kdcsync-hello: 1\\n'; yes", LEDGER_UNREACHED, OTHER);
	ends("printf 'kdcsync-hello: '; yes | tr -d '\\n'", LEDGER_UNREACHED,
	    OTHER);
}

static void
test_bad_hello(void **state)
{
	(void)state;
	ends("sed 's/hello: 1/hello: 2/' hello; exec sleep 600",
	    LEDGER_UNREACHED,
	    "its hello: format version 2, not 1: upgrade kdcsync here first");
	start("sed 's/^free: .*/free: lots/' hello; exec sleep 600");
	drive(PEER_DONE);
	ended(LEDGER_UNREACHED, f.peer.why);
	assert_int_equal(strncmp(f.peer.why, "its hello: ", 11), 0);
	assert_string_equal(f.ledger.krb5, "-");
	snprintf(f.hello.realm, sizeof(f.hello.realm), "OTHER.COM");
	put_hello("other");
	ends("cat other; exec sleep 600", LEDGER_UNREACHED,
	    "it serves realm OTHER.COM, not EXAMPLE.COM; is its command "
	    "right?");
	/* Of a stranger nothing is written down. */
	assert_string_equal(f.ledger.krb5, "-");
}

/*
 * Verdicts.
 */
static void
test_outcomes(void **state)
{
	(void)state;
	put_outcome("v", VERDICT_REFUSED, "not for me");
	ends("cat hello; cat >got; cat v", LEDGER_REFUSED, "not for me");
	assert_true(f.ledger.has_verdict);
	assert_string_equal(f.ledger.verdict.why, "not for me");
	assert_int_equal(f.ledger.sealed, 0);
	put_outcome("v", VERDICT_BUSY, "another apply is at work");
	ends("cat hello; cat >got; cat v", LEDGER_BUSY,
	    "another apply is at work");
	put_outcome("v", VERDICT_FAILED, "disk full");
	ends("cat hello; cat >got; cat v; exit 74", LEDGER_FAILED, "disk full");
	/* Before it has all, or any, of what is sent. */
	put_outcome("v", VERDICT_REFUSED, "too large");
	ends("cat hello-empty; cat v; exec <&-", LEDGER_REFUSED, "too large");
	ends("cat hello-empty; head -c 100000 >got; cat v", LEDGER_REFUSED,
	    "too large");
	ends("cat hello-empty; cat v; exec >&-; exec sleep 1", LEDGER_REFUSED,
	    "too large");
}

/* kdc-apply says on stderr, too, why: that is one line, not two. */
static void
test_said_once(void **state)
{
	(void)state;
	put_outcome("v", VERDICT_FAILED, "disk full");
	ends("cat hello; cat >got; echo kdc-apply: /x: disk full >&2; cat v",
	    LEDGER_FAILED, "disk full");
	start("cat hello; cat >got; echo else >&2; cat v");
	drive(PEER_DONE);
	ended(LEDGER_FAILED, "disk full");
	said("kdc-test: kdc2: else\nkdc-test: kdc2: failed: disk full\n");
}

static void
test_no_verdict(void **state)
{
	(void)state;
	ends("cat hello; cat >got; exit 0", LEDGER_UNKNOWN,
	    "no verdict: its command ended first; what it has is unknown until "
	    "the next run");
	assert_string_equal(f.ledger.krb5, "1.20.1");
	assert_false(f.ledger.has_verdict);
	/* At once, with the bundle still to be sent. */
	ends("cat hello-empty; exit 0", LEDGER_UNKNOWN,
	    "no verdict: its command ended first; what it has is unknown until "
	    "the next run");
}

static void
bad_verdict(const char *script)
{
	start(script);
	drive(PEER_DONE);
	ended(LEDGER_UNKNOWN, f.peer.why);
	assert_int_equal(strncmp(f.peer.why, "its verdict: ", 13), 0);
	assert_false(f.ledger.has_verdict);
	assert_int_equal(f.ledger.sealed, 0);
}

static void
test_bad_verdict(void **state)
{
	(void)state;
	bad_verdict("cat hello; cat >got; head -c 100 sealed");
	bad_verdict("cat hello; cat >got; cat sealed; echo");
	bad_verdict("cat hello; cat >got; cat sealed sealed");
	bad_verdict("cat hello; cat >got; echo x; cat sealed");
	bad_verdict("cat hello; cat >got; head -c 1000 /dev/zero");
	/* What comes behind the hello is its beginning. */
	bad_verdict("cat hello; echo; cat >got; cat sealed");
	bad_verdict("cat hello; cat >got; sed 's/verdict: 1/verdict: 2/' "
		    "sealed");
	/* Sealed as far as it goes, but not to its end. */
	bad_verdict("cat hello; cat >got; sed '/^apply-ms/d' sealed");
}

static void
test_endless_verdict(void **state)
{
	(void)state;
	ends("cat hello; cat >got; yes", LEDGER_UNKNOWN,
	    "its verdict does not end; is its command kdc-apply?");
	ends("cat hello; yes", LEDGER_UNKNOWN,
	    "its verdict does not end; is its command kdc-apply?");
	ends("cat hello-empty; yes", LEDGER_UNKNOWN,
	    "its verdict does not end; is its command kdc-apply?");
	ends("cat hello; cat >got; cat sealed; yes", LEDGER_UNKNOWN,
	    "its verdict does not end; is its command kdc-apply?");
	assert_int_equal(f.ledger.sealed, 0);
}

static void
test_other_realm(void **state)
{
	(void)state;
	snprintf(f.verdict.realm, sizeof(f.verdict.realm), "OTHER.COM");
	put_verdict("v");
	ends("cat hello; cat >got; cat v", LEDGER_UNKNOWN,
	    "its verdict is for realm OTHER.COM, not EXAMPLE.COM");
	assert_false(f.ledger.has_verdict);
}

static void
test_sealed_else(void **state)
{
	struct verdict good = f.verdict;

	(void)state;
	f.verdict.generation = 2;
	put_verdict("v");
	ends("cat hello; cat >got; cat v", LEDGER_UNKNOWN,
	    "says sealed, but generation 1.2 is not what was sent; look at its "
	    "kdc-verify");
	assert_int_equal(f.ledger.sealed, 0);
	f.verdict = good;
	f.verdict.epoch = 2;
	put_verdict("v");
	ends("cat hello; cat >got; cat v", LEDGER_UNKNOWN,
	    "says sealed, but generation 2.3 is not what was sent; look at its "
	    "kdc-verify");
	f.verdict = good;
	f.verdict.digest.b[31] ^= 1;
	put_verdict("v");
	ends("cat hello; cat >got; cat v", LEDGER_UNKNOWN,
	    "says sealed, but generation 1.3 is not what was sent; look at its "
	    "kdc-verify");
	/* Sealed what it cannot have read. */
	ends("cat hello-empty; cat sealed", LEDGER_UNKNOWN,
	    "says sealed, without the whole bundle; what it has is unknown: "
	    "look at its kdc-verify");
	assert_int_equal(f.ledger.sealed, 0);
}

/*
 * Need-full.
 */
/* The first session, then the other ones. */
#define FIRST "cat hello; cat >got; cat need-full"
#define THEN(script)                                                           \
	"if mkdir again 2>/dev/null; then " FIRST "; else " script "; fi"

static void
put_need_full(void)
{
	struct verdict good = f.verdict;

	put_outcome("need-full", VERDICT_NEED_FULL, "base not here");
	f.verdict = good;
}

static void
test_need_full(void **state)
{
	(void)state;
	put_need_full();
	start(THEN("cat hello; cat >got; cat sealed"));
	drive(PEER_DONE);
	is_sealed("full dump");
	got(f.peer.parcel);
	assert_int_equal(f.peer.parcel->kind, PACK_FULL);
	assert_non_null(strstr(
	    f.said.text, "kdc2: asks for the whole dump: base not here\n"));
}

/* It is obeyed once. */
static void
test_need_full_twice(void **state)
{
	(void)state;
	put_need_full();
	start("echo x >>times; " FIRST);
	drive(PEER_DONE);
	ended(LEDGER_FAILED,
	    "asks for the whole dump, which it got: base not here");
	put("got", "", 0);
	f.run.full = true;
	ends("echo x >>times; " FIRST, LEDGER_FAILED,
	    "asks for the whole dump, which it got: base not here");
	f.run.full = false;
	{
		char path[64];
		struct bytes b;

		snprintf(path, sizeof(path), "%s/times", f.p.dir);
		b = golden_read(path);
		assert_int_equal(b.len, 6);
		bytes_release(&b);
	}
}

/* What the first session said does not count for the second. */
static void
test_need_full_then(void **state)
{
	static const struct {
		const char *script;
		enum ledger_answer answer;
		const char *why;
	} then[] = {
		{ THEN("cat hello; cat >got"), LEDGER_UNKNOWN, "no verdict: " },
		{ THEN("cat hello; cat >got; sed '/^apply-ms/d' sealed"),
		    LEDGER_UNKNOWN, "its verdict: " },
		{ THEN("cat hello; cat >got; cat v"), LEDGER_UNKNOWN,
		    "its verdict is for realm OTHER.COM" },
		{ THEN("echo gone >&2; exit 9"), LEDGER_UNREACHED,
		    "no hello: gone (exit status 9)" },
		{ THEN("sed 's/^krb5: .*/krb5: /' hello"), LEDGER_UNREACHED,
		    "its hello: " },
		{ THEN("echo hi"), LEDGER_UNREACHED, "no hello: it says" },
	};
	char path[64];

	(void)state;
	put_need_full();
	snprintf(f.verdict.realm, sizeof(f.verdict.realm), "OTHER.COM");
	put_verdict("v");
	snprintf(path, sizeof(path), "%s/again", f.p.dir);
	for (size_t i = 0; i < sizeof(then) / sizeof(then[0]); i++) {
		start(then[i].script);
		drive(PEER_DONE);
		ended(then[i].answer, f.peer.why);
		if (strncmp(f.peer.why, then[i].why, strlen(then[i].why)) != 0)
			fail_msg("not '%s': %s", then[i].why, f.peer.why);
		assert_int_equal(f.ledger.sealed, 0);
		assert_int_equal(rmdir(path), 0);
	}
}

/* A program that is gone the second time. */
static void
test_need_full_gone(void **state)
{
	char path[64];

	(void)state;
	put_need_full();
	snprintf(path, sizeof(path), "%s/kdc-apply", f.p.dir);
	put("kdc-apply", "#!/bin/sh\ncd ${0%/*}; " FIRST "\n",
	    sizeof("#!/bin/sh\ncd ${0%/*}; " FIRST "\n") - 1);
	assert_int_equal(chmod(path, 0700), 0);
	said_begin(&f.said);
	snprintf(f.command, sizeof(f.command), "%s", path);
	peer_init(&f.peer, &f.run, &f.to);
	peer_start(&f.peer);
	drive(PEER_VERDICT);
	assert_int_equal(unlink(path), 0);
	drive(PEER_DONE);
	ended(LEDGER_UNREACHED, f.peer.why);
	assert_non_null(strstr(f.peer.why, "No such file or directory"));
}

/* No bundle can be made: that is ours. */
static void
test_no_bundle(void **state)
{
	char path[PATH_MAX];

	(void)state;
	generation_file(f.p.at, "dump", path);
	assert_int_equal(unlink(path), 0);
	start("cat hello-empty; cat >got; cat sealed");
	drive(PEER_DONE);
	ended(LEDGER_UNKNOWN,
	    "no bundle for it could be made; the reason is above");
	assert_non_null(strstr(f.said.text, "/dump: not there; "));
}

/*
 * What it prints beside.
 */
/* Some lines, all plain. */
static void
is_bounded(void)
{
	unsigned lines = 0;

	for (const char *p = f.said.text; *p != '\0'; p++) {
		lines += *p == '\n';
		if (*p != '\n' &&
		    (!isascii((unsigned char)*p) || iscntrl((unsigned char)*p)))
			fail_msg("not plain: %#x", (unsigned char)*p);
	}
	assert_in_range(lines, 2, 20);
	/* Each byte of a line may be said as \xNN. */
	assert_true(strlen(f.said.text) < lines * (4 * CHATTER_LINE + 40));
	assert_non_null(
	    strstr(f.said.text, "kdc2: prints more, which is not shown\n"));
}

static void
test_flood_lines(void **state)
{
	(void)state;
	start("seq 100000 >&2; echo the reason >&2; exit 5");
	drive(PEER_DONE);
	ended(LEDGER_UNREACHED, "no hello: the reason (exit status 5)");
	is_bounded();
	start("cat hello; seq 100000 >&2; cat >got; seq 100000 >&2; "
	      "cat sealed; seq 100000 >&2");
	drive(PEER_DONE);
	is_sealed("delta");
	is_bounded();
}

static void
test_flood_bytes(void **state)
{
	static char noise[300000];
	char want[CHATTER_LINE];

	(void)state;
	start("yes | tr -d '\\n' | head -c 3000000 >&2; exit 5");
	drive(PEER_DONE);
	memset(want, 'y', sizeof(want));
	memcpy(want, "no hello: ", 10);
	strcpy(want + 10 +
		(3000000 % (CHATTER_LINE - 1) < 180
			? 3000000 % (CHATTER_LINE - 1)
			: 180),
	    " (exit status 5)");
	ended(LEDGER_UNREACHED, want);
	is_bounded();
	/* Whatever bytes there are. */
	start("for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do "
	      "printf 'a\\001\\033[2J\\351\\177\\tb%s\\r\\n' $i; done >&2; "
	      "exit 5");
	drive(PEER_DONE);
	ended(LEDGER_UNREACHED, "no hello: a??[2J???b14 (exit status 5)");
	is_bounded();
	scratch_noise(noise, sizeof(noise), 4);
	put("noise", noise, sizeof(noise));
	start("for i in 1 2 3 4 5 6 7 8 9 10; do cat noise; done >&2; "
	      "echo >&2; echo end >&2; exit 5");
	drive(PEER_DONE);
	ended(LEDGER_UNREACHED, "no hello: end (exit status 5)");
	is_bounded();
}

/* Until there are more lines than are said. */
static void
hear_many(void)
{
	int64_t until = proc_now() + LONG;

	while (f.peer.chatter.lines < 100) {
		turn();
		if (proc_now() > until)
			broken_off("it does not print");
	}
}

/* Printing for ever is no progress: the deadline comes all the same. */
static void
test_flood_endless(void **state)
{
	int64_t moved;

	(void)state;
	f.to.deadline = 20;
	start("yes >&2");
	moved = f.peer.moved;
	hear_many();
	assert_int_equal(f.peer.stage, PEER_HELLO);
	assert_int_equal(f.peer.moved, moved);
	peer_late(&f.peer, moved + 20000);
	ended(LEDGER_UNREACHED,
	    "no hello yet: given up after 20 s (deadline: nothing moved); is "
	    "it there, and the line good?");
	is_bounded();
	f.to.deadline = 200;
	start("cat hello; cat >got; cat sealed; exec >&-; exec yes >&2");
	drive(PEER_ENDING);
	hear_many();
	assert_int_equal(f.peer.stage, PEER_ENDING);
	peer_late(&f.peer, peer_due(&f.peer));
	is_sealed("delta");
	is_bounded();
}

/*
 * Time.
 */
/* In that stage, it is late by a deadline, or in all. */
static void
late(const char *script, enum peer_stage stage, enum ledger_answer answer,
    const char *doing, const char *advice)
{
	char why[256];

	f.to.deadline = 20;
	f.to.max_transfer = 60;
	start(script);
	drive(stage);
	peer_late(&f.peer, f.peer.moved + 19999);
	assert_int_equal(f.peer.stage, stage);
	assert_int_equal(peer_due(&f.peer), f.peer.moved + 20000);
	peer_late(&f.peer, f.peer.moved + 20000);
	snprintf(why, sizeof(why),
	    "%s: given up after 20 s (deadline: nothing moved); %s", doing,
	    advice);
	ended(answer, why);
	f.to.deadline = 100;
	start(script);
	drive(stage);
	peer_late(&f.peer, f.peer.start + 59999);
	assert_int_equal(f.peer.stage, stage);
	assert_int_equal(peer_due(&f.peer), f.peer.start + 60000);
	peer_late(&f.peer, f.peer.start + 60000);
	snprintf(why, sizeof(why), "%s: given up after 60 s (max_transfer); %s",
	    doing, advice);
	ended(answer, why);
}

static void
test_late(void **state)
{
	static const char there[] = "is it there, and the line good?";
	char doing[64];

	(void)state;
	late("exec sleep 600", PEER_HELLO, LEDGER_UNREACHED, "no hello yet",
	    there);
	late("cat hello; cat >got; exec sleep 600", PEER_VERDICT,
	    LEDGER_UNKNOWN, "delta sent, waiting for its verdict",
	    "if it is still at work, make that longer");
	start("cat hello-empty; exec sleep 600");
	drive(PEER_SENDING);
	snprintf(doing, sizeof(doing), "sending full dump, 0 of %u KB",
	    (unsigned)(f.peer.parcel->size / 1000));
	peer_stop(&f.peer, "enough");
	ended(LEDGER_UNKNOWN, "enough");
	late("cat hello-empty; exec sleep 600", PEER_SENDING, LEDGER_UNKNOWN,
	    doing, there);
}

/* In HELD it waits for us: only max_transfer counts. */
static void
test_late_held(void **state)
{
	(void)state;
	f.to.deadline = 20;
	start("cat hello; cat >got; cat sealed");
	drive(PEER_HELD);
	assert_int_equal(peer_due(&f.peer), f.peer.start + 600000);
	peer_late(&f.peer, f.peer.start + 599999);
	assert_int_equal(f.peer.stage, PEER_HELD);
	drive(PEER_DONE);
	is_sealed("delta");
}

/* By the clock, once. */
static void
test_deadline(void **state)
{
	int64_t from = proc_now();

	(void)state;
	f.to.deadline = 1;
	ends("exec sleep 600", LEDGER_UNREACHED,
	    "no hello yet: given up after 1 s (deadline: nothing moved); is it "
	    "there, and the line good?");
	assert_in_range(proc_now() - from, 1000, 10000);
}

/* What trickles moves, but not for ever. */
static void
test_max_transfer(void **state)
{
	(void)state;
	f.to.max_transfer = 1;
	ends("printf 'kdcsync-hello: '; while :; do printf x; sleep 0.05; done",
	    LEDGER_UNREACHED,
	    "no hello yet: given up after 1 s (max_transfer); is it there, and "
	    "the line good?");
}

/* After its verdict a command has a moment, and then no more. */
static void
test_lingers(void **state)
{
	(void)state;
	start("cat hello; cat >got; cat sealed; exec >&-; exec sleep 600");
	drive(PEER_ENDING);
	assert_in_range(peer_due(&f.peer) - proc_now(), 5000, 10000);
	peer_late(&f.peer, peer_due(&f.peer) - 1);
	assert_int_equal(f.peer.stage, PEER_ENDING);
	peer_late(&f.peer, peer_due(&f.peer));
	is_sealed("delta");
}

/*
 * Being stopped.
 */
static void
stops(const char *script, enum peer_stage stage, enum ledger_answer answer)
{
	start(script);
	drive(stage);
	peer_stop(&f.peer, "stopped by us");
	ended(answer, "stopped by us");
	assert_non_null(strstr(f.said.text, "kdc-test: kdc2: stopped by us\n"));
}

static void
test_stop(void **state)
{
	(void)state;
	stops("exec sleep 600", PEER_HELLO, LEDGER_UNREACHED);
	stops("cat hello; exec sleep 600", PEER_HELD, LEDGER_UNKNOWN);
	stops("cat hello-empty; exec sleep 600", PEER_SENDING, LEDGER_UNKNOWN);
	stops("cat hello; cat >got; exec sleep 600", PEER_VERDICT,
	    LEDGER_UNKNOWN);
	/* What is known already stays true. */
	start("cat hello; cat >got; cat sealed; exec >&-; exec sleep 600");
	drive(PEER_ENDING);
	peer_stop(&f.peer, "stopped by us");
	is_sealed("delta");
	put_outcome("v", VERDICT_REFUSED, "not for me");
	start("cat hello; cat >got; cat v; exec >&-; exec sleep 600");
	drive(PEER_ENDING);
	peer_stop(&f.peer, "stopped by us");
	ended(LEDGER_REFUSED, "not for me");
}

/* Superseded: whoever met it has said so, and this one's ledger is left. */
static void
test_superseded(void **state)
{
	(void)state;
	start("cat hello; exec sleep 600");
	drive(PEER_HELD);
	f.run.superseded = true;
	peer_stop(&f.peer, "nothing more is shipped");
	assert_int_equal(f.peer.stage, PEER_DONE);
	assert_true(f.peer.skipped);
	said_nothing(&f.said);
	ledger_read(&f.p.s, "kdc2", &f.ledger);
	assert_int_equal(f.ledger.answer, LEDGER_NEVER);
	peer_release(&f.peer);
}

/*
 * The lock.
 */
static void
test_locked(void **state)
{
	char want[128];
	int fd;

	(void)state;
	assert_int_equal(state_lock(&f.p.s, "ship.kdc2", 0, &fd), 0);
	start("touch ran");
	assert_int_equal(f.peer.stage, PEER_DONE);
	assert_true(f.peer.skipped);
	assert_int_equal(f.peer.answer, LEDGER_BUSY);
	(void)said_end(&f.said);
	snprintf(want, sizeof(want),
	    "kdc-test: kdc2: skipped: test_peer (pid %d) still ships to it\n",
	    (int)getpid());
	said(want);
	ledger_read(&f.p.s, "kdc2", &f.ledger);
	assert_int_equal(f.ledger.answer, LEDGER_NEVER);
	peer_release(&f.peer);
	snprintf(want, sizeof(want), "%s/ran", f.p.dir);
	assert_int_equal(access(want, F_OK), -1);
	/* Another replica is nobody's. */
	f.to.name = "kdc3";
	start("cat hello; cat >got; cat sealed");
	drive(PEER_DONE);
	(void)said_end(&f.said);
	assert_int_equal(f.peer.answer, LEDGER_SEALED);
	peer_release(&f.peer);
	f.to.name = "kdc2";
	close(fd);
	start("cat hello; cat >got; cat sealed");
	drive(PEER_DONE);
	is_sealed("delta");
}

/* Held from start to release, so that what follows a session is in it. */
static void
test_holds(void **state)
{
	int fd;

	(void)state;
	start("cat hello; cat >got; cat sealed");
	assert_int_equal(
	    state_lock(&f.p.s, "ship.kdc2", LOCK_SILENT, &fd), LOCK_BUSY);
	drive(PEER_DONE);
	assert_int_equal(
	    state_lock(&f.p.s, "ship.kdc2", LOCK_SILENT, &fd), LOCK_BUSY);
	is_sealed("delta");
	assert_int_equal(state_lock(&f.p.s, "ship.kdc2", LOCK_SILENT, &fd), 0);
	close(fd);
}

/* No lock can be had at all: that is a trouble, not another run. */
static void
test_no_lock(void **state)
{
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "%s/ship.kdc2.lock", f.p.dir);
	assert_int_equal(symlink("/dev/null", path), 0);
	start("exit 0");
	ended(LEDGER_UNREACHED, f.peer.why);
	assert_non_null(strstr(f.peer.why, path));
	assert_non_null(strstr(f.said.text, path));
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, prepare, clean)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_sealed),
		T(test_kinds),
		T(test_slow),
		T(test_words),
		T(test_ledger),
		T(test_no_hello),
		T(test_no_hello_lines),
		T(test_half_hello),
		T(test_hung_up),
		T(test_cannot_run),
		T(test_other_text),
		T(test_bad_hello),
		T(test_outcomes),
		T(test_said_once),
		T(test_no_verdict),
		T(test_bad_verdict),
		T(test_endless_verdict),
		T(test_other_realm),
		T(test_sealed_else),
		T(test_need_full),
		T(test_need_full_twice),
		T(test_need_full_then),
		T(test_need_full_gone),
		T(test_no_bundle),
		T(test_flood_lines),
		T(test_flood_bytes),
		T(test_flood_endless),
		T(test_late),
		T(test_late_held),
		T(test_deadline),
		T(test_max_transfer),
		T(test_lingers),
		T(test_stop),
		T(test_superseded),
		T(test_locked),
		T(test_holds),
		T(test_no_lock),
	};

	proc_harden();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
