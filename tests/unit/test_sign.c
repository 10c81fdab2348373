/* Goal of this test: with the real ssh-keygen, SIGN_GOOD is only ever answered
 * for the signature that the signer made of this text, and the other answers
 * tell the text, the key and the time apart. */

#include "golden.h"
#include "said.h"

#include "store/sign.h"
#include "sys/file.h"
#include "sys/proc.h"

#include <time.h>

#define ME "primary@EXAMPLE.COM"
#define DAY 86400

static struct {
	char dir[32], key[64], other[64];
	char allowed[64], *public[2];
	struct config cf, cf_other;
	struct bytes text, sig;
	struct said said;
	int64_t now;
	unsigned good, bad, not_allowed;
} f;

static void
run(const char *const argv[], struct span in, struct bytes *out)
{
	assert_int_equal(
	    proc_run(argv, NULL, in, out, NULL, 1 << 20, 60000), 0);
}

/* A key pair; its public half without the newline. */
static char *
make_key(const char *path)
{
	const char *argv[] = { "ssh-keygen", "-q", "-t", "ed25519", "-N", "",
		"-C", "test", "-f", path, NULL };
	struct bytes b = BYTES_NONE;
	char name[80], *line;

	run(argv, golden_text(""), NULL);
	snprintf(name, sizeof(name), "%s.pub", path);
	assert_int_equal(file_read(name, 4096, &b), 0);
	line = strndup(b.p, b.len - 1);
	assert_non_null(line);
	bytes_release(&b);
	return line;
}

/* One line of allowed_signers, and the file with nothing else. */
static void
allow(const char *who, const char *options, const char *public)
{
	char line[1024];
	int n;

	n = snprintf(line, sizeof(line), "%s %s %s\n", who, options, public);
	scratch_write(f.allowed, line, (size_t)n);
}

static int
prepare(void **state)
{
	(void)state;
	scratch_dir(f.dir);
	f.now = (int64_t)time(NULL);
	snprintf(f.key, sizeof(f.key), "%s/key", f.dir);
	snprintf(f.other, sizeof(f.other), "%s/other", f.dir);
	snprintf(f.allowed, sizeof(f.allowed), "%s/allowed", f.dir);
	f.public[0] = make_key(f.key);
	f.public[1] = make_key(f.other);
	memcpy(f.cf.allowed_signers, f.allowed, sizeof(f.allowed));
	memcpy(f.cf.signing_key, f.key, sizeof(f.key));
	f.cf_other = f.cf;
	memcpy(f.cf_other.signing_key, f.other, sizeof(f.other));
	f.text = golden_read(GOLDEN "format-1/manifest");
	assert_int_equal(sign_make(&f.cf, golden_span(&f.text), &f.sig), 0);
	return 0;
}

static int
clean(void **state)
{
	(void)state;
	scratch_names(f.dir, 1);
	bytes_release(&f.text);
	bytes_release(&f.sig);
	free(f.public[0]);
	free(f.public[1]);
	return 0;
}

static int
allowed(void **state)
{
	(void)state;
	allow(ME, "namespaces=\"kdcsync\"", f.public[0]);
	return 0;
}

/* Whose answer is it now, and as of an hour ago? */
static enum sign_answer
check(struct span text, struct span sig)
{
	return sign_check(&f.cf, ME, text, sig, 0, f.now - 3600);
}

static enum sign_answer
check_own(int64_t at, int64_t as_of)
{
	return sign_check(
	    &f.cf, ME, golden_span(&f.text), golden_span(&f.sig), at, as_of);
}

static void
test_good(void **state)
{
	struct bytes sig = BYTES_NONE;
	char noise[5000];

	(void)state;
	said_begin(&f.said);
	assert_int_equal(check_own(0, f.now), SIGN_GOOD);
	assert_int_equal(check_own(0, 0), SIGN_GOOD);
	assert_int_equal(check_own(f.now, f.now), SIGN_GOOD);
	assert_int_equal(check_own(951782400, 0), SIGN_GOOD);
	/* It is appended, and any text will do. */
	assert_int_equal(bytes_add(&sig, "x", 1), 0);
	scratch_noise(noise, sizeof(noise), 7);
	assert_int_equal(
	    sign_make(&f.cf, (struct span){ noise, sizeof(noise) }, &sig), 0);
	assert_int_equal(sig.p[0], 'x');
	assert_int_equal(check((struct span){ noise, sizeof(noise) },
			     (struct span){ sig.p + 1, sig.len - 1 }),
	    SIGN_GOOD);
	said_nothing(&f.said);
	bytes_release(&sig);
}

static void
test_altered_text(void **state)
{
	struct span text = golden_span(&f.text);

	(void)state;
	assert_int_equal(
	    check(golden_replace(text, "generation: 42", "generation: 43"),
		golden_span(&f.sig)),
	    SIGN_BAD);
	text.len--;
	assert_int_equal(check(text, golden_span(&f.sig)), SIGN_BAD);
	text.len = 0;
	assert_int_equal(check(text, golden_span(&f.sig)), SIGN_BAD);
}

static void
test_no_signature(void **state)
{
	struct span text = golden_span(&f.text);

	(void)state;
	assert_int_equal(check(text, golden_text("")), SIGN_BAD);
	assert_int_equal(check(text, golden_text("good\n")), SIGN_BAD);
	assert_int_equal(check(text, text), SIGN_BAD);
	for (size_t n = 1; n < f.sig.len - 2; n += 37)
		assert_int_equal(
		    check(text, (struct span){ f.sig.p, n }), SIGN_BAD);
}

/* What the same key signed for another purpose. */
static void
test_namespace(void **state)
{
	const char *argv[] = { "ssh-keygen", "-q", "-Y", "sign", "-n", "git",
		"-f", f.key, NULL };
	struct bytes sig = BYTES_NONE;
	char line[512];

	(void)state;
	run(argv, golden_span(&f.text), &sig);
	assert_int_equal(
	    check(golden_span(&f.text), golden_span(&sig)), SIGN_BAD);
	/* Nor when the file allows everything. */
	snprintf(line, sizeof(line), "* %s\n", f.public[0]);
	scratch_write(f.allowed, line, strlen(line));
	assert_int_equal(
	    check(golden_span(&f.text), golden_span(&sig)), SIGN_BAD);
	assert_int_equal(check_own(0, f.now), SIGN_GOOD);
	bytes_release(&sig);
	/* A key that is allowed for another purpose only. */
	allow(ME, "namespaces=\"git,file\"", f.public[0]);
	assert_int_equal(check_own(0, f.now), SIGN_NOT_ALLOWED);
}

static void
test_other_signer(void **state)
{
	(void)state;
	assert_int_equal(sign_check(&f.cf, "primary@OTHER.COM",
			     golden_span(&f.text), golden_span(&f.sig), 0, 0),
	    SIGN_NOT_ALLOWED);
	assert_int_equal(sign_check(&f.cf, "*", golden_span(&f.text),
			     golden_span(&f.sig), 0, 0),
	    SIGN_NOT_ALLOWED);
	assert_int_equal(sign_check(&f.cf, "", golden_span(&f.text),
			     golden_span(&f.sig), 0, 0),
	    SIGN_NOT_ALLOWED);
}

static void
test_other_key(void **state)
{
	struct bytes sig = BYTES_NONE;

	(void)state;
	assert_int_equal(sign_make(&f.cf_other, golden_span(&f.text), &sig), 0);
	assert_int_equal(
	    check(golden_span(&f.text), golden_span(&sig)), SIGN_NOT_ALLOWED);
	allow(ME, "", f.public[1]);
	assert_int_equal(
	    check(golden_span(&f.text), golden_span(&sig)), SIGN_GOOD);
	assert_int_equal(check_own(0, f.now), SIGN_NOT_ALLOWED);
	/* A file of allowed_signers that allows nobody. */
	scratch_write(f.allowed, "", 0);
	assert_int_equal(check_own(0, f.now), SIGN_NOT_ALLOWED);
	scratch_write(f.allowed, "# nobody\n", 9);
	assert_int_equal(check_own(0, f.now), SIGN_NOT_ALLOWED);
	bytes_release(&sig);
}

/*
 * Time.
 */
static void
allow_while(int64_t after, int64_t before)
{
	char options[128], a[32], b[32];
	time_t t = (time_t)after;
	struct tm tm;

	assert_non_null(gmtime_r(&t, &tm));
	strftime(a, sizeof(a), "%Y%m%d%H%M%SZ", &tm);
	t = (time_t)before;
	assert_non_null(gmtime_r(&t, &tm));
	strftime(b, sizeof(b), "%Y%m%d%H%M%SZ", &tm);
	snprintf(options, sizeof(options),
	    "valid-after=\"%s\",valid-before=\"%s\"", a, b);
	allow(ME, options, f.public[0]);
}

static void
test_expired(void **state)
{
	(void)state;
	allow_while(f.now - 9 * DAY, f.now - DAY);
	/* Between as-of and now: it was good when it signed. */
	assert_int_equal(check_own(0, f.now - 2 * DAY), SIGN_EXPIRED);
	/* Before as-of. */
	assert_int_equal(check_own(0, f.now - DAY + 60), SIGN_NOT_ALLOWED);
	assert_int_equal(check_own(0, f.now), SIGN_NOT_ALLOWED);
	assert_int_equal(check_own(0, 0), SIGN_NOT_ALLOWED);
	/* Asked for a moment there are no two answers. */
	assert_int_equal(
	    check_own(f.now - 2 * DAY, f.now - 2 * DAY), SIGN_GOOD);
	assert_int_equal(check_own(f.now - 2 * DAY, f.now), SIGN_GOOD);
	assert_int_equal(check_own(f.now, f.now - 2 * DAY), SIGN_NOT_ALLOWED);
}

/* Seconds are told apart, and UTC is what they are in. */
static void
test_zone(void **state)
{
	(void)state;
	allow_while(f.now - 9 * DAY, f.now - DAY);
	assert_int_equal(setenv("TZ", "EST5", 1), 0);
	assert_int_equal(check_own(f.now - DAY - 2, 0), SIGN_GOOD);
	assert_int_equal(check_own(f.now - DAY + 2, 0), SIGN_NOT_ALLOWED);
	assert_int_equal(check_own(f.now - 9 * DAY - 2, 0), SIGN_NOT_ALLOWED);
	assert_int_equal(check_own(f.now - 9 * DAY + 2, 0), SIGN_GOOD);
	assert_int_equal(unsetenv("TZ"), 0);
}

static void
test_not_yet(void **state)
{
	(void)state;
	allow_while(f.now + DAY, f.now + 9 * DAY);
	assert_int_equal(check_own(0, f.now), SIGN_NOT_ALLOWED);
	assert_int_equal(check_own(0, f.now - DAY), SIGN_NOT_ALLOWED);
	assert_int_equal(check_own(f.now + 2 * DAY, 0), SIGN_GOOD);
	allow_while(f.now - DAY, f.now + DAY);
	assert_int_equal(check_own(0, f.now), SIGN_GOOD);
	/* Good now; what was at as-of does not count. */
	assert_int_equal(check_own(0, f.now - 2 * DAY), SIGN_GOOD);
}

/* An altered text is not called expired. */
static void
test_expired_and_altered(void **state)
{
	(void)state;
	allow_while(f.now - 9 * DAY, f.now - DAY);
	assert_int_equal(sign_check(&f.cf, ME, golden_text("x"),
			     golden_span(&f.sig), 0, f.now - 2 * DAY),
	    SIGN_BAD);
}

/*
 * allowed_signers.
 */
static void
test_allowed_missing(void **state)
{
	(void)state;
	unlink(f.allowed);
	said_begin(&f.said);
	assert_int_equal(check_own(0, f.now), SIGN_FAILED);
	said_one(&f.said, f.allowed, "No such file");
}

static void
test_allowed_guarded(void **state)
{
	static const mode_t bad[] = { 0620, 0602, 0664, 0666 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(chmod(f.allowed, bad[i]), 0);
		said_begin(&f.said);
		assert_int_equal(check_own(0, f.now), SIGN_FAILED);
		said_one(&f.said, f.allowed, "may be written by others");
	}
	assert_int_equal(chmod(f.allowed, 0644), 0);
	assert_int_equal(check_own(0, f.now), SIGN_GOOD);
	assert_int_equal(chmod(f.allowed, 0600), 0);
}

static void
test_allowed_damaged(void **state)
{
	(void)state;
	allow(ME, "namespaces=\"kdcsync\"", "ssh-ed25519 AAAA");
	assert_int_equal(check_own(0, f.now), SIGN_NOT_ALLOWED);
	allow(ME, "namespaces=\"kdcsync", f.public[0]);
	assert_int_equal(check_own(0, f.now), SIGN_NOT_ALLOWED);
}

/*
 * Signing.
 */
static void
test_cannot_sign(void **state)
{
	struct bytes sig = BYTES_NONE;
	struct config c = f.cf;

	(void)state;
	c.signing_key[0] = '\0';
	memcpy(c.path, "/the.conf", 10);
	said_begin(&f.said);
	assert_int_equal(sign_make(&c, golden_span(&f.text), &sig), -1);
	said_one(&f.said, "/the.conf", "signing_key");
	snprintf(c.signing_key, sizeof(c.signing_key), "%s.not", f.key);
	said_begin(&f.said);
	assert_int_equal(sign_make(&c, golden_span(&f.text), &sig), -1);
	said_one(&f.said, c.signing_key, "No such file");
	memcpy(c.signing_key, f.allowed, sizeof(f.allowed));
	said_begin(&f.said);
	assert_int_equal(sign_make(&c, golden_span(&f.text), &sig), -1);
	said_one(&f.said, f.allowed, "cannot sign");
	assert_int_equal(sig.len, 0);
	bytes_release(&sig);
}

static void
test_signer(void **state)
{
	struct config c = f.cf;
	char signer[320];

	(void)state;
	sign_signer(&c, "EXAMPLE.COM", signer);
	assert_string_equal(signer, ME);
	memcpy(c.signer, "ops@example.com", 16);
	sign_signer(&c, "EXAMPLE.COM", signer);
	assert_string_equal(signer, "ops@example.com");
	memset(c.signer, 's', sizeof(c.signer) - 1);
	sign_signer(&c, "EXAMPLE.COM", signer);
	assert_string_equal(signer, c.signer);
}

/*
 * Damage.  PROTOCOL.sshsig: base64 between two marks; white space in it and
 * what stands behind the end mark mean nothing.
 */
#define BEGIN_MARK "-----BEGIN SSH SIGNATURE-----\n"
#define END_MARK "\n-----END SSH SIGNATURE-----"

/* The base64 digits of an armoured signature into digits, of which there are
 * less than 1,024; "" when it is none. */
static void
dearmour(struct span sig, char digits[1024])
{
	const char *end = memmem(sig.p, sig.len, END_MARK, strlen(END_MARK));
	size_t n = 0;

	digits[0] = '\0';
	if (end == NULL || sig.len >= 1024 ||
	    strncmp(sig.p, BEGIN_MARK, strlen(BEGIN_MARK)) != 0)
		return;
	for (const char *p = sig.p + strlen(BEGIN_MARK); p < end; p++)
		if (strchr(" \t\n\v\f\r", *p) == NULL)
			digits[n++] = *p;
	digits[n] = '\0';
}

static void
test_damage(void **state)
{
	char sig[1024], whole[1024], digits[1024];
	size_t n = f.sig.len;
	enum sign_answer got;

	(void)state;
	dearmour(golden_span(&f.sig), whole);
	/* 51 bytes of key, and more, and no padding bits. */
	assert_true(strlen(whole) > 200 && strchr(whole, '=') == NULL);
	memcpy(sig, f.sig.p, n);
	for (size_t i = 0; i < n; i++) {
		sig[i] = (char)(f.sig.p[i] ^ (1 << (i + 4) % 8));
		dearmour((struct span){ sig, n }, digits);
		/* At as-of, so that it is one process and another. */
		got = sign_check(&f.cf, ME, golden_span(&f.text),
		    (struct span){ sig, n }, f.now, f.now);
		if ((got == SIGN_GOOD) != (strcmp(digits, whole) == 0))
			fail_msg("byte %zu, bit %zu: answer %d", i, (i + 4) % 8,
			    got);
		f.good += got == SIGN_GOOD;
		f.bad += got == SIGN_BAD;
		f.not_allowed += got == SIGN_NOT_ALLOWED;
		sig[i] = f.sig.p[i];
	}
	print_message("%zu bytes: %u flips bad, %u of no key that is allowed, "
		      "%u without meaning\n",
	    n, f.bad, f.not_allowed, f.good);
	assert_int_equal(f.good + f.bad + f.not_allowed, n);
	assert_true(f.good > 1 && f.good < 20);
}

#define ALLOWED(fn) cmocka_unit_test_setup(fn, allowed)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ALLOWED(test_good),
		ALLOWED(test_altered_text),
		ALLOWED(test_no_signature),
		ALLOWED(test_namespace),
		ALLOWED(test_other_signer),
		ALLOWED(test_other_key),
		ALLOWED(test_expired),
		ALLOWED(test_zone),
		ALLOWED(test_not_yet),
		ALLOWED(test_expired_and_altered),
		ALLOWED(test_allowed_missing),
		ALLOWED(test_allowed_guarded),
		ALLOWED(test_allowed_damaged),
		ALLOWED(test_cannot_sign),
		ALLOWED(test_signer),
		ALLOWED(test_damage),
	};

	return cmocka_run_group_tests(tests, prepare, clean);
}
