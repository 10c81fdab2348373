/* Goal of this test: a replica is judged by what it says it proved; each thing that
 * can be wrong of it has its word and level, and whatever it says, what is printed
 * is a table of 79 columns, JSON that python3 reads, and metrics. */

#include "primary.h"
#include "said.h"

#include "status/cells.h"
#include "status/fleet.h"
#include "status/gauges.h"
#include "status/json.h"
#include "status/table.h"
#include "sys/file.h"
#include "sys/proc.h"

#include <time.h>

#define MAX_REPLICAS 24

static struct {
	struct primary p;
	struct config cf;
	struct config_replica replica[MAX_REPLICAS];
	struct ledger l; /* of a good one */
	struct fleet fleet;
	struct said said;
} f;

static struct span
dump(unsigned n)
{
	static char text[64];

	return (struct span){ text,
		(size_t)snprintf(text, sizeof(text),
		    "a dump, said to be of generation %u\n", n) };
}

/* Generations 1 to 3, the last one as of ago seconds ago. */
static void
make_current(int64_t ago)
{
	char path[PATH_MAX];
	struct manifest m;
	const char *why;
	char text[MANIFEST_MAX];
	size_t n;

	for (unsigned i = 1; i <= 3; i++)
		primary_add(&f.p, i, dump(i));
	m = f.p.now.m;
	m.taken = m.as_of = time(NULL) - ago;
	m.interval = 300;
	n = manifest_encode(&m, text);
	assert_int_not_equal(n, 0);
	seal_release(&f.p.now);
	assert_int_equal(seal_from((struct span){ text, n },
			     golden_text(PRIMARY_SIG), &f.p.now, &why),
	    0);
	state_path(&f.p.s, STATE_CURRENT, path);
	assert_int_equal(seal_write(path, &f.p.now), 0);
}

static void
make_ledger(void)
{
	const struct manifest *m = &f.p.now.m;
	struct ledger l = { .tried = m->as_of + 1,
		.answer = LEDGER_SEALED,
		.since = m->as_of + 1,
		.why = "-",
		.sealed = m->as_of + 1,
		.sent = "delta",
		.bytes = 4711,
		.ms = 815,
		.free = 12345678901,
		.krb5 = "1.20.1",
		.kdcsync = "0.1",
		.has_verdict = true };
	struct verdict *v = &l.verdict;

	v->outcome = VERDICT_SEALED;
	memcpy(v->realm, m->realm, sizeof(v->realm));
	memcpy(v->why, "-", 2);
	v->epoch = m->epoch;
	v->generation = m->generation;
	v->digest = m->dump.digest;
	v->as_of = m->as_of;
	v->proof = m->as_of + 1;
	memcpy(v->proof_result, "good", 5);
	v->n_mkey = m->dump.n_mkey;
	memcpy(v->mkey_kvno, m->dump.mkey_kvno, sizeof(v->mkey_kvno));
	v->stash_kvno = v->mkey_kvno[v->n_mkey - 1];
	f.l = l;
}

static int
prepare(void **state)
{
	(void)state;
	memset(&f, 0, sizeof(f));
	primary_begin(&f.p);
	f.p.s.role = ROLE_PRIMARY;
	f.cf.interval = 300;
	f.cf.max_age = 1200;
	memcpy(f.cf.path, "kdcsync.conf", 13);
	f.cf.replicas = f.replica;
	make_current(10);
	make_ledger();
	return 0;
}

static int
clean(void **state)
{
	(void)state;
	fleet_release(&f.fleet);
	primary_end(&f.p);
	return 0;
}

/* What it proved is that generation. */
static void
prove(struct ledger *l, unsigned generation)
{
	struct span d = dump(generation);

	l->verdict.generation = generation;
	assert_int_equal(digest_of(d.p, d.len, &l->verdict.digest), 0);
}

/* A configured replica, with this ledger (NULL: none). */
static void
add(const char *name, const struct ledger *l)
{
	assert_true(f.cf.n_replicas < MAX_REPLICAS);
	f.replica[f.cf.n_replicas++].name = (char *)(uintptr_t)name;
	if (l != NULL)
		assert_int_equal(ledger_write(&f.p.s, name, l), 0);
}

static void
look(void)
{
	fleet_release(&f.fleet);
	assert_int_equal(
	    fleet_read(&f.fleet, &f.cf, &f.p.s, f.p.now.m.realm), 0);
}

/* The one replica, with that ledger, is of that level and state. */
static const struct replica *
is(const struct ledger *l, enum level level, const char *state)
{
	const struct replica *r;

	f.cf.n_replicas = 0;
	add("kdc2", l);
	said_begin(&f.said);
	look();
	said_nothing(&f.said);
	r = &f.fleet.replica[0];
	if (strcmp(replica_state(r), state) != 0 ||
	    notes_level(&r->notes) != level)
		fail_msg("%s, %s; not %s, %s", replica_state(r),
		    level_word(notes_level(&r->notes)), state,
		    level_word(level));
	assert_int_equal(fleet_level(&f.fleet), level);
	return r;
}

static void
test_current(void **state)
{
	const struct replica *r = is(&f.l, LEVEL_GOOD, "current");

	(void)state;
	assert_int_equal(r->notes.n, 0);
	assert_true(r->equal);
	assert_true(r->opens);
	assert_int_equal(r->behind, 0);
	assert_int_equal(r->krbtgt_kvno, f.p.now.m.dump.krbtgt_kvno);
	assert_in_range(r->age, 10, 60);
	assert_int_equal(fleet_count(&f.fleet, LEVEL_GOOD), 1);
	assert_int_equal(fleet_count_current(&f.fleet), 1);
}

/* It counts what was proved, not that the last ship was sealed. */
static void
test_behind(void **state)
{
	const struct replica *r;
	struct ledger l = f.l;

	(void)state;
	prove(&l, 1);
	r = is(&l, LEVEL_GOOD, "behind");
	assert_false(r->equal);
	assert_true(r->known);
	assert_int_equal(r->behind, 2);
	assert_int_equal(fleet_count_current(&f.fleet), 0);
	/* What we call so has another digest. */
	l.verdict.generation = 2;
	r = is(&l, LEVEL_CRITICAL, "different");
	assert_false(r->known);
	/* One of which nothing is left here. */
	f.p.now.m.generation = 3;
	l = f.l;
	l.verdict.generation = 3;
	l.verdict.digest.b[0] ^= 1;
	is(&l, LEVEL_CRITICAL, "different");
	/* Of another epoch: older, and there is no number for how much. */
	f.p.epoch = 2;
	f.p.at[0] = '\0';
	make_current(10);
	r = is(&f.l, LEVEL_GOOD, "behind");
	assert_false(r->counted);
}

static void
test_ahead(void **state)
{
	struct ledger l = f.l;

	(void)state;
	l.verdict.generation++;
	is(&l, LEVEL_CRITICAL, "ahead");
	l = f.l;
	l.verdict.epoch++;
	is(&l, LEVEL_CRITICAL, "ahead");
	l = f.l;
	l.verdict.as_of++;
	is(&l, LEVEL_CRITICAL, "ahead");
	l = f.l;
	l.answer = LEDGER_AHEAD;
	memcpy(l.why, "it has 1.99", 12);
	is(&l, LEVEL_CRITICAL, "ahead");
	l = f.l;
	memcpy(l.verdict.realm, "OTHER", 6);
	is(&l, LEVEL_CRITICAL, "foreign");
}

static void
test_age(void **state)
{
	struct ledger l = f.l;

	(void)state;
	l.verdict.as_of = time(NULL) - 3 * 300 + 5;
	is(&l, LEVEL_GOOD, "current");
	l.verdict.as_of = time(NULL) - 3 * 300 - 5;
	is(&l, LEVEL_WARNING, "old");
	l.verdict.as_of = time(NULL) - 1200 - 5;
	is(&l, LEVEL_CRITICAL, "stale");
	/* As old as it can be. */
	l.verdict.as_of = 1;
	is(&l, LEVEL_CRITICAL, "stale");
	l.verdict.as_of = 0;
	is(&l, LEVEL_CRITICAL, "stale");
}

/* This host's clock was set back: what is there lies ahead. */
static void
test_clock(void **state)
{
	struct ledger l;

	(void)state;
	make_current(-4000);
	make_ledger();
	l = f.l;
	is(&l, LEVEL_CRITICAL, "clock");
	/* A little is no matter. */
	make_current(-30);
	make_ledger();
	is(&f.l, LEVEL_GOOD, "current");
}

static void
test_answers(void **state)
{
	static const struct {
		enum ledger_answer answer;
		const char *word;
	} answer[] = {
		{ LEDGER_REFUSED, "refused" },
		{ LEDGER_BUSY, "busy" },
		{ LEDGER_FAILED, "failed" },
		{ LEDGER_UNREACHED, "unreached" },
		{ LEDGER_UNKNOWN, "unknown" },
	};
	struct ledger l;

	(void)state;
	for (size_t i = 0; i < sizeof(answer) / sizeof(answer[0]); i++) {
		l = f.l;
		l.answer = answer[i].answer;
		memcpy(l.why, "the disk is full", 17);
		is(&l, LEVEL_WARNING, answer[i].word);
		assert_non_null(strstr(
		    f.fleet.replica[0].notes.note[0].text, "the disk is full"));
		/* It has not proved anything yet. */
		l.has_verdict = false;
		is(&l, LEVEL_CRITICAL, "unproved");
		assert_int_equal(f.fleet.replica[0].notes.n, 2);
	}
	/* A verdict without a generation proves nothing. */
	l = f.l;
	l.answer = LEDGER_REFUSED;
	l.verdict.epoch = l.verdict.generation = 0;
	is(&l, LEVEL_CRITICAL, "unproved");
	/* Down for a day: stale, and why. */
	l = f.l;
	l.answer = LEDGER_UNREACHED;
	l.verdict.as_of -= 86400;
	is(&l, LEVEL_CRITICAL, "stale");
	assert_int_equal(f.fleet.replica[0].notes.n, 2);
}

static void
test_proof(void **state)
{
	struct ledger l = f.l;

	(void)state;
	memcpy(l.verdict.proof_result, "7 records", 10);
	is(&l, LEVEL_CRITICAL, "altered");
	l = f.l;
	l.verdict.proof = 0;
	is(&l, LEVEL_WARNING, "unproved");
}

static void
test_stash(void **state)
{
	struct ledger l = f.l;

	(void)state;
	assert_int_equal(l.verdict.n_mkey, 2); /* golden: 1 2 */
	l.verdict.stash_kvno = 1;
	is(&l, LEVEL_WARNING, "stash");
	assert_true(f.fleet.replica[0].opens);
	l.verdict.n_mkey = 1;
	is(&l, LEVEL_CRITICAL, "stash");
	assert_false(f.fleet.replica[0].opens);
	l.verdict.n_mkey = 0;
	is(&l, LEVEL_CRITICAL, "stash");
	l = f.l;
	l.verdict.stash_kvno = 0;
	is(&l, LEVEL_CRITICAL, "stash");
}

static void
test_never(void **state)
{
	char path[PATH_MAX];

	(void)state;
	is(NULL, LEVEL_WARNING, "never");
	assert_int_equal(ledger_write(&f.p.s, "kdc2", &f.l), 0);
	state_path(&f.p.s, LEDGER_DIR "/kdc2", path);
	scratch_write(path, "junk", 4);
	is(NULL, LEVEL_UNKNOWN, "damaged");
}

/* The worst first, of those what is not current, then by name; those in no configuration last, whatever
 * is wrong of them, and nobody's trouble. */
static void
test_order(void **state)
{
	struct ledger bad = f.l, old = f.l;

	(void)state;
	bad.verdict.digest.b[0] ^= 1;
	old.verdict.as_of = time(NULL) - 1000;
	add("good10", &f.l);
	add("good9", &f.l);
	add("old", &old);
	add("never", NULL);
	add("bad", &bad);
	assert_int_equal(ledger_write(&f.p.s, "zz", &bad), 0);
	assert_int_equal(ledger_write(&f.p.s, "aa", &f.l), 0);
	look();
	assert_int_equal(f.fleet.n, 7);
	assert_string_equal(f.fleet.replica[0].name, "bad");
	assert_string_equal(f.fleet.replica[1].name, "never");
	assert_string_equal(f.fleet.replica[2].name, "old");
	assert_string_equal(f.fleet.replica[3].name, "good9");
	assert_string_equal(f.fleet.replica[4].name, "good10");
	assert_string_equal(f.fleet.replica[5].name, "aa");
	assert_string_equal(f.fleet.replica[6].name, "zz");
	assert_string_equal(replica_state(&f.fleet.replica[6]), "removed");
	assert_int_equal(fleet_configured(&f.fleet), 5);
	assert_int_equal(fleet_count(&f.fleet, LEVEL_GOOD), 2);
	assert_int_equal(fleet_level(&f.fleet), LEVEL_CRITICAL);
	f.cf.n_replicas = 2;
	look();
	assert_int_equal(fleet_level(&f.fleet), LEVEL_GOOD);
}

/*
 * This host.
 */
static void
host_is(enum level l, const char *what)
{
	look();
	assert_int_equal(notes_level(&f.fleet.notes), l);
	if (l != LEVEL_GOOD)
		assert_string_equal(notes_worst(&f.fleet.notes)->what, what);
}

static void
test_host(void **state)
{
	char dir[PATH_MAX], path[PATH_MAX];
	int lock;

	(void)state;
	add("kdc2", &f.l);
	host_is(LEVEL_GOOD, NULL);
	assert_int_equal(generation_begin(&f.p.s, 1, 4, dir), 0);
	host_is(LEVEL_WARNING, "cut-short");
	/* Somebody is at it: no lock of ours counts, so a child's. */
	state_path(&f.p.s, "snapshot.lock", path);
	lock = -1;
	assert_int_equal(lock_file(path, LOCK_EXCLUSIVE, 0, &lock), 0);
	host_is(LEVEL_GOOD, NULL);
	assert_true(f.fleet.running);
	close(lock);
	host_is(LEVEL_WARNING, "cut-short");
	assert_int_equal(
	    state_set_line(&f.p.s, STATE_SUPERSEDED, "1.9: kdc2 has it"), 0);
	host_is(LEVEL_CRITICAL, "superseded");
	assert_int_equal(state_remove(&f.p.s, STATE_SUPERSEDED), 0);
	scratch_tree(dir);
	f.p.at[0] = '\0';
	make_current(1000);
	host_is(LEVEL_WARNING, "age");
}

static void
test_no_current(void **state)
{
	char path[PATH_MAX];

	(void)state;
	add("kdc2", &f.l);
	state_path(&f.p.s, STATE_CURRENT, path);
	assert_int_equal(unlink(path), 0);
	host_is(LEVEL_WARNING, "seal");
	assert_string_equal(replica_state(&f.fleet.replica[0]), "behind");
	scratch_write(path, "junk", 4);
	said_begin(&f.said);
	host_is(LEVEL_CRITICAL, "seal");
	said_one(&f.said, path, NULL);
}

/*
 * What is printed.
 */
static char *
print_on(struct paint p, bool trouble_only)
{
	char *text = NULL;
	size_t n;

	p.f = open_memstream(&text, &n);
	assert_non_null(p.f);
	table(&f.fleet, &p, trouble_only);
	assert_int_equal(fclose(p.f), 0);
	return text;
}

static char *
print_table(size_t columns)
{
	return print_on((struct paint){ .columns = columns }, false);
}

/* Every number and text as long as it can be. */
static void
make_long(struct ledger *l)
{
	struct verdict *v = &l->verdict;

	*l = f.l;
	memset(l->why, 'w', sizeof(l->why) - 1);
	memset(l->sent, 's', sizeof(l->sent) - 1);
	l->answer = LEDGER_UNREACHED;
	l->bytes = l->ms = l->free = UINT64_MAX;
	l->since = 1;
	v->epoch = v->generation = UINT64_MAX;
	v->as_of = 1;
	v->proof = 1;
	memset(v->proof_result, 'p', sizeof(v->proof_result) - 1);
	v->stash_kvno = UINT32_MAX;
	for (unsigned i = 0; i < 32; i++)
		v->mkey_kvno[i] = UINT32_MAX - 32 + i;
	v->n_mkey = 32;
}

static void
add_many(void)
{
	static char name[20][128];
	struct ledger l;

	make_long(&l);
	for (int i = 0; i < 20; i++) {
		snprintf(name[i], sizeof(name[i]), "kdc%02d", i);
		if (i % 3 == 0)
			memset(name[i] + 5, 'x', (size_t)i * 6 + 8);
		add(name[i], i % 2 == 0 ? &l : &f.l);
	}
}

static void
test_table(void **state)
{
	char *text, *line;

	(void)state;
	add_many();
	look();
	text = print_table(80);
	for (line = strtok(text, "\n"); line != NULL;
	     line = strtok(NULL, "\n")) {
		/* But for a name or word that is longer by itself. */
		if (strlen(line) > 79 && strchr(line + 2, ' ') != NULL)
			fail_msg("%zu columns: %s", strlen(line), line);
		for (const char *p = line; *p != '\0'; p++)
			assert_true(*p >= ' ' && *p <= '~');
	}
	free(text);
	/* Nor do narrow and wide ones break anything. */
	free(print_table(40));
	free(print_table(1000));
}

static void
test_table_good(void **state)
{
	char *text;

	(void)state;
	add("kdc2.example.com", &f.l);
	add("kdc3.example.com", &f.l);
	look();
	f.fleet.now = f.p.now.m.as_of + 61;
	for (size_t i = 0; i < f.fleet.n; i++)
		f.fleet.replica[i].age = 61;
	text = print_table(80);
	assert_string_equal(text,
	    "kdcsync OK - EXAMPLE.COM: 2 replicas, all current\n"
	    "this host: generation 1.3, 6 principals, K/M 1 2, krbtgt 2, "
	    "confirmed 1 min ago\n"
	    "\n"
	    "REPLICA          STATE     BEHIND    AGE PROVED STASH  K/M "
	    "KRBTGT  BYTES   TOOK\n"
	    "kdc2.example.com current        -  1 min  1 min     2  all      "
	    "2   4711 815 ms\n"
	    "kdc3.example.com current        -  1 min  1 min     2  all      "
	    "2   4711 815 ms\n");
	free(text);
}

static unsigned
lines_of(const char *text)
{
	unsigned n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

/* Many, of which two are in trouble and one has not got the newest yet. */
static void
add_fleet(const char *domain)
{
	static char name[20][64];
	struct ledger l;

	for (int i = 0; i < 20; i++) {
		l = f.l;
		if (i == 7) {
			l.answer = LEDGER_BUSY;
			snprintf(l.why, sizeof(l.why), "at work");
		}
		if (i == 11)
			l.verdict.n_mkey = 0;
		if (i == 13)
			prove(&l, 2);
		snprintf(name[i], sizeof(name[i]), "kdc%02d%s", i, domain);
		add(name[i], &l);
	}
	look();
}

static void
test_table_many(void **state)
{
	const char *foot = "\nkdcsync CRITICAL - EXAMPLE.COM: 2 of 20 replicas "
			   "in trouble, 1 critical\n"
			   "only what is not good: kdc-status -q\n";
	char *text;

	(void)state;
	add_fleet(".kerberos.example.com");
	text = print_table(80);
	assert_non_null(strstr(text,
	    "\nnames are without "
	    ".kerberos.example.com\nREPLICA "));
	/* The worst, then the one that is behind, before all others. */
	assert_true(strstr(text, "\nkdc11 ") < strstr(text, "\nkdc07 "));
	assert_true(strstr(text, "\nkdc07 ") < strstr(text, "\nkdc13 "));
	assert_true(strstr(text, "\nkdc13 ") < strstr(text, "\nkdc00 "));
	assert_null(strstr(text, foot));
	free(text);
	text = print_table(200);
	assert_non_null(strstr(text, "\nkdc13.kerberos.example.com behind "));
	assert_null(strstr(text, "names are without"));
	free(text);
	/* A screen that is too small, and one that is not. */
	text = print_on((struct paint){ .columns = 80, .rows = 24 }, false);
	assert_string_equal(text + strlen(text) - strlen(foot), foot);
	free(text);
	text = print_on((struct paint){ .columns = 80, .rows = 60 }, false);
	assert_null(strstr(text, foot));
	free(text);
	text = print_on((struct paint){ .columns = 80, .rows = 24 }, true);
	assert_null(strstr(text, foot));
	assert_non_null(strstr(text, "\nkdc11 "));
	assert_non_null(strstr(text, "\nkdc07 "));
	assert_int_equal(lines_of(text), 9);
	free(text);
}

/* Names that have nothing in common, or nothing but what is all of one. */
static void
test_table_names(void **state)
{
	char *text;

	(void)state;
	add("kdc2.kerberos.example.com", &f.l);
	add("kerberos.example.com", &f.l);
	look();
	text = print_table(80);
	assert_non_null(strstr(text, "\nnames are without .example.com\n"));
	assert_non_null(strstr(text, "\nkdc2.kerberos    current "));
	assert_non_null(strstr(text, "\nkerberos         current "));
	free(text);
	add("a-host-of-another-domain.example.org", &f.l);
	look();
	text = print_table(80);
	assert_null(strstr(text, "names are without"));
	assert_non_null(strstr(text,
	    "\na-host-of-another-domain.example.org\n"
	    "                 current "));
	free(text);
}

/* The longest of each that fits, and what comes after it. */
static void
test_cells(void **state)
{
	static const struct {
		uint64_t n;
		const char *bytes, *took;
	} one[] = {
		{ 0, "0", "0 ms" },
		{ 999, "999", "999 ms" },
		{ 1000, "1000", "1.0 s" },
		{ 9949, "9949", "9.9 s" },
		{ 9950, "9950", "9 s" },
		{ 59999, "59999", "59 s" },
		{ 999999, "999999", "16 min" },
		{ 1000000, "976 K", "16 min" },
		{ 1048575, "0.9 M", "17 min" },
		{ 10485759, "9.9 M", "2 h" },
		{ 10485760, "10 M", "2 h" },
		{ UINT64_C(1) << 40, "1.0 T", "long" },
		{ UINT64_MAX, "15 E", "long" },
	};
	struct replica r = { .l = { .sealed = 1 } };
	char text[CELL_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(one) / sizeof(one[0]); i++) {
		r.l.bytes = r.l.ms = one[i].n;
		cell_text(CELL_BYTES, &r, 0, text);
		assert_string_equal(text, one[i].bytes);
		cell_text(CELL_TOOK, &r, 0, text);
		assert_string_equal(text, one[i].took);
	}
	r.l.sealed = 0;
	for (enum cell c = 0; c < CELLS; c++) {
		cell_text(c, &r, 0, text);
		assert_string_equal(text, "-");
		assert_true(strlen(cell_title(c)) <= (size_t)cell_width(c));
	}
}

static void
test_json(void **state)
{
	static const char program[] =
	    "import json, sys\n"
	    "def once(pairs):\n"
	    "  d = dict(pairs)\n"
	    "  assert len(d) == len(pairs)\n"
	    "  return d\n"
	    "j = json.load(sys.stdin, object_pairs_hook=once)\n"
	    "assert j['schema'] == 1 and j['status'] == 2, j\n"
	    "r = j['replicas']\n"
	    "assert len(r) == 21 and [x['configured'] for x in r][-2:] ==\\\n"
	    "    [True, False]\n"
	    "assert r[-2]['digest_equal'] and r[-2]['krbtgt_kvno'] == 2\n"
	    "assert r[0]['generation'] == 2 ** 64 - 1\n"
	    "assert r[0]['behind'] is None and r[0]['level'] == 'CRITICAL'\n"
	    "assert r[0]['answer'] == 'unreached'\n";
	const char *argv[] = { "python3", "-I", "-S", "-c", program, NULL };
	char *text = NULL;
	size_t n;
	FILE *out;

	(void)state;
	add_many();
	assert_int_equal(ledger_write(&f.p.s, "gone", &f.l), 0);
	look();
	out = open_memstream(&text, &n);
	assert_non_null(out);
	json(&f.fleet, out);
	assert_int_equal(fclose(out), 0);
	if (proc_run(argv, NULL, (struct span){ text, n }, NULL, NULL, 4096,
		60000) != 0)
		fail_msg("%s", text);
	free(text);
}

/* How long the last copy kept writers waiting: told where it is known. */
static void
lock_tells(const char *in_json, const char *in_metrics)
{
	char path[PATH_MAX], *text = NULL;
	struct bytes b = BYTES_NONE;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	assert_non_null(out);
	look();
	json(&f.fleet, out);
	assert_int_equal(fclose(out), 0);
	if (strstr(text, in_json) == NULL)
		fail_msg("no %s: %s", in_json, text);
	free(text);
	state_path(&f.p.s, "metrics", path);
	assert_int_equal(gauges(&f.fleet, path), 0);
	assert_int_equal(file_read(path, 1 << 20, &b), 0);
	if ((strstr(b.p, "kdcsync_lock_") != NULL) != (in_metrics[0] != '\0') ||
	    strstr(b.p, in_metrics) == NULL)
		fail_msg("no %s: %s", in_metrics, b.p);
	bytes_release(&b);
}

static void
test_lock(void **state)
{
	struct proof p = { .result = "good",
		.stamp = { .read = INT64_C(1795332900123456789) } };

	(void)state;
	lock_tells("\"locked\":null,\"locked_milliseconds\":null,", "");
	/* As older programs wrote it. */
	assert_int_equal(proof_write(&f.p.s, &p), 0);
	lock_tells("\"locked\":null,\"locked_milliseconds\":null,", "");
	p.locked = true;
	p.locked_ms = 1012;
	assert_int_equal(proof_write(&f.p.s, &p), 0);
	lock_tells("\"locked\":\"2026-11-22T07:35:00Z\","
		   "\"locked_milliseconds\":1012,",
	    "\nkdcsync_lock_duration_seconds{realm=\"EXAMPLE.COM\"} 1.012\n");
	lock_tells("",
	    "\nkdcsync_lock_timestamp_seconds{realm=\"EXAMPLE.COM\"} "
	    "1795332900\n");
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, prepare, clean)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_current),
		T(test_behind),
		T(test_ahead),
		T(test_age),
		T(test_clock),
		T(test_answers),
		T(test_proof),
		T(test_stash),
		T(test_never),
		T(test_order),
		T(test_host),
		T(test_no_current),
		T(test_table),
		T(test_table_good),
		T(test_table_many),
		T(test_table_names),
		T(test_cells),
		T(test_json),
		T(test_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
