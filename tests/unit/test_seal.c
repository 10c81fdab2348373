/* Goal of this test: a seal is read as it was written, and of a damaged one
 * every truncation and every flipped bit is refused, or gives the same texts, or
 * a text that differs in just that bit, which then no signature covers. */

#include "sys/file.h"
#include "sys/proc.h"
#include "golden.h"
#include "scratch.h"

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

static int
prepare(void **state)
{
	struct bytes text, sig = BYTES_NONE;
	const char *why;

	(void)state;
	scratch_dir(f.dir);
	snprintf(f.path, sizeof(f.path), "%s/seal.tar", f.dir);
	make_key();
	text = golden_read(GOLDEN "format-1/manifest");
	assert_int_equal(sign_make(&f.cf, golden_span(&text), &sig), 0);
	assert_int_equal(
	    seal_from(golden_span(&text), golden_span(&sig), &f.seal, &why), 0);
	assert_int_equal(seal_write(f.path, &f.seal), 0);
	assert_int_equal(file_read(f.path, 1 << 20, &f.tar), 0);
	bytes_release(&text);
	bytes_release(&sig);
	return 0;
}

static int
clean(void **state)
{
	(void)state;
	scratch_names(f.dir, 1);
	seal_release(&f.seal);
	bytes_release(&f.tar);
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
	assert_true(same(&got.text, &f.seal.text));
	assert_true(same(&got.sig, &f.seal.sig));
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
	snprintf(out, sizeof(out), "%s/out", f.dir);
	rmdir(out);
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
	    distance(&got->text, &f.seal.text) +
		    distance(&got->sig, &f.seal.sig) !=
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
		good = got.text.p == NULL && got.sig.p == NULL;
	} else if (same(&got.text, &f.seal.text) &&
	    same(&got.sig, &f.seal.sig)) {
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_roundtrip),
		cmocka_unit_test(test_tar),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, prepare, clean);
}
