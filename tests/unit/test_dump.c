#include "golden.h"

#include "format/dump.h"

#include <inttypes.h>

#define REALM "EXAMPLE.COM"

/* Checks text as a dump of realm.  NULL, or why it is none. */
static const char *
complaint(
    struct span text, const char *realm, struct dump_facts *f, uint64_t *line)
{
	const char *why = NULL;

	if (dump_check(text, realm, f, line, &why) == 0)
		return NULL;
	assert_non_null(why);
	return why;
}

static void
golden(void **state)
{
	struct bytes text = golden_read(GOLDEN "format-1/dump");
	struct dump_facts f;
	struct digest d;
	uint64_t line;

	(void)state;
	assert_null(complaint(golden_span(&text), REALM, &f, &line));
	assert_int_equal(f.size, text.len);
	assert_int_equal(digest_of(text.p, text.len, &d), 0);
	assert_true(digest_equal(&f.digest, &d));
	assert_int_equal(f.principals, 6);
	assert_int_equal(f.policies, 3);
	assert_int_equal(f.mangled, 1);
	assert_int_equal(f.n_mkey, 2);
	assert_int_equal(f.mkey_kvno[0], 1);
	assert_int_equal(f.mkey_kvno[1], 2);
	assert_true(f.krbtgt);
	assert_int_equal(f.krbtgt_kvno, 2);
	/* Seen from another realm it has neither. */
	assert_null(complaint(golden_span(&text), "OTHER.COM", &f, &line));
	assert_int_equal(f.n_mkey, 0);
	assert_false(f.krbtgt);
	bytes_release(&text);
}

static void
real_one(void **state)
{
	struct bytes text = golden_read(GOLDEN "mit/dump-1.20.1.canonical");
	struct dump_facts f;
	uint64_t line;

	(void)state;
	assert_null(complaint(golden_span(&text), "FMT.TEST", &f, &line));
	assert_int_equal(f.principals, 17);
	assert_int_equal(f.policies, 6);
	assert_int_equal(f.mangled, 3);
	assert_int_equal(f.n_mkey, 3);
	assert_int_equal(f.krbtgt_kvno, 1);
	bytes_release(&text);
	/* As kdb5_util wrote it, it is not canonical: order of tl. */
	text = golden_read(GOLDEN "mit/dump-1.20.1");
	assert_non_null(complaint(golden_span(&text), "FMT.TEST", &f, &line));
	bytes_release(&text);
}

static struct digest golden_digest;

/* A damaged dump is refused, or another one: its digest is. */
static void
check_damage(struct span text)
{
	struct dump_facts f;
	uint64_t line;

	if (complaint(text, REALM, &f, &line) != NULL)
		return;
	assert_int_equal(f.size, text.len);
	assert_false(digest_equal(&f.digest, &golden_digest));
}

static void
damage(void **state)
{
	struct bytes text = golden_read(GOLDEN "format-1/dump");

	(void)state;
	assert_int_equal(digest_of(text.p, text.len, &golden_digest), 0);
	golden_damage(golden_span(&text), check_damage);
	bytes_release(&text);
}

#define H DUMP_HEADER
#define P(name, len)                                                           \
	"princ\t38\t" #len "\t0\t0\t0\t" name "\t0\t0\t0\t0\t0\t0\t0\t0\t-1;"  \
	"\n"
#define Q(name) "policy\t" name "\t0\t0\t1\t1\t1\t0\t0\t0\t0\t0\t0\t0\t-\t0\n"
#define Q18(name) "policy\t" name "\t0\t0\t1\t1\t1\t0\t0\t0\t0\n"

static void
refusals(void **state)
{
	static const struct {
		const char *text, *why;
		uint64_t line;
	} bad[] = {
		{ "", "not a dump", 1 },
		{ "kdb5_util load_dump version 6\n", "not a dump", 1 },
		{ "kdb5_util load_dump version 7", "not a dump", 1 },
		{ "kdb5_util load_dump version 7\r\n", "not a dump", 1 },
		{ H P("b@R", 3) P("a@R", 3), "principals out of order", 3 },
		{ H P("a@R", 3) P("a@R", 3), "a name twice", 3 },
		{ H P("ab@R", 4) P("a@R", 3), "out of order", 0 },
		{ H Q("b") Q("a"), "policies out of order", 3 },
		{ H Q("a") Q("a"), "a name twice", 3 },
		{ H Q("a") P("a@R", 3), "a principal after the policies", 3 },
		{ H "princ\t\n", "not a principal", 2 },
		{ H "policy\t\n", "not a policy", 2 },
		{ H "\n", "neither", 2 },
		{ H P("a@R", 3) "princ", "neither", 3 },
		{ H P("a@R", 3) "princ\t38", "neither", 3 },
		{ H P("a@R", 3) H, "neither", 3 },
		{ H Q18("a"), "krb5 1.8", 2 },
	};
	struct dump_facts f;
	uint64_t line;
	const char *why;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		why = complaint(golden_text(bad[i].text), "R", &f, &line);
		/* '@' sorts before 'b': "a@R" is before "ab@R". */
		assert_non_null(why);
		if (strstr(why, bad[i].why) == NULL)
			fail_msg("%s: %s", bad[i].text, why);
		if (bad[i].line != 0)
			assert_int_equal(line, bad[i].line);
	}
	assert_null(complaint(golden_text(H), "R", &f, &line));
	assert_int_equal(f.principals + f.policies, 0);
	/* A policy may have the name of a principal. */
	assert_null(complaint(
	    golden_text(H P("a@R", 3) P("b@R", 3) Q("a@R")), "R", &f, &line));
}

static void
names(void **state)
{
	static const struct {
		const char *line, *name;
	} known[] = {
		{ P("a b@R", 5), "a b@R" },
		{ Q("p q"), "p q" },
		{ Q18("p"), "p" },
		{ "policy\t\t1\n", "" },
		{ "policy\n", "" },
		{ "policy\tp\n", "" },
		{ "princ\t38\t1\n", "" },
		{ "princ\t38\t3\t0\t0\t0\ta@R\n", "" },
		{ "princ\t38\t3\t0\t0\t0\t\t0\n", "" },
		{ "princ\n", "" },
	};
	enum dump_line kind;
	struct span name;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		kind = known[i].line[1] == 'r' ? DUMP_PRINC : DUMP_POLICY;
		name = dump_name(kind, golden_text(known[i].line));
		assert_true(span_equal(name, golden_text(known[i].name)));
	}
}

/* A bad line is shown and not passed. */
static void
steps(void **state)
{
	struct dump_cursor c;
	struct span line;

	(void)state;
	assert_int_equal(dump_open(golden_text("x"), &c), -1);
	assert_int_equal(
	    dump_open(golden_text(H P("a@R", 3) Q("a") "x\n"), &c), 0);
	assert_int_equal(dump_next(&c, &line), DUMP_PRINC);
	assert_true(span_equal(line, golden_text(P("a@R", 3))));
	assert_int_equal(dump_next(&c, &line), DUMP_POLICY);
	assert_int_equal(dump_next(&c, &line), DUMP_BAD);
	assert_true(span_equal(line, golden_text("x\n")));
	assert_int_equal(dump_next(&c, &line), DUMP_BAD);
}

static void
realm_as_written(void **state)
{
	static const struct {
		const char *realm, *name;
		bool krbtgt;
	} known[] = {
		{ "R", "krbtgt/R@R", true },
		{ "R", "krbtgt/R@S", false },
		{ "R", "krbtgt/S@R", false },
		{ "R", "krbtgt/R@RR", false },
		{ "R", "krbtgt/RR@R", false },
		{ "R", "krbtgt/R@", false },
		{ "R", "krbtgt\\/R@R", false },
		{ "R", "krbtgt/R/R@R", false },
		{ "C=x/O=y", "krbtgt/C=x\\/O=y@C=x\\/O=y", true },
		{ "C=x/O=y", "krbtgt/C=x/O=y@C=x/O=y", false },
		{ "a@b\\", "krbtgt/a\\@b\\\\@a\\@b\\\\", true },
	};
	struct dump_facts f;
	struct princ p = PRINC_NONE;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		f = (struct dump_facts){ .size = 0 };
		p.name = golden_text(known[i].name);
		dump_note_princ(&f, known[i].realm, &p);
		if (f.krbtgt != known[i].krbtgt)
			fail_msg("%s in %s", known[i].name, known[i].realm);
	}
}

/* The newest 32 of them, ascending, each once, in whatever order they come. */
static void
master_keys(void **state)
{
	struct dump_facts f = { .size = 0 };
	struct princ p = PRINC_NONE;
	struct key key[200];
	unsigned i;

	(void)state;
	for (i = 0; i < 200; i++) {
		key[i] = (struct key){ .ver = 0 };
		key[i].kvno = (uint16_t)(i * 37 % 100 + 1);
	}
	p.name = golden_text("K/M@R");
	p.key = key;
	p.n_key = 3;
	dump_note_princ(&f, "R", &p);
	assert_int_equal(f.n_mkey, 3);
	assert_int_equal(f.mkey_kvno[0], 1);
	assert_int_equal(f.mkey_kvno[1], 38);
	assert_int_equal(f.mkey_kvno[2], 75);
	p.n_key = 200;
	dump_note_princ(&f, "R", &p);
	assert_int_equal(f.n_mkey, DUMP_MKEYS);
	for (i = 0; i < DUMP_MKEYS; i++)
		assert_int_equal(f.mkey_kvno[i], 100 - DUMP_MKEYS + 1 + i);
}

/*
 * dump_diff against the obvious: every name of a small world is looked up in
 * both dumps.
 */
#define WORLD 60

struct world {
	unsigned value[2][WORLD]; /* kind, name; 0: not there */
};
struct change {
	enum dump_change what;
	unsigned kind, name;
};
struct changes {
	struct change c[2 * WORLD];
	unsigned n;
	int stop_after; /* answer 7 then; -1: never */
};

static uint32_t
dice(void)
{
	static uint32_t x = 2463534242u;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return x;
}

/* Byte order of the names is that of their numbers; some are prefixes. */
static void
world_name(unsigned kind, unsigned n, char name[16])
{
	snprintf(name, 16, kind == 0 ? "%02u%s@R" : "%02u%s", n / 2,
	    n % 2 ? "x" : "");
}

static void
world_print(const struct world *w, struct bytes *text)
{
	char line[128], name[16];
	unsigned kind, n;
	int len;

	text->len = 0;
	assert_int_equal(bytes_add(text, H, strlen(H)), 0);
	for (kind = 0; kind < 2; kind++) {
		for (n = 0; n < WORLD; n++) {
			if (w->value[kind][n] == 0)
				continue;
			world_name(kind, n, name);
			len = kind == 0
			    ? snprintf(line, sizeof(line),
				  "princ\t38\t%zu\t0\t0\t0\t%s\t%"
				  "u\t0\t0\t0\t0\t0\t0"
				  "\t0\t-1;\n",
				  strlen(name), name, w->value[kind][n])
			    : snprintf(line, sizeof(line),
				  "policy\t%s\t%"
				  "u\t0\t1\t1\t1\t0\t0\t0\t0\t0\t0\t0\t-"
				  "\t0\n",
				  name, w->value[kind][n]);
			assert_int_equal(bytes_add(text, line, (size_t)len), 0);
		}
	}
}

static int
collect(void *arg, enum dump_change what, enum dump_line kind, struct span name,
    struct span from, struct span to)
{
	struct changes *all = arg;
	char number[3] = { name.p[0], name.p[1], '\0' };
	unsigned n = (unsigned)atoi(number) * 2;

	if (name.len > 2 && name.p[2] == 'x')
		n++;
	assert_int_equal(from.len == 0, what == DUMP_ADDED);
	assert_int_equal(to.len == 0, what == DUMP_REMOVED);
	if (from.len != 0)
		assert_true(span_equal(dump_name(kind, from), name));
	if (to.len != 0)
		assert_true(span_equal(dump_name(kind, to), name));
	assert_true(all->n < 2 * WORLD);
	all->c[all->n++] = (struct change){ what, kind == DUMP_POLICY, n };
	return (int)all->n == all->stop_after ? 7 : 0;
}

static void
compare_obvious(
    const struct world *a, const struct world *b, const struct changes *got)
{
	unsigned kind, n, was, is, at = 0;
	enum dump_change what;

	for (kind = 0; kind < 2; kind++) {
		for (n = 0; n < WORLD; n++) {
			was = a->value[kind][n];
			is = b->value[kind][n];
			if (was == is)
				continue;
			what = was == 0 ? DUMP_ADDED
			    : is == 0	? DUMP_REMOVED
					: DUMP_CHANGED;
			assert_true(at < got->n);
			assert_int_equal(got->c[at].what, what);
			assert_int_equal(got->c[at].kind, kind);
			assert_int_equal(got->c[at].name, n);
			at++;
		}
	}
	assert_int_equal(at, got->n);
}

static void
differences(void **state)
{
	struct bytes from = BYTES_NONE, to = BYTES_NONE;
	struct dump_facts f;
	struct changes got;
	struct world a, b;
	unsigned round, i, kind, n;
	uint64_t line;

	(void)state;
	for (round = 0; round < 2000; round++) {
		for (kind = 0; kind < 2; kind++) {
			for (n = 0; n < WORLD; n++)
				a.value[kind][n] = dice() % (round % 4 + 1);
		}
		b = a;
		for (i = dice() % 40; i > 0; i--)
			b.value[dice() % 2][dice() % WORLD] = dice() % 3;
		world_print(&a, &from);
		world_print(&b, &to);
		assert_null(complaint(golden_span(&to), "R", &f, &line));
		got = (struct changes){ .stop_after = -1 };
		assert_int_equal(dump_diff(golden_span(&from), golden_span(&to),
				     collect, &got),
		    0);
		compare_obvious(&a, &b, &got);
		if (got.n == 0)
			continue;
		/* Stopped at a change, it gives the answer on. */
		n = dice() % got.n + 1;
		got = (struct changes){ .stop_after = (int)n };
		assert_int_equal(dump_diff(golden_span(&from), golden_span(&to),
				     collect, &got),
		    7);
		assert_int_equal(got.n, n);
	}
	bytes_release(&from);
	bytes_release(&to);
}

static void
no_dumps(void **state)
{
	static const char *const bad[] = { "", "x", H "x\n", H "princ\t\n",
		H P("b@R", 3) P("a@R", 3), H P("a@R", 3) P("a@R", 3),
		H Q("a") P("a@R", 3), H P("a@R", 3) "princ\t" };
	struct span good = golden_text(H P("a@R", 3) P("b@R", 3));
	struct changes got = { .stop_after = -1 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(
		    dump_diff(golden_text(bad[i]), good, collect, &got), -1);
		assert_int_equal(
		    dump_diff(good, golden_text(bad[i]), collect, &got), -1);
		got.n = 0;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden),
		cmocka_unit_test(real_one),
		cmocka_unit_test(damage),
		cmocka_unit_test(refusals),
		cmocka_unit_test(names),
		cmocka_unit_test(steps),
		cmocka_unit_test(realm_as_written),
		cmocka_unit_test(master_keys),
		cmocka_unit_test(differences),
		cmocka_unit_test(no_dumps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
