/* Goal of this test: what is encrypted is encrypted for all who were named, age's
 * own refusal is one line of ours, and the plain text is in none. */

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
		cmocka_unit_test(not_installed),
	};

	say_program("test");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
