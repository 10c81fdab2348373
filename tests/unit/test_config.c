/* Goal of this test: a kdcsync.conf is understood as kdcsync.conf(5) says, and
 * one that is not is refused with one line that names the file and what in it. */

#include "said.h"

#include "store/config.h"

static struct {
	char dir[32], path[64], other[64];
	struct said said;
} f;

static int
prepare(void **state)
{
	(void)state;
	scratch_dir(f.dir);
	snprintf(f.path, sizeof(f.path), "%s/kdcsync.conf", f.dir);
	snprintf(f.other, sizeof(f.other), "%s/other", f.dir);
	return 0;
}

static int
clean(void **state)
{
	(void)state;
	scratch_names(f.dir, 1);
	return 0;
}

/* Reads text as the file, and nothing is said. */
static void
understood(const char *text, struct config *c)
{
	int rc;

	scratch_write(f.path, text, strlen(text));
	said_begin(&f.said);
	rc = config_read(f.path, c);
	said_nothing(&f.said);
	assert_int_equal(rc, 0);
	assert_string_equal(c->path, f.path);
}

/* The same with text in the section. */
static void
has(const char *settings, struct config *c)
{
	char text[8192];

	snprintf(text, sizeof(text), "[kdcsync]\n%s\n", settings);
	understood(text, c);
}

/* One line is said: the file, then this. */
static void
refused(const char *text, const char *what)
{
	char start[256];
	struct config c;
	int rc;

	scratch_write(f.path, text, strlen(text));
	snprintf(start, sizeof(start), "kdcsync: %s: %s", f.path, what);
	said_begin(&f.said);
	rc = config_read(f.path, &c);
	said_one(&f.said, start, NULL);
	config_release(&c);
	if (rc != -1)
		fail_msg("accepted: %s", text);
}

static void
has_not(const char *settings, const char *what)
{
	char text[8192];

	snprintf(text, sizeof(text), "[kdcsync]\n%s\n", settings);
	refused(text, what);
}

/*
 * Durations.
 */
static void
test_durations(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} good[] = { { "5m", 300 }, { "1h30m", 5400 }, { "2d", 172800 },
		{ "90", 90 }, { "0", 0 }, { "1d2h3m4s", 93784 },
		{ "1d2h3m4", 93784 }, { "007m", 420 }, { "90s", 90 },
		{ "100m", 6000 }, { "36500d", INT64_C(3153600000) },
		{ "3153600000", INT64_C(3153600000) }, { "0d0h0m0s", 0 } };
	static const char *const bad[] = { "", " ", "m", "5m5m", "1m1h", "5s5",
		"5s5s", "1s1m", "5x", "-5m", "+5", " 5", "5 ", "5 m", "5.5m",
		"5M", "1h30m ", "m5", "5mm", "0x10", "1e3", "36501d",
		"3153600001", "36500d1s", "36500d24h", "3153600000d",
		"9223372036854775807", "9223372036854775808",
		"18446744073709551617", "99999999999999999999999999999999d" };
	int64_t s;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		s = -1;
		if (config_duration(good[i].text, &s) != 0 ||
		    s != good[i].seconds)
			fail_msg("'%s': %lld", good[i].text, (long long)s);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (config_duration(bad[i], &s) != -1)
			fail_msg("accepted: '%s'", bad[i]);
}

/*
 * Good ones.
 */
static void
test_defaults(void **state)
{
	struct config c;

	(void)state;
	has("realm = EXAMPLE.COM", &c);
	assert_string_equal(c.realm, "EXAMPLE.COM");
	assert_string_equal(c.state_dir, "/var/lib/kdcsync");
	assert_int_equal(c.interval, 300);
	assert_int_equal(c.max_age, 1200);
	assert_int_equal(c.expire, 7 * 86400);
	assert_int_equal(c.lock_wait, 30);
	assert_int_equal(c.deadline, 300);
	assert_int_equal(c.max_transfer, 6 * 3600);
	assert_int_equal(c.max_shrink, 20);
	assert_string_equal(c.signing_key, "");
	assert_string_equal(c.allowed_signers, "/etc/kdcsync/allowed_signers");
	assert_string_equal(c.signer, "");
	assert_string_equal(c.operator, "");
	assert_string_equal(c.grant, "");
	assert_int_equal(c.keep.n, 3);
	assert_int_equal(c.keep.rule[0].every, 0);
	assert_int_equal(c.keep.rule[0].length, 7200);
	assert_int_equal(c.keep.rule[2].every, 86400);
	assert_int_equal(c.keep.rule[2].length, 30 * 86400);
	assert_int_equal(c.on_stale, STALE_REFUSE);
	assert_string_equal(c.primary, "");
	assert_string_equal(c.on_sealed, "");
	assert_string_equal(c.on_verdict, "");
	assert_int_equal(c.n_replicas, 0);
	config_release(&c);
	assert_null(c.replicas);
	config_release(&c);
}

#define ALL                                                                    \
	"realm = OTHER.ORG\nstate_dir = /srv/other state\ninterval = 1m\n"     \
	"max_age = 1h30m\nmax_shrink = 7%\nsigning_key = /k/sign\n"            \
	"allowed_signers = /k/allowed\nsigner = me@here\n"                     \
	"on_stale = refuse-if-primary-answers\nprimary = kdc1.other.org:88\n"  \
	"expire = 2d\non_sealed = sh -c 'a; b'\non_verdict = logger -t x\n"    \
	"lock_wait = 5\ndeadline = 7m\nmax_transfer = 3h\n"                    \
	"operator = ops@here\ngrant = /k/grant\nkeep = all 1h30m,2h 10d\n"

static void
test_all_settings(void **state)
{
	struct config c;

	(void)state;
	has(ALL, &c);
	assert_string_equal(c.realm, "OTHER.ORG");
	assert_string_equal(c.state_dir, "/srv/other state");
	assert_int_equal(c.interval, 60);
	assert_int_equal(c.max_age, 5400);
	assert_int_equal(c.max_shrink, 7);
	assert_string_equal(c.signing_key, "/k/sign");
	assert_string_equal(c.allowed_signers, "/k/allowed");
	assert_string_equal(c.signer, "me@here");
	assert_string_equal(c.operator, "ops@here");
	assert_string_equal(c.grant, "/k/grant");
	assert_int_equal(c.on_stale, STALE_REFUSE_IF_PRIMARY_ANSWERS);
	assert_string_equal(c.primary, "kdc1.other.org:88");
	assert_int_equal(c.expire, 2 * 86400);
	assert_string_equal(c.on_sealed, "sh -c 'a; b'");
	assert_string_equal(c.on_verdict, "logger -t x");
	assert_int_equal(c.lock_wait, 5);
	assert_int_equal(c.deadline, 420);
	assert_int_equal(c.max_transfer, 3 * 3600);
	assert_int_equal(c.keep.n, 2);
	assert_int_equal(c.keep.rule[0].length, 5400);
	assert_int_equal(c.keep.rule[1].every, 7200);
	config_release(&c);
	has("keep = none", &c);
	assert_int_equal(c.keep.n, 0);
	config_release(&c);
}

static void
test_spelling(void **state)
{
	struct config c;

	(void)state;
	understood("# first\n\n[libdefaults]\n\tdefault_realm = X\n"
		   "[kdcsync]\n; so\n\t# or so\n\n  interval=1h  \n"
		   "[other]\n interval = 2h\n[kdcsync]\n max_age = 3h\n",
	    &c);
	assert_int_equal(c.interval, 3600);
	assert_int_equal(c.max_age, 10800);
	assert_string_equal(c.realm, "");
	config_release(&c);
	understood("[kdcsync]\r\n\tinterval = 1h\r\n", &c);
	assert_int_equal(c.interval, 3600);
	config_release(&c);
}

static void
test_limits(void **state)
{
	static const struct {
		const char *line;
		unsigned value;
	} percent[] = { { "max_shrink = 0%", 0 }, { "max_shrink = 0", 0 },
		{ "max_shrink = 100%", 100 }, { "max_shrink = 100", 100 } };
	struct config c;

	(void)state;
	for (size_t i = 0; i < sizeof(percent) / sizeof(percent[0]); i++) {
		has(percent[i].line, &c);
		assert_int_equal(c.max_shrink, percent[i].value);
		config_release(&c);
	}
	has("interval = 1s\nmax_age = 365d\nexpire = 8760h", &c);
	assert_int_equal(c.interval, 1);
	assert_int_equal(c.max_age, 365 * 86400);
	assert_int_equal(c.expire, 365 * 86400);
	config_release(&c);
}

/*
 * Bad ones.
 */
static void
test_bad_values(void **state)
{
	static const char *const durations[] = { "interval", "max_age",
		"expire", "lock_wait", "deadline", "max_transfer" };
	static const char *const paths[] = { "state_dir", "signing_key",
		"allowed_signers", "grant" };
	static const char *const bad[] = { "0", "0m", "366d", "8760h1s", "5m5m",
		"1m1h", "soon", "-1", "5m, 6m", "99999999999999999999" };
	static const char *const percent[] = { "101", "101%", "-1", "20%%",
		"20 %", "%", "a", "2O%", "18446744073709551617", "1e1", "+5",
		"0x10" };
	char line[128], what[256];

	(void)state;
	for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++)
		for (size_t j = 0; j < sizeof(bad) / sizeof(bad[0]); j++) {
			snprintf(line, sizeof(line), "%s = %s", durations[i],
			    bad[j]);
			snprintf(what, sizeof(what), "%s: not a length of time",
			    line);
			has_not(line, what);
		}
	for (size_t i = 0; i < 4; i++) {
		snprintf(line, sizeof(line), "%s = here/it is", paths[i]);
		snprintf(what, sizeof(what), "%s: not an absolute path", line);
		has_not(line, what);
	}
	for (size_t i = 0; i < sizeof(percent) / sizeof(percent[0]); i++) {
		snprintf(line, sizeof(line), "max_shrink = %s", percent[i]);
		snprintf(what, sizeof(what), "%s: not a percentage", line);
		has_not(line, what);
	}
	has_not("on_stale = Refuse", "on_stale = Refuse: not refuse or ");
	has_not("on_stale = serve", "on_stale = serve: not refuse or ");
	has_not("on_stale = refuse-if", "on_stale = refuse-if: not refuse or ");
	has_not("keep = 2h", "keep = 2h: a rule is EVERY LENGTH, ");
	has_not("keep = all 2h, 2d 1d",
	    "keep = all 2h, 2d 1d: a rule's EVERY must be shorter ");
}

/* The longest that is taken, and one more. */
static void
test_too_long(void **state)
{
	static const struct {
		const char *name;
		size_t size;
	} field[] = { { "realm", REALM_MAX }, { "signer", 320 },
		{ "operator", 320 }, { "primary", 256 },
		{ "on_sealed", CONFIG_TEXT }, { "on_verdict", CONFIG_TEXT } };
	char line[2048], what[64];
	struct config c;

	(void)state;
	for (size_t i = 0; i < sizeof(field) / sizeof(field[0]); i++) {
		size_t n = field[i].size - 1;
		int head = snprintf(line, sizeof(line), "%s = ", field[i].name);

		memset(line + head, 'x', n + 1);
		line[(size_t)head + n] = '\0';
		has(line, &c);
		config_release(&c);
		line[(size_t)head + n] = 'x';
		line[(size_t)head + n + 1] = '\0';
		snprintf(what, sizeof(what), "%s = xxx", field[i].name);
		has_not(line, what);
	}
}

static void
test_unknown(void **state)
{
	(void)state;
	has_not("maxage = 5m", "maxage: no such setting; ");
	has_not("Interval = 5m", "Interval: no such setting; ");
	has_not("interval.x = 5m", "interval.x: no such setting; ");
	has_not("path = /x", "path: no such setting; ");
	has_not("n_replicas = 1", "n_replicas: no such setting; ");
	has_not("a = {\n b = 1\n}", "a: no such setting; ");
}

static void
test_twice(void **state)
{
	static const char *const name[] = { "realm", "state_dir", "interval",
		"max_age", "max_shrink", "signing_key", "allowed_signers",
		"signer", "on_stale", "primary", "expire", "on_sealed",
		"on_verdict", "lock_wait", "deadline", "max_transfer",
		"operator", "grant", "keep" };
	char lines[128], what[64];

	(void)state;
	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		/* The same value is no excuse. */
		snprintf(
		    lines, sizeof(lines), "%s = 5\n%s = 5", name[i], name[i]);
		snprintf(what, sizeof(what), "%s: stands there twice", name[i]);
		has_not(lines, what);
	}
	refused("[kdcsync]\ninterval = 1m\n[a]\nb = c\n[kdcsync]\n"
		"interval = 2m\n",
	    "interval: stands there twice");
}

static void
test_no_value(void **state)
{
	(void)state;
	has_not("interval =", "interval: has no value, or is a section");
	has_not("interval = {\n a = 1\n}", "interval: has no value, or is a ");
	has_not("realm =\ninterval = 1m", "not in krb5 profile syntax: ");
	has_not("interval = 5m # as in cron",
	    "interval: a comment must stand on a line of its own");
	has_not("on_sealed = a #", "on_sealed: a comment must stand on a ");
	has_not("on_sealed = a\t# b", "on_sealed: a comment must stand on a ");
	has_not("on_sealed = # b", "on_sealed: a comment must stand on a ");
	has_not("state_dir = \"\"", "state_dir: has no value");
	has_not("allowed_signers = \"\"", "allowed_signers: has no value");
	has_not("on_sealed = \"\"", "on_sealed: has no value");
}

/*
 * Commands.
 */
static void
test_quotes(void **state)
{
	struct config c;

	(void)state;
	has("on_sealed = sh -c 'a \"b\" c'\non_verdict = x \"y z\" \\'", &c);
	assert_string_equal(c.on_sealed, "sh -c 'a \"b\" c'");
	assert_string_equal(c.on_verdict, "x \"y z\" \\'");
	config_release(&c);
	has_not("on_sealed = sh -c 'a",
	    "on_sealed = sh -c 'a: not a command whose quotes are closed");
	has_not("on_sealed = sh -c a\"", "on_sealed = sh -c a\": not a ");
	has_not("on_verdict = a 'b\" c", "on_verdict = a 'b\" c: not a ");
	has_not("on_verdict = a \\", "on_verdict = a \\: not a ");
}

/*
 * Replicas.
 */
static void
test_replicas(void **state)
{
	static const struct config_replica want[] = {
		/* by name: so libprofile has them */
		{ (char *)"A-9_x:750", (char *)"b", 600, 10800 },
		{ (char *)"kdc2.example.com", (char *)"ssh kdc2 'kdc-apply -q'",
		    120, 3600 },
	};
	struct config c;

	(void)state;
	has("replicas = {\n"
	    " kdc2.example.com = {\n  command = ssh kdc2 'kdc-apply -q'\n }\n"
	    " A-9_x:750 = {\n  max_transfer = 3h\n  command = b\n"
	    "  deadline = 10m\n }\n}\ninterval = 1m",
	    &c);
	assert_int_equal(c.interval, 60);
	assert_int_equal(c.n_replicas, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct config_replica *w = &want[i];

		assert_string_equal(c.replicas[i].name, w->name);
		assert_string_equal(c.replicas[i].command, w->command);
		assert_int_equal(c.replicas[i].deadline, w->deadline);
		assert_int_equal(c.replicas[i].max_transfer, w->max_transfer);
	}
	config_release(&c);
	has("replicas = {\n}\ninterval = 1m", &c);
	assert_int_equal(c.n_replicas, 0);
	config_release(&c);
}

#define REPLICA(inside) "replicas = {\n kdc2 = {\n" inside "\n }\n}"

static void
test_bad_replicas(void **state)
{
	(void)state;
	has_not(REPLICA("deadline = 1m"), "replica kdc2: has no command");
	has_not(REPLICA(""), "replica kdc2: has no command");
	has_not("replicas = {\n kdc2 = ssh kdc2\n}",
	    "replica kdc2: has no command");
	has_not(REPLICA("command = a 'b"),
	    "replica kdc2: command = a 'b: not a command");
	has_not(REPLICA("command = \"\""), "command: has no value");
	has_not("replicas = kdc2", "replicas: has a value");
	has_not("replicas = kdc2\n" REPLICA("command = a"),
	    "replicas: has a value");
	has_not(REPLICA("command = a\ndeadline = 0"),
	    "replica kdc2: deadline = 0: not a length of time");
	has_not(REPLICA("command = a\nmax_transfer = 366d"),
	    "replica kdc2: max_transfer = 366d: not a length of time");
	has_not(REPLICA("command = a\nidle = 1m"),
	    "replica kdc2: idle: no such setting");
	has_not(REPLICA("command = a\ninterval = 1m"),
	    "replica kdc2: interval: no such setting");
	has_not(
	    REPLICA("command = a\ncommand = a"), "command: stands there twice");
	has_not(REPLICA("command = a\n }\n kdc2 = {\n command = b"),
	    "command: stands there twice");
	has_not(REPLICA("command = a\ndeadline = {\n a = b\n }"),
	    "deadline: has no value, or is a section");
	has_not(REPLICA("command = a\nkdc3 = {\n command = b\n }"),
	    "kdc3: has no value, or is a section");
}

/* A replica's name becomes a file's. */
static void
test_replica_names(void **state)
{
	static const char *const bad[] = { ".", "..", ".a", "a/b", "../a",
		"a\\b", "a@b", "\xc3\xa9", "a%s", "a," };
	char text[512], what[256], name[129];
	struct config c;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text),
		    "replicas = {\n %s = {\n  command = a\n }\n}", bad[i]);
		has_not(text, "replica ");
	}
	memset(name, 'n', 128);
	for (size_t n = 127; n <= 128; n++) {
		name[n] = '\0';
		snprintf(text, sizeof(text),
		    "replicas = {\n %s = {\n  command = a\n }\n}", name);
		snprintf(what, sizeof(what), "replica %s: not a ", name);
		if (n == 128) {
			has_not(text, what);
		} else {
			has(text, &c);
			assert_string_equal(c.replicas[0].name, name);
			config_release(&c);
		}
		name[n] = 'n';
	}
}

/*
 * The file.
 */
static void
test_missing(void **state)
{
	struct config c;

	(void)state;
	unlink(f.path);
	said_begin(&f.said);
	assert_int_equal(config_read(f.path, &c), -1);
	said_one(&f.said, f.path, "No such file");
	config_release(&c);
	if (geteuid() == 0) {
		print_message("root may read what nobody may: not tested\n");
		return;
	}
	scratch_write(f.path, "[kdcsync]\na = 1\n", 16);
	assert_int_equal(chmod(f.path, 0), 0);
	said_begin(&f.said);
	assert_int_equal(config_read(f.path, &c), -1);
	said_one(&f.said, f.path, "Permission denied");
	config_release(&c);
	unlink(f.path);
}

static void
test_sections(void **state)
{
	(void)state;
	refused("", "no [kdcsync] section");
	refused("# nothing\n", "no [kdcsync] section");
	refused("[libdefaults]\n default_realm = X\n", "no [kdcsync] section");
	refused("[KDCSYNC]\n interval = 1m\n", "no [kdcsync] section");
	refused("interval = 1m\n", "no [kdcsync] section");
	refused("\xef\xbb\xbf[kdcsync]\ninterval = 1m\n", "no [kdcsync] ");
}

static void
test_syntax(void **state)
{
	static const char start[] = "not in krb5 profile syntax: ";

	(void)state;
	refused("[kdcsync\ninterval = 1m\n", start);
	has_not("interval", start);
	has_not("interval 5m", start);
	has_not("}", start);
	has_not("= 5m", start);
	has_not("replicas =\nkdc2 = {\n}", start);
	has_not("a b = 1", start);
}

static void
test_guarded(void **state)
{
	static const mode_t others[] = { 0620, 0602, 0666, 0664, 0646 };
	static const mode_t mine[] = { 0600, 0400, 0644, 0700 };
	static const char text[] = "[kdcsync]\ninterval = 1m\n";
	struct config c;

	(void)state;
	scratch_write(f.path, text, sizeof(text) - 1);
	assert_int_equal(symlink("kdcsync.conf", f.other), 0);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_int_equal(chmod(f.path, others[i]), 0);
		said_begin(&f.said);
		assert_int_equal(config_read(f.path, &c), -1);
		said_one(&f.said, f.path, "may be written by others");
		config_release(&c);
		said_begin(&f.said);
		assert_int_equal(config_read(f.other, &c), -1);
		said_one(&f.said, f.other, "may be written by others");
		config_release(&c);
	}
	for (size_t i = 0; i < sizeof(mine) / sizeof(mine[0]); i++) {
		assert_int_equal(chmod(f.path, mine[i]), 0);
		assert_int_equal(config_read(f.path, &c), 0);
		assert_int_equal(c.interval, 60);
		config_release(&c);
	}
	unlink(f.other);
	unlink(f.path);
}

static void
test_environment(void **state)
{
	struct config c;

	(void)state;
	scratch_write(f.other, "[kdcsync]\ninterval = 7m\n", 24);
	has("interval = 8m", &c);
	config_release(&c);
	assert_int_equal(setenv("KDCSYNC_CONFIG", f.other, 1), 0);
	assert_int_equal(config_read(NULL, &c), 0);
	assert_int_equal(c.interval, 420);
	assert_string_equal(c.path, f.other);
	config_release(&c);
	/* What was asked for goes first. */
	assert_int_equal(config_read(f.path, &c), 0);
	assert_int_equal(c.interval, 480);
	config_release(&c);
	assert_int_equal(unsetenv("KDCSYNC_CONFIG"), 0);
	unlink(f.other);
}

/* A colon in its name makes not two files of it. */
static void
test_colon(void **state)
{
	struct config c;
	char path[128];

	(void)state;
	scratch_write(f.other, "[kdcsync]\nunseen = 1\n", 21);
	snprintf(path, sizeof(path), "%s:more", f.other);
	scratch_write(path, "[kdcsync]\ninterval = 7m\n", 24);
	said_begin(&f.said);
	assert_int_equal(config_read(path, &c), 0);
	said_nothing(&f.said);
	assert_int_equal(c.interval, 420);
	config_release(&c);
	unlink(path);
	unlink(f.other);
}

/*
 * What it prints.
 */
static char *
printed(const struct config *c)
{
	int fd = scratch_file("", 0), saved;
	size_t n;
	char *p;

	fflush(stdout);
	saved = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	assert_int_not_equal(dup2(fd, STDOUT_FILENO), -1);
	config_print(c);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	p = scratch_read(fd, &n);
	close(fd);
	return p;
}

/* What it prints means the same when it is read. */
static void
test_print(void **state)
{
	struct config c;
	char *once, *again;

	(void)state;
	has(ALL, &c);
	once = printed(&c);
	config_release(&c);
	assert_non_null(strstr(once, "\nmax_age = 5400s\nmax_shrink = 7%\n"));
	assert_non_null(strstr(once, "\non_sealed = sh -c 'a; b'\n"));
	assert_non_null(strstr(once, "\nkeep = all 1h30m, 2h 10d\n"));
	has(once, &c);
	again = printed(&c);
	config_release(&c);
	assert_string_equal(once, again);
	free(once);
	free(again);
}

static void
test_print_replica(void **state)
{
	struct config c;
	char *text;

	(void)state;
	has(REPLICA("command = a 'b c'\ndeadline = 1m"), &c);
	text = printed(&c);
	config_release(&c);
	assert_non_null(strstr(text, "\nstate_dir = /var/lib/kdcsync\n"));
	assert_non_null(strstr(text, "\nreplica kdc2: command = a 'b c'\n"));
	assert_non_null(strstr(
	    text, "\nreplica kdc2: deadline = 60s, max_transfer = 3600s\n"));
	/* What is not set has no line. */
	assert_null(strstr(text, "signing_key"));
	assert_null(strstr(text, "on_verdict"));
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_all_settings),
		cmocka_unit_test(test_spelling),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_bad_values),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_no_value),
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_replicas),
		cmocka_unit_test(test_bad_replicas),
		cmocka_unit_test(test_replica_names),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_syntax),
		cmocka_unit_test(test_guarded),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_colon),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_print_replica),
	};

	return cmocka_run_group_tests(tests, prepare, clean);
}
