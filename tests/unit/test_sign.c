/* Goal of this test: with the real ssh-keygen, SIGN_GOOD is only ever answered
 * for the signature that the signer made of this text, and the other answers
 * tell the text, the key and the time apart.  Under a grant: only for the key
 * that it names, when the operator signed it for this realm and epoch. */

#include "golden.h"
#include "said.h"

#include "store/sign.h"
#include "sys/file.h"
#include "sys/proc.h"

#include <time.h>

#define ME "primary@EXAMPLE.COM"
#define DAY 86400

static struct {
	char dir[32], key[64], other[64], operator[64], ops_public[512];
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
	char *public;

	(void)state;
	scratch_dir(f.dir);
	f.now = (int64_t)time(NULL);
	snprintf(f.key, sizeof(f.key), "%s/key", f.dir);
	snprintf(f.other, sizeof(f.other), "%s/other", f.dir);
	snprintf(f.allowed, sizeof(f.allowed), "%s/allowed", f.dir);
	f.public[0] = make_key(f.key);
	f.public[1] = make_key(f.other);
	snprintf(f.operator, sizeof(f.operator), "%s/operator", f.dir);
	public = make_key(f.operator);
	snprintf(f.ops_public, sizeof(f.ops_public), "%s", public);
	free(public);
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
 * Which key?
 */
static void
test_key(void **state)
{
	struct span text = golden_span(&f.text);
	char key[GRANT_KEY], of_file[GRANT_KEY], path[80];
	struct bytes sig = BYTES_NONE;

	(void)state;
	assert_int_equal(sign_key(text, golden_span(&f.sig), key), SIGN_GOOD);
	snprintf(path, sizeof(path), "%s.pub", f.key);
	assert_int_equal(sign_fingerprint(path, of_file), 0);
	assert_string_equal(key, of_file);
	assert_memory_equal(key, "SHA256:", 7);
	assert_int_equal(strlen(key), 50);
	/* Allowed or not, and another has another. */
	scratch_write(f.allowed, "", 0);
	assert_int_equal(sign_make(&f.cf_other, text, &sig), 0);
	assert_int_equal(sign_key(text, golden_span(&sig), key), SIGN_GOOD);
	assert_string_not_equal(key, of_file);
	bytes_release(&sig);
	assert_int_equal(
	    sign_key(golden_text("x"), golden_span(&f.sig), key), SIGN_BAD);
	assert_string_equal(key, "");
	assert_int_equal(sign_key(text, golden_text(""), key), SIGN_BAD);
}

static void
no_public_key(const char *path)
{
	char key[GRANT_KEY];

	said_begin(&f.said);
	assert_int_equal(sign_fingerprint(path, key), -1);
	said_one(&f.said, path, "not the file of one public key");
}

static void
test_no_public_key(void **state)
{
	struct bytes two = BYTES_NONE;
	char path[80];

	(void)state;
	no_public_key("/nowhere");
	no_public_key("/dev/null");
	/* Which of two? */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
		    bytes_add(&two, f.public[i], strlen(f.public[i])), 0);
		assert_int_equal(bytes_add(&two, "\n", 1), 0);
	}
	snprintf(path, sizeof(path), "%s/two", f.dir);
	scratch_write(path, two.p, two.len);
	no_public_key(path);
	bytes_release(&two);
}

/*
 * Grants.
 */
#define EPOCH SIGN_GRANT_NAMESPACE

static void
sign_for(
    const char *namespace, const char *key, struct span text, struct bytes *sig)
{
	const char *argv[] = { "ssh-keygen", "-q", "-Y", "sign", "-n",
		namespace, "-f", key, NULL };

	run(argv, text, sig);
}

/* For epoch 1 and f.key, an hour old. */
static struct grant
grant_now(void)
{
	struct grant g = { .epoch = 1, .time = f.now - 3600 };
	char path[80];

	snprintf(g.realm, sizeof(g.realm), "EXAMPLE.COM");
	snprintf(path, sizeof(path), "%s.pub", f.key);
	assert_int_equal(sign_fingerprint(path, g.key), 0);
	return g;
}

/* The golden manifest, f.key's, under a grant that signer signs. */
static void
make_seal(const struct grant *g, const char *namespace, const char *signer,
    struct seal *s)
{
	char text[GRANT_MAX];
	struct span span = { text, grant_encode(g, text) };
	struct bytes sig = BYTES_NONE;
	const char *why;

	assert_true(span.len != 0);
	sign_for(namespace, signer, span, &sig);
	assert_int_equal(
	    seal_from(golden_span(&f.text), golden_span(&f.sig), s, &why), 0);
	assert_int_equal(seal_add_grant(s, span, golden_span(&sig), &why), 0);
	bytes_release(&sig);
}

/* Nobody but the operator. */
static int
operator_allowed(void **state)
{
	(void)state;
	allow("operator@EXAMPLE.COM", "namespaces=\"kdcsync-epoch\"",
	    f.ops_public);
	return 0;
}

static enum sign_answer
answer(const struct seal *s, enum sign_when when, char why[SIGN_WHY])
{
	return sign_check_seal(&f.cf, "EXAMPLE.COM", s, when, why);
}

static void
answers(const struct seal *s, enum sign_answer arriving,
    enum sign_answer standing, const char *words)
{
	char why[SIGN_WHY] = "";
	enum sign_answer got = answer(s, SIGN_ARRIVING, why);

	if (got != arriving || strstr(why, words) == NULL)
		fail_msg("arriving: %d, '%s'", got, why);
	got = answer(s, SIGN_STANDING, NULL);
	if (got != standing)
		fail_msg("standing: %d", got);
}

static void
granted(const struct grant *g, const char *namespace, const char *signer,
    enum sign_answer want, const char *words)
{
	struct seal s;

	make_seal(g, namespace, signer, &s);
	answers(&s, want, want, words);
	seal_release(&s);
}

static void
test_granted(void **state)
{
	struct grant g = grant_now();

	(void)state;
	/* The key itself stands nowhere. */
	said_begin(&f.said);
	granted(&g, EPOCH, f.operator, SIGN_GOOD, "");
	said_nothing(&f.said);
	memcpy(f.cf.operator, "ops@example.com", 16);
	granted(&g, EPOCH, f.operator, SIGN_NOT_ALLOWED, "ops@example.com");
	allow("ops@example.com", "", f.ops_public);
	granted(&g, EPOCH, f.operator, SIGN_GOOD, "");
	f.cf.operator[0] = '\0';
}

static void
test_not_granted(void **state)
{
	struct grant g = grant_now();

	(void)state;
	/* Not the operator's, the granted key's own above all. */
	granted(&g, EPOCH, f.key, SIGN_NOT_ALLOWED,
	    "not any more, the one of operator@EXAMPLE.COM");
	granted(&g, EPOCH, f.other, SIGN_NOT_ALLOWED, "operator@EXAMPLE.COM");
	granted(&g, SIGN_NAMESPACE, f.operator, SIGN_BAD, "not signed");
	/* For something else. */
	snprintf(g.realm, sizeof(g.realm), "EXAMPLE.ORG");
	granted(&g, EPOCH, f.operator, SIGN_BAD, "realm EXAMPLE.ORG");
	g = grant_now();
	g.epoch = 2;
	granted(&g, EPOCH, f.operator, SIGN_BAD,
	    "epoch 2, the manifest for epoch 1");
	g = grant_now();
	snprintf(g.key, sizeof(g.key), "SHA256:other");
	granted(&g, EPOCH, f.operator, SIGN_BAD, "names SHA256:other");
	/* The beginning of a fingerprint is none. */
	g = grant_now();
	g.key[strlen(g.key) - 1] = '\0';
	granted(&g, EPOCH, f.operator, SIGN_BAD, "signed by key SHA256:");
}

/* The primary's line does not do for a grant, nor the operator's for a
 * manifest. */
static void
test_lines_apart(void **state)
{
	struct grant g = grant_now();
	struct seal s;
	const char *why;

	(void)state;
	allow("operator@EXAMPLE.COM", "namespaces=\"kdcsync\"", f.ops_public);
	granted(&g, EPOCH, f.operator, SIGN_NOT_ALLOWED, "operator@");
	allow(ME, "", f.ops_public);
	granted(&g, EPOCH, f.operator, SIGN_NOT_ALLOWED, "operator@");
	allow(ME, "namespaces=\"kdcsync-epoch\"", f.public[0]);
	assert_int_equal(
	    seal_from(golden_span(&f.text), golden_span(&f.sig), &s, &why), 0);
	answers(&s, SIGN_NOT_ALLOWED, SIGN_NOT_ALLOWED, ME);
	seal_release(&s);
}

static void
test_epoch_without(void **state)
{
	struct span text =
	    golden_replace(golden_span(&f.text), "epoch: 1", "epoch: 2");
	struct bytes sig = BYTES_NONE;
	struct seal s;
	const char *why;

	(void)state;
	sign_for(SIGN_NAMESPACE, f.key, text, &sig);
	assert_int_equal(seal_from(text, golden_span(&sig), &s, &why), 0);
	allow(ME, "", f.public[0]);
	answers(&s, SIGN_BAD, SIGN_BAD, "epoch 2 and has no grant");
	seal_release(&s);
	bytes_release(&sig);
}

static void
test_manifest_altered(void **state)
{
	struct grant g = grant_now();
	struct seal s;

	(void)state;
	make_seal(&g, EPOCH, f.operator, & s);
	for (size_t i = 0; i < s.text.len; i += 17) {
		s.text.p[i] ^= 1;
		answers(&s, SIGN_BAD, SIGN_BAD, "not one of its manifest");
		s.text.p[i] ^= 1;
	}
	answers(&s, SIGN_GOOD, SIGN_GOOD, "");
	seal_release(&s);
}

static void
test_operator_expired(void **state)
{
	char options[64], then[32];
	struct grant g = grant_now();
	time_t t = (time_t)f.now - 1800;
	struct seal s;
	struct tm tm;

	(void)state;
	assert_non_null(gmtime_r(&t, &tm));
	strftime(then, sizeof(then), "%Y%m%d%H%M%SZ", &tm);
	snprintf(options, sizeof(options), "valid-before=\"%s\"", then);
	allow("operator@EXAMPLE.COM", options, f.ops_public);
	make_seal(&g, EPOCH, f.operator, & s);
	answers(&s, SIGN_EXPIRED, SIGN_GOOD, "signed the grant, has expired");
	seal_release(&s);
	/* It had before it signed. */
	g.time = f.now - 900;
	granted(&g, EPOCH, f.operator, SIGN_NOT_ALLOWED, "operator@");
	snprintf(options, sizeof(options), "valid-after=\"%s\"", then);
	allow("operator@EXAMPLE.COM", options, f.ops_public);
	granted(&g, EPOCH, f.operator, SIGN_GOOD, "");
	/* Dated before there was that key: good now, and not then. */
	g.time = f.now - 3600;
	make_seal(&g, EPOCH, f.operator, & s);
	answers(&s, SIGN_GOOD, SIGN_NOT_ALLOWED, "");
	seal_release(&s);
}

/* No flipped bit of grant or signature is taken for the operator's word. */
static void
test_grant_damage(void **state)
{
	struct grant g = grant_now();
	unsigned good = 0, cases = 0;
	enum sign_answer got;
	struct seal s;
	char *p;

	(void)state;
	make_seal(&g, EPOCH, f.operator, & s);
	for (size_t i = 0; i < s.grant.len + s.grant_sig.len; i++) {
		p = i < s.grant.len ? s.grant.p + i
				    : s.grant_sig.p + (i - s.grant.len);
		*p = (char)(*p ^ (1 << i % 8));
		got = answer(&s, SIGN_STANDING, NULL);
		*p = (char)(*p ^ (1 << i % 8));
		cases++;
		good += got == SIGN_GOOD;
		/* Of the text never; of the armour white space is nothing. */
		if (got == SIGN_FAILED || (got == SIGN_GOOD && i < s.grant.len))
			fail_msg("byte %zu: answer %d", i, got);
	}
	print_message("%u flips, %u without meaning\n", cases, good);
	assert_true(cases > 400 && good < 20);
	answers(&s, SIGN_GOOD, SIGN_GOOD, "");
	seal_release(&s);
}

static void
test_grant_unchecked(void **state)
{
	struct grant g = grant_now();
	struct seal s;

	(void)state;
	make_seal(&g, EPOCH, f.operator, & s);
	unlink(f.allowed);
	said_begin(&f.said);
	assert_int_equal(answer(&s, SIGN_ARRIVING, NULL), SIGN_FAILED);
	said_one(&f.said, f.allowed, "No such file");
	seal_release(&s);
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

/*
 * Texts that are not manifests.
 */
static void
judges(const struct seal *by, const char *text, const struct bytes *sig,
    int64_t at, enum sign_answer want, const char *words)
{
	char why[SIGN_WHY] = "";
	enum sign_answer got = sign_check_text(&f.cf, "EXAMPLE.COM", by,
	    golden_text(text), golden_span(sig), at, why);

	if (got != want || strstr(why, words) == NULL)
		fail_msg("'%s': %d, '%s'", text, got, why);
}

static void
test_text(void **state)
{
	const struct seal none = SEAL_NONE;
	struct bytes sig = BYTES_NONE, other = BYTES_NONE;

	(void)state;
	sign_for(SIGN_NAMESPACE, f.key, golden_text("index"), &sig);
	sign_for(SIGN_NAMESPACE, f.other, golden_text("index"), &other);
	judges(&none, "index", &sig, f.now, SIGN_GOOD, "");
	judges(&none, "indey", &sig, f.now, SIGN_BAD, "not one of its text");
	judges(&none, "index", &other, f.now, SIGN_NOT_ALLOWED,
	    "primary@EXAMPLE.COM");
	/* At its own time. */
	allow_while(f.now - 7200, f.now - 3600);
	judges(&none, "index", &sig, f.now - 5000, SIGN_GOOD, "");
	judges(&none, "index", &sig, f.now, SIGN_NOT_ALLOWED, "");
	bytes_release(&sig);
	bytes_release(&other);
}

static void
test_text_granted(void **state)
{
	struct bytes sig = BYTES_NONE, other = BYTES_NONE;
	struct grant g = grant_now();
	struct seal by;

	(void)state;
	sign_for(SIGN_NAMESPACE, f.key, golden_text("index"), &sig);
	sign_for(SIGN_NAMESPACE, f.other, golden_text("index"), &other);
	make_seal(&g, EPOCH, f.operator, & by);
	judges(&by, "index", &sig, f.now, SIGN_GOOD, "");
	judges(&by, "indey", &sig, f.now, SIGN_BAD, "not one of its text");
	judges(&by, "index", &other, f.now, SIGN_BAD, "the grant of epoch 1");
	seal_release(&by);
	make_seal(&g, EPOCH, f.other, &by);
	judges(&by, "index", &sig, f.now, SIGN_NOT_ALLOWED,
	    "operator@EXAMPLE.COM");
	seal_release(&by);
	memcpy(g.realm, "OTHER", 6);
	make_seal(&g, EPOCH, f.operator, & by);
	judges(&by, "index", &sig, f.now, SIGN_BAD, "for realm OTHER");
	seal_release(&by);
	bytes_release(&sig);
	bytes_release(&other);
}

#define ALLOWED(fn) cmocka_unit_test_setup(fn, allowed)
#define GRANTED(fn) cmocka_unit_test_setup(fn, operator_allowed)

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
		ALLOWED(test_key),
		ALLOWED(test_no_public_key),
		GRANTED(test_granted),
		GRANTED(test_not_granted),
		GRANTED(test_lines_apart),
		GRANTED(test_epoch_without),
		GRANTED(test_manifest_altered),
		GRANTED(test_operator_expired),
		GRANTED(test_grant_damage),
		GRANTED(test_grant_unchecked),
		ALLOWED(test_text),
		GRANTED(test_text_granted),
		ALLOWED(test_damage),
	};

	return cmocka_run_group_tests(tests, prepare, clean);
}
