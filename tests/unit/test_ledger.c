/* Goal of this test: what the primary knows of a replica is read as it was
 * written, or as if it had never been tried. */

#include "golden.h"
#include "said.h"

#include "store/ledger.h"
#include "sys/file.h"

static struct {
	char dir[32], path[64];
	struct state s;
	struct verdict verdict;
	struct said said;
	unsigned same, refused;
} f;

static int
prepare(void **state)
{
	struct bytes text = golden_read(GOLDEN "format-1/verdict");
	const char *why;

	(void)state;
	memset(&f, 0, sizeof(f));
	scratch_dir(f.dir);
	memcpy(f.s.dir, f.dir, sizeof(f.dir));
	snprintf(f.path, sizeof(f.path), "%s/replicas/kdc2", f.dir);
	assert_int_equal(
	    verdict_decode(golden_span(&text), &f.verdict, &why), 0);
	bytes_release(&text);
	return 0;
}

static int
clean(void **state)
{
	(void)state;
	scratch_tree(f.dir);
	return 0;
}

static const struct ledger plain = {
	.tried = 1795333203,
	.answer = LEDGER_BUSY,
	.since = 1795333202,
	.told = 1795333201,
	.why = "another apply is at work; next time",
	.sealed = 1795333200,
	.sent = "3 deltas",
	.bytes = 4711,
	.ms = 815,
	.free = 12345678901,
	.krb5 = "1.20.1",
	.kdcsync = "0.1",
};

/* All fields but the verdict. */
static void
assert_same(const struct ledger *a, const struct ledger *b)
{
	assert_int_equal(a->tried, b->tried);
	assert_int_equal(a->answer, b->answer);
	assert_int_equal(a->since, b->since);
	assert_int_equal(a->told, b->told);
	assert_string_equal(a->why, b->why);
	assert_int_equal(a->sealed, b->sealed);
	assert_string_equal(a->sent, b->sent);
	assert_int_equal(a->bytes, b->bytes);
	assert_int_equal(a->ms, b->ms);
	assert_int_equal(a->free, b->free);
	assert_string_equal(a->krb5, b->krb5);
	assert_string_equal(a->kdcsync, b->kdcsync);
	assert_int_equal(a->has_verdict, b->has_verdict);
}

static void
assert_same_verdict(const struct verdict *a, const struct verdict *b)
{
	char one[VERDICT_MAX], two[VERDICT_MAX];
	size_t n = verdict_encode(a, one);

	assert_int_not_equal(n, 0);
	assert_int_equal(verdict_encode(b, two), n);
	assert_memory_equal(one, two, n);
}

static void
roundtrip(const struct ledger *l)
{
	struct ledger got;

	memset(&got, 0xff, sizeof(got));
	said_begin(&f.said);
	assert_int_equal(ledger_write(&f.s, "kdc2", l), 0);
	assert_int_equal(ledger_read(&f.s, "kdc2", &got), 1);
	said_nothing(&f.said);
	assert_same(l, &got);
	if (l->has_verdict)
		assert_same_verdict(&l->verdict, &got.verdict);
}

/* Is it that of a replica that was never tried? */
static bool
is_empty(const struct ledger *l)
{
	static const struct verdict none;

	return l->tried == 0 && l->answer == LEDGER_NEVER && l->since == 0 &&
	    l->told == 0 && strcmp(l->why, "-") == 0 && l->sealed == 0 &&
	    strcmp(l->sent, "-") == 0 && l->bytes == 0 && l->ms == 0 &&
	    l->free == 0 && strcmp(l->krb5, "-") == 0 &&
	    strcmp(l->kdcsync, "-") == 0 && !l->has_verdict &&
	    memcmp(&l->verdict, &none, sizeof(none)) == 0;
}

static void
put(const char *text, size_t n)
{
	char dir[64];

	snprintf(dir, sizeof(dir), "%s/replicas", f.dir);
	(void)mkdir(dir, 0700);
	scratch_write(f.path, text, n);
}

static void
reads_empty(void)
{
	struct ledger l;

	memset(&l, 0xff, sizeof(l));
	assert_int_equal(
	    ledger_read(&f.s, "kdc2", &l), access(f.path, F_OK) == 0 ? -1 : 0);
	assert_true(is_empty(&l));
}

static void
test_missing(void **state)
{
	char dir[64];

	(void)state;
	said_begin(&f.said);
	reads_empty();
	snprintf(dir, sizeof(dir), "%s/replicas", f.dir);
	assert_int_equal(mkdir(dir, 0700), 0);
	reads_empty();
	said_nothing(&f.said);
	/* Nothing was made by looking. */
	assert_int_equal(scratch_names(dir, 0), 0);
}

static void
test_roundtrip(void **state)
{
	struct ledger l = {
		.why = "-", .sent = "-", .krb5 = "-", .kdcsync = "-"
	};
	struct stat st;

	(void)state;
	roundtrip(&l);
	roundtrip(&plain);
	l = plain;
	l.has_verdict = true;
	l.verdict = f.verdict;
	roundtrip(&l);
	for (l.answer = LEDGER_NEVER; l.answer <= LEDGER_AHEAD; l.answer++)
		roundtrip(&l);
	assert_int_equal(stat(f.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	/* The longer one leaves nothing behind the shorter one. */
	roundtrip(&plain);
}

static void
test_words(void **state)
{
	static const char *const word[] = { "never", "sealed", "refused",
		"busy", "failed", "unreached", "unknown", "ahead" };
	enum ledger_answer a;

	(void)state;
	for (a = LEDGER_NEVER; a <= LEDGER_AHEAD; a++)
		assert_string_equal(ledger_word(a), word[a]);
	assert_int_equal(a, sizeof(word) / sizeof(word[0]));
}

/* Each field stands on a line of its own; golden, as it were. */
static void
test_text(void **state)
{
	static const char text[] = "kdcsync-ledger: 1\n"
				   "tried: 2026-11-22T07:40:03Z\n"
				   "answer: busy\n"
				   "since: 2026-11-22T07:40:02Z\n"
				   "told: 2026-11-22T07:40:01Z\n"
				   "why: another apply is at work; next time\n"
				   "sealed: 2026-11-22T07:40:00Z\n"
				   "sent: 3 deltas\n"
				   "bytes: 4711\n"
				   "ms: 815\n"
				   "free: 12345678901\n"
				   "krb5: 1.20.1\n"
				   "kdcsync: 0.1\n"
				   "\n";
	struct bytes verdict = golden_read(GOLDEN "format-1/verdict");
	struct bytes got = BYTES_NONE;
	struct ledger l = plain;
	size_t n = sizeof(text) - 1;

	(void)state;
	assert_int_equal(ledger_write(&f.s, "kdc2", &l), 0);
	assert_int_equal(file_read(f.path, 8192, &got), 0);
	assert_string_equal(got.p, text);
	got.len = 0;
	l.has_verdict = true;
	l.verdict = f.verdict;
	assert_int_equal(ledger_write(&f.s, "kdc2", &l), 0);
	assert_int_equal(file_read(f.path, 8192, &got), 0);
	assert_int_equal(got.len, n + verdict.len);
	assert_memory_equal(got.p, text, n);
	assert_memory_equal(got.p + n, verdict.p, verdict.len);
	bytes_release(&got);
	bytes_release(&verdict);
}

static void
fill(char *text, size_t size)
{
	memset(text, '~', size - 1);
	text[size - 1] = '\0';
}

static void
test_longest(void **state)
{
	struct ledger l;

	(void)state;
	memset(&l, 0, sizeof(l));
	l.tried = l.since = l.told = l.sealed = INT64_C(253402300799);
	l.answer = LEDGER_UNREACHED;
	fill(l.why, sizeof(l.why));
	fill(l.sent, sizeof(l.sent));
	fill(l.krb5, sizeof(l.krb5));
	fill(l.kdcsync, sizeof(l.kdcsync));
	l.bytes = l.ms = l.free = UINT64_MAX;
	roundtrip(&l);
	l.has_verdict = true;
	l.verdict = f.verdict;
	fill(l.verdict.realm, sizeof(l.verdict.realm));
	fill(l.verdict.why, sizeof(l.verdict.why));
	fill(l.verdict.proof_result, sizeof(l.verdict.proof_result));
	l.verdict.outcome = VERDICT_NEED_FULL;
	l.verdict.epoch = l.verdict.generation = UINT64_MAX;
	l.verdict.receive_ms = l.verdict.apply_ms = UINT64_MAX;
	l.verdict.stash_kvno = UINT32_MAX;
	for (unsigned i = 0; i < DUMP_MKEYS; i++)
		l.verdict.mkey_kvno[i] = UINT32_MAX - DUMP_MKEYS + i;
	l.verdict.n_mkey = DUMP_MKEYS;
	roundtrip(&l);
}

/* What has no spelling is not written, and what was there stays. */
static void
unwritable(const struct ledger *l)
{
	struct ledger got;

	said_begin(&f.said);
	assert_int_equal(ledger_write(&f.s, "kdc2", l), -1);
	said_one(&f.said, f.path, "cannot be written as text");
	ledger_read(&f.s, "kdc2", &got);
	assert_same(&plain, &got);
}

static void
test_unwritable(void **state)
{
	static const char *const bad[] = { "", "two\nlines", "bell\a",
		"\xc3\xa4", "tab\t", "\x7f" };
	struct ledger l;

	(void)state;
	roundtrip(&plain);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		l = plain;
		snprintf(l.why, sizeof(l.why), "%s", bad[i]);
		unwritable(&l);
		l = plain;
		snprintf(l.sent, sizeof(l.sent), "%s", bad[i]);
		unwritable(&l);
		l = plain;
		snprintf(l.krb5, sizeof(l.krb5), "%s", bad[i]);
		unwritable(&l);
		l = plain;
		snprintf(l.kdcsync, sizeof(l.kdcsync), "%s", bad[i]);
		unwritable(&l);
		l = plain;
		l.has_verdict = true;
		l.verdict = f.verdict;
		snprintf(l.verdict.why, sizeof(l.verdict.why), "%s", bad[i]);
		unwritable(&l);
	}
	l = plain;
	l.tried = -1;
	unwritable(&l);
}

/*
 * Damage.
 */
static void
damaged(struct span text)
{
	struct bytes again = BYTES_NONE;
	struct ledger l;

	put(text.p, text.len);
	memset(&l, 0xff, sizeof(l));
	ledger_read(&f.s, "kdc2", &l);
	if (is_empty(&l)) {
		f.refused++;
		return;
	}
	f.same++;
	assert_int_equal(ledger_write(&f.s, "kdc2", &l), 0);
	assert_int_equal(file_read(f.path, 8192, &again), 0);
	if (!span_equal(golden_span(&again), text))
		fail_msg(
		    "read, but is another text:\n%.*s", (int)text.len, text.p);
	bytes_release(&again);
}

static void
damage(const struct ledger *l, size_t whole)
{
	struct bytes b = BYTES_NONE;

	assert_int_equal(ledger_write(&f.s, "kdc2", l), 0);
	assert_int_equal(file_read(f.path, 8192, &b), 0);
	f.same = f.refused = 0;
	said_begin(&f.said);
	golden_damage(golden_span(&b), damaged);
	said_nothing(&f.said);
	print_message("%zu bytes: %u times refused, %u another value\n", b.len,
	    f.refused, f.same);
	assert_true(f.refused > b.len && f.same > 10);
	/* Every text that is cut is refused, but where the verdict begins. */
	f.same = 0;
	for (size_t n = 0; n < b.len; n++)
		damaged((struct span){ b.p, n });
	assert_int_equal(f.same, whole);
	/* One that goes on is refused, too. */
	assert_int_equal(bytes_add(&b, "\n", 1), 0);
	damaged(golden_span(&b));
	assert_int_equal(f.same, whole);
	bytes_release(&b);
}

static void
test_damage(void **state)
{
	struct ledger l = plain;

	(void)state;
	damage(&l, 0);
	l.has_verdict = true;
	l.verdict = f.verdict;
	damage(&l, 1);
}

static void
refuses(const char *text)
{
	put(text, strlen(text));
	said_begin(&f.said);
	reads_empty();
	said_nothing(&f.said);
}

/* With this in place of that. */
static void
refuses_with(const struct bytes *b, const char *that, const char *this)
{
	refuses(golden_replace(golden_span(b), that, this).p);
}

static void
test_hostile(void **state)
{
	struct bytes b = BYTES_NONE;
	struct ledger l = plain;
	char *much;

	(void)state;
	l.has_verdict = true;
	l.verdict = f.verdict;
	assert_int_equal(ledger_write(&f.s, "kdc2", &l), 0);
	assert_int_equal(file_read(f.path, 8192, &b), 0);
	refuses("");
	refuses("\n");
	refuses("kdcsync-ledger: 1\n");
	refuses_with(&b, "ledger: 1", "ledger: 2");
	refuses_with(&b, "answer: busy", "answer: Busy");
	refuses_with(&b, "answer: busy", "answer: busy ");
	refuses_with(&b, "answer: busy", "answer: none");
	refuses_with(
	    &b, "answer: busy", "answer: a word that is longer than any other");
	refuses_with(&b, "told: 2026", "told: 2026-");
	refuses_with(&b, "bytes: 4711", "bytes: 18446744073709551616");
	refuses_with(&b, "ms: 815", "ms: -1");
	refuses_with(&b, "free: ", "free: 0");
	refuses_with(&b, "krb5: 1.20.1", "krb5: ");
	refuses_with(&b, "\n\n", "\n");
	refuses_with(&b, "\n\n", "\n\n\n");
	refuses_with(&b, "\n\n", "\nmore: 1\n\n");
	refuses_with(&b, "\n\n", "\r\n\r\n");
	refuses_with(&b, "outcome: sealed", "outcome: obey me");
	refuses_with(&b, "why: -\n", "why: \x1b[2J\n");
	refuses_with(&b, "generation: 1.42", "generation: 1.042");
	much = calloc(1, 9001);
	assert_non_null(much);
	memset(much, 'x', 9000);
	refuses_with(&b, "krb5: 1.20.1",
	    "krb5: 1.20.1xxxxxxxxxxxxxxxxxxxxxxxx"
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
	put(much, 9000);
	said_begin(&f.said);
	reads_empty();
	said_one(&f.said, f.path, "longer than");
	free(much);
	bytes_release(&b);
}

/* Not followed, and not written through. */
static void
test_link(void **state)
{
	char other[64];
	struct stat st;

	(void)state;
	assert_int_equal(ledger_write(&f.s, "kdc2", &plain), 0);
	snprintf(other, sizeof(other), "%s/other", f.dir);
	assert_int_equal(rename(f.path, other), 0);
	assert_int_equal(symlink(other, f.path), 0);
	said_begin(&f.said);
	reads_empty();
	said_one(&f.said, f.path, "symbolic link");
	assert_int_equal(truncate(other, 0), 0);
	assert_int_equal(ledger_write(&f.s, "kdc2", &plain), 0);
	assert_int_equal(lstat(f.path, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(stat(other, &st), 0);
	assert_int_equal(st.st_size, 0);
}

/* What a killed run left half written goes; other replicas' files stay. */
static void
test_leftovers(void **state)
{
	static const char *const name[] = { ".kdc2.abcdef", ".kdc3.abcdef",
		"kdc2.example", ".kdc2.example.abcdef" };
	struct ledger l = plain, got;
	char path[96], dir[64];

	(void)state;
	assert_int_equal(ledger_write(&f.s, "kdc3", &plain), 0);
	snprintf(dir, sizeof(dir), "%s/replicas", f.dir);
	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, name[i]);
		scratch_write(path, "x", 1);
	}
	l.answer = LEDGER_FAILED;
	assert_int_equal(ledger_write(&f.s, "kdc2", &l), 0);
	assert_int_equal(scratch_names(dir, 0), 5);
	snprintf(path, sizeof(path), "%s/%s", dir, name[0]);
	assert_int_equal(access(path, F_OK), -1);
	ledger_read(&f.s, "kdc3", &got);
	assert_same(&plain, &got);
}

static void
test_no_room(void **state)
{
	char dir[64];

	(void)state;
	snprintf(dir, sizeof(dir), "%s/replicas", f.dir);
	scratch_write(dir, "", 0);
	said_begin(&f.said);
	assert_int_equal(ledger_write(&f.s, "kdc2", &plain), -1);
	said_one(&f.said, dir, NULL);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, prepare, clean)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_missing),
		T(test_roundtrip),
		T(test_words),
		T(test_text),
		T(test_longest),
		T(test_unwritable),
		T(test_damage),
		T(test_hostile),
		T(test_link),
		T(test_leftovers),
		T(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
