/* Goal of this test: a seal, with a grant and without, is read as it was
 * written, and of a damaged one
 * every truncation and every flipped bit is refused, or gives the same texts, or
 * a text that differs in just that bit, which then no signature covers. */

#include "sys/file.h"
#include "sys/proc.h"
#include "golden.h"
#include "said.h"

#include "store/open.h"
#include "store/seal.h"
#include "store/sign.h"

static struct {
	char dir[32], path[64], key[64];
	struct config cf;
	struct seal seal; /* as written */
	struct bytes tar; /* its file */
	int saved;	  /* stderr, while it is hushed */
	unsigned same, refused, other;
} f;

static void
run(const char *const argv[])
{
	struct span in = { NULL, 0 };

	assert_int_equal(proc_run(argv, NULL, in, NULL, NULL, 0, 60000), 0);
}

/* A signing key, and the file that allows it. */
static void
make_key(void)
{
	const char *argv[] = { "ssh-keygen", "-q", "-t", "ed25519", "-N", "",
		"-C", "test", "-f", f.key, NULL };
	struct bytes line = BYTES_NONE;
	char public[80];

	snprintf(f.key, sizeof(f.key), "%s/key", f.dir);
	run(argv);
	snprintf(public, sizeof(public), "%s.pub", f.key);
	assert_int_equal(bytes_add(&line, "me namespaces=\"kdcsync\" ", 24), 0);
	assert_int_equal(file_read(public, 4096, &line), 0);
	snprintf(f.cf.signing_key, sizeof(f.cf.signing_key), "%s", f.key);
	snprintf(f.cf.allowed_signers, sizeof(f.cf.allowed_signers),
	    "%s/allowed", f.dir);
	scratch_write(f.cf.allowed_signers, line.p, line.len);
	bytes_release(&line);
}

static void
prepare_seal(bool granted)
{
	struct bytes text, sig = BYTES_NONE, grant;
	const char *why;

	scratch_dir(f.dir);
	snprintf(f.path, sizeof(f.path), "%s/seal.tar", f.dir);
	make_key();
	text = golden_read(GOLDEN "format-1/manifest");
	assert_int_equal(sign_make(&f.cf, golden_span(&text), &sig), 0);
	assert_int_equal(
	    seal_from(golden_span(&text), golden_span(&sig), &f.seal, &why), 0);
	grant = golden_read(GOLDEN "format-1/grant");
	/* Any signature will do for its shape. */
	if (granted)
		assert_int_equal(seal_add_grant(&f.seal, golden_span(&grant),
				     golden_span(&sig), &why),
		    0);
	assert_int_equal(seal_write(f.path, &f.seal), 0);
	assert_int_equal(file_read(f.path, 1 << 20, &f.tar), 0);
	bytes_release(&text);
	bytes_release(&sig);
	bytes_release(&grant);
}

static int
prepare(void **state)
{
	(void)state;
	prepare_seal(false);
	return 0;
}

static int
prepare_granted(void **state)
{
	(void)state;
	prepare_seal(true);
	return 0;
}

static int
clean(void **state)
{
	(void)state;
	scratch_names(f.dir, 1);
	seal_release(&f.seal);
	bytes_release(&f.tar);
	memset(&f, 0, sizeof(f));
	return 0;
}

static bool
same(const struct bytes *a, const struct bytes *b)
{
	return a->len == b->len && memcmp(a->p, b->p, a->len) == 0;
}

static enum sign_answer
check(const struct seal *s)
{
	return sign_check(&f.cf, "me", golden_span(&s->text),
	    golden_span(&s->sig), s->m.as_of, s->m.as_of);
}

static void
test_roundtrip(void **state)
{
	struct seal got;

	(void)state;
	assert_int_equal(seal_read(f.path, &got), 1);
	assert_true(seal_same(&got, &f.seal));
	assert_int_equal(got.granted, f.seal.granted);
	assert_string_equal(got.g.key, f.seal.g.key);
	assert_int_equal(got.g.time, f.seal.g.time);
	assert_int_equal(got.m.generation, f.seal.m.generation);
	assert_int_equal(check(&got), SIGN_GOOD);
	seal_release(&got);
	/* Again over itself; nothing is left beside it. */
	assert_int_equal(seal_write(f.path, &f.seal), 0);
	assert_int_equal(scratch_names(f.dir, 0), 4);
	unlink(f.path);
	assert_int_equal(seal_read(f.path, &got), 0);
	seal_release(&got);
}

/* The texts of the file as a bundle's, where checked was found signed before. */
static enum verdict_outcome
open_again(const struct seal *checked)
{
	static const struct seal none = SEAL_NONE;
	struct open_bundle b = { .checked = checked, .standing = true };
	struct seal got = SEAL_NONE;
	int fd = file_open(f.path);
	struct archive_in *a = archive_open(fd, "bundle");
	enum verdict_outcome o;

	assert_non_null(a);
	o = open_texts(&f.cf, f.seal.m.realm, a, &b, &none, &got);
	archive_close(a);
	close(fd);
	seal_release(&got);
	return o;
}

/* A text that is not what was checked is checked itself: nobody in the file of
 * signers may sign this one. */
static void
test_checked_before(void **state)
{
	struct bytes *text[] = { &f.seal.text, &f.seal.sig, &f.seal.grant,
		&f.seal.grant_sig };

	(void)state;
	assert_int_equal(seal_write(f.path, &f.seal), 0);
	f.saved = scratch_hush(-1);
	assert_int_equal(open_again(NULL), VERDICT_REFUSED);
	assert_int_equal(open_again(&f.seal), VERDICT_SEALED);
	for (size_t i = 0; i < 4; i++) {
		if (text[i]->len == 0)
			continue;
		text[i]->p[text[i]->len / 2] ^= 1;
		assert_int_equal(open_again(&f.seal), VERDICT_REFUSED);
		text[i]->p[text[i]->len / 2] ^= 1;
		assert_int_equal(open_again(&f.seal), VERDICT_SEALED);
	}
	scratch_unhush(f.saved);
}

/* stock tools open it */
static void
test_tar(void **state)
{
	char out[64];
	const char *const argv[] = { "tar", "xf", f.path, "-C", out, NULL };
	struct bytes text = BYTES_NONE;

	(void)state;
	assert_int_equal(seal_write(f.path, &f.seal), 0);
	snprintf(out, sizeof(out), "%s/out", f.dir);
	assert_int_equal(mkdir(out, 0700), 0);
	run(argv);
	snprintf(out, sizeof(out), "%s/out/manifest", f.dir);
	assert_int_equal(file_read(out, 4096, &text), 0);
	assert_true(same(&text, &f.seal.text));
	bytes_release(&text);
	unlink(out);
	snprintf(out, sizeof(out), "%s/out/manifest.sig", f.dir);
	unlink(out);
	snprintf(out, sizeof(out), "%s/out/grant", f.dir);
	assert_int_equal(unlink(out), f.seal.granted ? 0 : -1);
	snprintf(out, sizeof(out), "%s/out/grant.sig", f.dir);
	assert_int_equal(unlink(out), f.seal.granted ? 0 : -1);
	snprintf(out, sizeof(out), "%s/out", f.dir);
	assert_int_equal(rmdir(out), 0);
}

/* How many bits differ, of texts of one length. */
static unsigned
distance(const struct bytes *a, const struct bytes *b)
{
	unsigned n = 0;

	for (size_t i = 0; i < a->len; i++)
		n += (unsigned)__builtin_popcount(
		    (unsigned char)(a->p[i] ^ b->p[i]));
	return n;
}

/* Nothing else than the text that was flipped, and no signature of it. */
static bool
is_unsigned(const struct seal *got)
{
	if (got->text.len != f.seal.text.len ||
	    got->sig.len != f.seal.sig.len ||
	    got->grant.len != f.seal.grant.len ||
	    got->grant_sig.len != f.seal.grant_sig.len ||
	    got->granted != f.seal.granted ||
	    distance(&got->text, &f.seal.text) +
		    distance(&got->sig, &f.seal.sig) +
		    distance(&got->grant, &f.seal.grant) +
		    distance(&got->grant_sig, &f.seal.grant_sig) !=
		1)
		return false;
	/* The signature's own bits are ssh-keygen's to judge: some mean
	 * nothing, and the manifest is the signed one. */
	if (same(&got->text, &f.seal.text))
		return true;
	/* Every eighth: two processes for each. */
	return f.other % 8 != 0 || check(got) == SIGN_BAD;
}

static void
refused_or_same(struct span tar)
{
	struct seal got;
	bool good = true;
	int rc;

	scratch_write(f.path, tar.p, tar.len);
	rc = seal_read(f.path, &got);
	if (rc == -1) {
		f.refused++;
		good = got.text.p == NULL && got.sig.p == NULL &&
		    got.grant.p == NULL && got.grant_sig.p == NULL;
	} else if (seal_same(&got, &f.seal)) {
		f.same++;
	} else {
		f.other++;
		good = is_unsigned(&got);
	}
	seal_release(&got);
	if (good)
		return;
	scratch_unhush(f.saved);
	fail_msg(
	    "case %u: read as something else", f.same + f.refused + f.other);
}

static void
test_damage(void **state)
{
	(void)state;
	f.saved = scratch_hush(-1);
	golden_damage(golden_span(&f.tar), refused_or_same);
	scratch_unhush(f.saved);
	print_message("%zu bytes: %u times refused, %u the same, %u unsigned\n",
	    f.tar.len, f.refused, f.same, f.other);
	assert_true(f.refused > f.tar.len && f.same > 0 && f.other > 0);
}

/*
 * Its grant.
 */
/* A tar of these two texts, both there or one missing, is a seal or none. */
static void
test_half_a_grant(void **state)
{
	struct seal s = f.seal, got;
	struct said said;

	(void)state;
	s.granted = true;
	s.grant.len = 0;
	said_begin(&said);
	(void)seal_write(f.path, &s);
	assert_int_equal(seal_read(f.path, &got), -1);
	assert_true(said_end(&said) > 0);
	seal_release(&got);
	s = f.seal;
	s.grant_sig.len = 0;
	said_begin(&said);
	(void)seal_write(f.path, &s);
	assert_int_equal(seal_read(f.path, &got), -1);
	assert_true(said_end(&said) > 0);
	seal_release(&got);
}

static void
test_no_grant(void **state)
{
	struct seal s = f.seal, got;
	struct said said;

	(void)state;
	/* A text that is none. */
	s.grant = f.seal.text;
	said_begin(&said);
	assert_int_equal(seal_write(f.path, &s), 0);
	assert_int_equal(seal_read(f.path, &got), -1);
	said_one(&said, f.path, "damaged");
	seal_release(&got);
}

static void
test_add(void **state)
{
	struct span grant = golden_span(&f.seal.grant);
	struct span sig = golden_span(&f.seal.grant_sig);
	struct seal s;
	const char *why = NULL;

	(void)state;
	assert_int_equal(seal_from(golden_span(&f.seal.text),
			     golden_span(&f.seal.sig), &s, &why),
	    0);
	assert_false(s.granted);
	assert_false(seal_same_grant(&s, &f.seal));
	assert_int_equal(seal_add_grant(&s, grant, sig, &why), 0);
	assert_true(seal_same_grant(&s, &f.seal));
	/* In place of the one it had. */
	assert_int_equal(
	    seal_add_grant(&s, grant, golden_text("other"), &why), 0);
	assert_false(seal_same_grant(&s, &f.seal));
	assert_int_equal(s.grant_sig.len, 5);
	assert_int_equal(
	    seal_add_grant(&s, golden_text("kdcsync-grant: 2\n"), sig, &why),
	    -1);
	assert_non_null(strstr(why, "version 2"));
	assert_false(s.granted);
	assert_int_equal(s.grant.len, 0);
	seal_release(&s);
}

int
main(void)
{
	const struct CMUnitTest plain[] = {
		cmocka_unit_test(test_roundtrip),
		cmocka_unit_test(test_checked_before),
		cmocka_unit_test(test_tar),
		cmocka_unit_test(test_damage),
	};
	const struct CMUnitTest granted[] = {
		cmocka_unit_test(test_roundtrip),
		cmocka_unit_test(test_checked_before),
		cmocka_unit_test(test_tar),
		cmocka_unit_test(test_half_a_grant),
		cmocka_unit_test(test_no_grant),
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_damage),
	};
	int rc = cmocka_run_group_tests(plain, prepare, clean);

	if (rc != 0)
		return rc;
	return cmocka_run_group_tests(granted, prepare_granted, clean);
}
