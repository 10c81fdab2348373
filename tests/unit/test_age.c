/* Goal of this test: what is encrypted is encrypted for all who were named, age's
 * own refusal is one line of ours, and the plain text is in none; each of them,
 * and nobody else, decrypts it. */

#include "golden.h"
#include "said.h"

#include "sys/age.h"

#define SECRET "the plain text of a stash"

static void
counts(void **state)
{
	static const struct {
		const char *text;
		unsigned n;
	} of[] = {
		{ "", 0 },
		{ "age-encryption.org/v1\n", 0 },
		{ "age-encryption.org/v1\n--- mac\n", 0 },
		{ "age-encryption.org/v1\n-> X25519 a\nb\n--- mac\nx", 1 },
		{ "age-encryption.org/v1\n-> X25519 a\nb\n", 0 },
		{ "age-encryption.org/v1\n-> X25519 a\nb\n--- mac", 0 },
		{ "age-encryption.org/v2\n-> X25519 a\nb\n--- mac\n", 0 },
		{ "age-encryption.org/v1\n-> X25519 a\nb\n-> ssh-rsa c\nd\n"
		  "-> x-grease\ne\n--- mac\n-> not a header\n",
		    2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++)
		if (age_recipients(golden_text(of[i].text)) != of[i].n)
			fail_msg("case %zu", i);
}

static void
no_recipients(void **state)
{
	struct said s;

	(void)state;
	said_begin(&s);
	assert_int_equal(age_check("AGE-SECRET-KEY-1QQQ"), -1);
	said_one(&s, "secret key", NULL);
	assert_null(strstr(s.text, "1QQQ"));
	said_begin(&s);
	assert_int_equal(age_check("-"), -1);
	said_one(&s, "--recipient -: no such file", NULL);
	said_begin(&s);
	assert_int_equal(age_check("/dev/stdin"), -1);
	(void)said_end(&s);
	said_begin(&s);
	assert_int_equal(age_check("age1x"), 0);
	assert_int_equal(age_check("ssh-ed25519 x"), 0);
	assert_int_equal(age_check("tests/golden/format-1/grant"), 0);
	said_nothing(&s);
}

static void
refused(void **state)
{
	static const char *const to[] = { "age1x",
		"tests/golden/format-1/grant" };
	struct bytes out = BYTES_NONE;
	struct said s;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		said_begin(&s);
		assert_int_equal(
		    age_encrypt(golden_text(SECRET), &to[i], 1, &out), -1);
		said_one(&s, "age: ", "nothing was encrypted");
		assert_null(strstr(s.text, SECRET));
	}
	bytes_release(&out);
}

static void
encrypted(void **state)
{
	/* Whose secret nobody has. */
	static const char *const to[] = { "age1lggyhqrw2nlhcxprm67z43rta597azn8"
					  "gknawjehu9d9dl0jq3yqqvfafg",
		"ssh-ed25519 "
		"AAAAC3NzaC1lZDI1NTE5AAAAIGQ/ARQ6Wqs9vwUkf4ZMkHUC3TzI"
		"SIv6KUGVuu3/ivp7 x" };
	struct bytes out = BYTES_NONE;
	struct said s;

	(void)state;
	assert_int_equal(bytes_add(&out, "before", 6), 0);
	said_begin(&s);
	assert_int_equal(age_encrypt(golden_text(SECRET), to, 2, &out), 0);
	said_nothing(&s);
	assert_memory_equal(out.p, "before", 6);
	assert_int_equal(
	    age_recipients((struct span){ out.p + 6, out.len - 6 }), 2);
	assert_null(memmem(out.p, out.len, SECRET, strlen(SECRET)));
	bytes_release(&out);
}

/* Keys that are for this test, and open nothing else. */
#define MINE                                                                   \
	"AGE-SECRET-KEY-1FRDGP2325TPUK3HKNHNC3DNYFQU0NGTL90NTN500PDLE7WEKSK4"  \
	"Q6PHVQ7\n"
#define ANOTHER                                                                \
	"AGE-SECRET-KEY-13YEXH5ZHK4DM0LR5Z26KM06MM6H9RA425TK793U8Z2FX3ZH2EJ0"  \
	"S7K6D3D\n"

/* What age_decrypt makes of text with that key; out gets it behind "before". */
static int
open_with(struct span text, const char *key, struct bytes *out)
{
	char dir[32], path[64];
	int rc;

	scratch_dir(dir);
	(void)snprintf(path, sizeof(path), "%s/key", dir);
	scratch_write(path, key, strlen(key));
	out->len = 0;
	assert_int_equal(bytes_add(out, "before", 6), 0);
	rc = age_decrypt(text, path, out);
	(void)scratch_names(dir, 1);
	return rc;
}

static void
decrypted(void **state)
{
	static const char *const to[] = {
		"age1f8zvmlxnlj49zttz7t63sw96f9l2awmd48x6dm7v4qzvx00whvhsp3rut0"
	};
	struct bytes text = BYTES_NONE, out = BYTES_NONE;
	struct span all;
	struct said s;

	(void)state;
	assert_int_equal(age_encrypt(golden_text(SECRET), to, 1, &text), 0);
	all = (struct span){ text.p, text.len };
	said_begin(&s);
	assert_int_equal(open_with(all, MINE, &out), 0);
	said_nothing(&s);
	assert_int_equal(out.len, 6 + strlen(SECRET));
	assert_memory_equal(out.p, "before" SECRET, out.len);
	said_begin(&s);
	assert_int_equal(open_with(all, ANOTHER, &out), -1);
	said_one(&s, "age: ", "nothing was decrypted; --identity names");
	said_begin(&s);
	assert_int_equal(open_with(all, "no key\n", &out), -1);
	said_one(&s, "age: ", "nothing was decrypted");
	assert_null(strstr(s.text, "no key"));
	/* Damaged, cut, nothing at all: never a part of it. */
	text.p[text.len - 1] ^= 1;
	said_begin(&s);
	assert_int_equal(open_with(all, MINE, &out), -1);
	said_one(&s, "age: ", "nothing was decrypted");
	assert_null(strstr(s.text, SECRET));
	for (size_t n = 0; n < all.len; n += 40) {
		said_begin(&s);
		assert_int_equal(
		    open_with((struct span){ all.p, n }, MINE, &out), -1);
		said_one(&s, "age: ", "nothing was decrypted");
	}
	bytes_release(&text);
	bytes_release(&out);
}

static void
no_identity(void **state)
{
	struct bytes out = BYTES_NONE;
	struct said s;

	(void)state;
	said_begin(&s);
	assert_int_equal(age_decrypt(golden_text("x"), "-", &out), -1);
	said_one(&s, "--identity -: no such file", NULL);
	said_begin(&s);
	assert_int_equal(age_decrypt(golden_text("x"), "/no/such", &out), -1);
	said_one(&s, "--identity /no/such: no such file", NULL);
	said_begin(&s);
	assert_int_equal(age_decrypt(golden_text("x"), "/dev/stdin", &out), -1);
	(void)said_end(&s);
	assert_int_equal(out.len, 0);
}

static void
not_installed(void **state)
{
	static const char *const to[] = { "age1x" };
	char *path = strdup(getenv("PATH"));
	struct bytes out = BYTES_NONE;
	struct said s;

	(void)state;
	setenv("PATH", "/nowhere", 1);
	said_begin(&s);
	assert_int_equal(age_encrypt(golden_text(SECRET), to, 1, &out), -1);
	said_one(&s, "age: ", "is the package age installed?");
	setenv("PATH", path, 1);
	free(path);
	bytes_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts),
		cmocka_unit_test(no_recipients),
		cmocka_unit_test(refused),
		cmocka_unit_test(encrypted),
		cmocka_unit_test(decrypted),
		cmocka_unit_test(no_identity),
		cmocka_unit_test(not_installed),
	};

	say_program("test");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
