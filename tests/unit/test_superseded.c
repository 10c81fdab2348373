/* Goal of this test: who comes after whom, and what a primary keeps of one that
 * is ahead of it: one line for people, and of several seals the latest. */

#include "golden.h"
#include "said.h"
#include "scratch.h"

#include "store/superseded.h"

static struct {
	char dir[32];
	struct state s;
	struct seal ours, theirs, kept;
	struct said said;
} t;

static struct seal
make(uint64_t epoch, uint64_t n, int64_t granted)
{
	struct seal s = SEAL_NONE;

	s.m.epoch = s.g.epoch = epoch;
	s.m.generation = n;
	s.g.time = granted;
	s.granted = granted != 0;
	strcpy(s.g.realm, "EXAMPLE.COM");
	strcpy(s.g.key, "SHA256:x");
	memset(s.g.base.b, 7, sizeof(s.g.base.b));
	return s;
}

static bool
ahead(struct seal theirs, struct seal ours)
{
	return superseded_by(&theirs, &ours);
}

static void
test_order(void **state)
{
	(void)state;
	assert_true(ahead(make(1, 43, 0), make(1, 42, 0)));
	assert_false(ahead(make(1, 42, 0), make(1, 42, 0)));
	assert_false(ahead(make(1, 41, 0), make(1, 42, 0)));
	/* A new epoch, whatever the number. */
	assert_true(ahead(make(2, 1, 1000), make(1, 42, 0)));
	assert_false(ahead(make(1, 99, 2000), make(2, 1, 1000)));
	/* A later grant, whatever the number; none or an older one never. */
	assert_true(ahead(make(1, 1, 1000), make(1, 42, 0)));
	assert_true(ahead(make(1, 1, 2000), make(1, 42, 1000)));
	assert_false(ahead(make(1, 99, 0), make(1, 42, 1000)));
	assert_false(ahead(make(1, 99, 999), make(1, 42, 1000)));
	/* Where there is no generation yet. */
	assert_true(ahead(make(1, 1, 0), (struct seal)SEAL_NONE));
}

static bool
parted(struct seal theirs, struct seal ours, int byte)
{
	theirs.m.dump.digest.b[0] = (unsigned char)byte;
	return superseded_parted(&theirs, &ours);
}

static void
test_parted(void **state)
{
	(void)state;
	assert_true(parted(make(1, 42, 0), make(1, 42, 0), 1));
	assert_false(parted(make(1, 42, 0), make(1, 42, 0), 0));
	assert_true(parted(make(2, 42, 1000), make(2, 42, 1000), 1));
	/* Another number tells by itself which is the later. */
	assert_false(parted(make(1, 43, 0), make(1, 42, 0), 1));
	assert_false(parted(make(1, 41, 0), make(1, 42, 0), 1));
	/* An older grant says nothing; a later one is ahead anyway. */
	assert_false(parted(make(1, 42, 0), make(1, 42, 1000), 1));
	assert_false(parted(make(1, 42, 1000), make(1, 42, 2000), 1));
}

/* With texts, so that it can be kept. */
static void
with_texts(struct seal *s)
{
	struct bytes text = golden_read(GOLDEN "format-1/manifest");
	char encoded[MANIFEST_MAX], grant[GRANT_MAX];
	struct manifest m;
	const char *why;
	size_t len;

	assert_int_equal(manifest_decode(golden_span(&text), &m, &why), 0);
	bytes_release(&text);
	m.epoch = s->m.epoch;
	m.generation = s->m.generation;
	s->m = m;
	len = manifest_encode(&m, encoded);
	assert_int_not_equal(len, 0);
	bytes_add(&s->text, encoded, len);
	bytes_add(&s->sig, "sig\n", 4);
	if (!s->granted)
		return;
	len = grant_encode(&s->g, grant);
	assert_int_not_equal(len, 0);
	bytes_add(&s->grant, grant, len);
	bytes_add(&s->grant_sig, "sig\n", 4);
}

static int
prepare(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	scratch_dir(t.dir);
	snprintf(t.s.dir, sizeof(t.s.dir), "%s", t.dir);
	t.ours = make(1, 42, 0);
	return 0;
}

static int
clean(void **state)
{
	(void)state;
	seal_release(&t.theirs);
	seal_release(&t.kept);
	scratch_tree(t.dir);
	return 0;
}

static void
meet(
    uint64_t epoch, uint64_t n, int64_t granted, const char *advice, bool stays)
{
	char line[SUPERSEDED_LINE];

	seal_release(&t.theirs);
	t.theirs = make(epoch, n, granted);
	with_texts(&t.theirs);
	said_begin(&t.said);
	superseded_meet(&t.s, "kdc2", &t.theirs, &t.ours.m);
	said_one(&t.said, "kdc2 has this signed generation", advice);
	assert_int_equal(superseded_line(&t.s, line), 1);
	if (!stays)
		assert_non_null(strstr(line, advice));
	assert_non_null(strstr(line, "ahead of ours, 1.42: "));
	if (stays)
		assert_null(strstr(line, advice));
}

static void
kept(uint64_t epoch, uint64_t n)
{
	seal_release(&t.kept);
	assert_int_equal(superseded_seal(&t.s, &t.kept), 1);
	assert_int_equal(t.kept.m.epoch, epoch);
	assert_int_equal(t.kept.m.generation, n);
}

static void
test_meet(void **state)
{
	char line[SUPERSEDED_LINE];

	(void)state;
	assert_int_equal(superseded_line(&t.s, line), 0);
	assert_int_equal(superseded_seal(&t.s, &t.kept), 0);
	meet(1, 43, 0, "copy that replica's seal.tar to ", false);
	kept(1, 43);
	meet(2, 1, 1000, "kdc-restore --demote", false);
	kept(2, 1);
	assert_true(t.kept.granted);
	/* A replica that the new primary has not reached yet. */
	meet(1, 44, 0, "copy that replica's seal.tar to ", true);
	kept(2, 1);
	meet(2, 5, 1000, "kdc-restore --demote", false);
	kept(2, 5);
	assert_int_equal(superseded_remove(&t.s), 0);
	assert_int_equal(superseded_line(&t.s, line), 0);
	assert_int_equal(scratch_names(t.dir, 0), 0);
	assert_int_equal(superseded_remove(&t.s), 0);
}

/* The same number, other content: the line does not say ahead. */
static void
test_meet_parted(void **state)
{
	char line[SUPERSEDED_LINE];

	(void)state;
	t.theirs = make(1, 42, 0);
	with_texts(&t.theirs);
	said_begin(&t.said);
	superseded_meet(&t.s, "kdc2", &t.theirs, &t.ours.m);
	said_one(&t.said, "with other content than ours (are there two ",
	    "copy that replica's seal.tar to ");
	assert_int_equal(superseded_line(&t.s, line), 1);
	assert_null(strstr(line, "ahead of ours"));
	kept(1, 42);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_parted),
		cmocka_unit_test_setup_teardown(test_meet, prepare, clean),
		cmocka_unit_test_setup_teardown(
		    test_meet_parted, prepare, clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
