#include "golden.h"

#include "format/hello.h"

GOLDEN_ACCEPTED(hello, HELLO_MAX)

/* A decoder and the reader's stop agree: what decodes is never short, what is
 * cut never whole. */
static void
check_damage(struct span text)
{
	if (accepted(text))
		assert_int_equal(hello_missing(text), 0);
}

static void
golden(void **state)
{
	struct bytes text = golden_read(GOLDEN "format-1/hello");
	struct bytes manifest = golden_read(GOLDEN "format-1/manifest");
	struct hello h;
	const char *why;
	size_t i;

	(void)state;
	assert_true(accepted(golden_span(&text)));
	assert_int_equal(hello_decode(golden_span(&text), &h, &why), 0);
	assert_string_equal(h.realm, "EXAMPLE.COM");
	assert_true(h.has_dump);
	assert_int_equal(h.free, 12345678901);
	assert_true(h.sealed);
	assert_true(span_equal(h.seal, golden_span(&manifest)));
	assert_memory_equal(h.seal_sig.p, "-----BEGIN SSH SIGNATURE-----", 29);
	assert_ptr_equal(h.seal_sig.p + h.seal_sig.len, text.p + text.len);
	for (i = 0; i < text.len; i++)
		assert_false(accepted((struct span){ text.p, i }));
	golden_damage(golden_span(&text), check_damage);
	bytes_release(&text);
	bytes_release(&manifest);
}

static void
golden_empty(void **state)
{
	struct bytes text = golden_read(GOLDEN "format-1/hello-empty");
	struct hello h;
	const char *why;

	(void)state;
	assert_true(accepted(golden_span(&text)));
	assert_int_equal(hello_decode(golden_span(&text), &h, &why), 0);
	assert_false(h.has_dump);
	assert_false(h.sealed);
	assert_int_equal(h.free, 0);
	golden_damage(golden_span(&text), check_damage);
	bytes_release(&text);
}

static void
golden_granted(void **state)
{
	struct bytes text = golden_read(GOLDEN "format-1/hello-granted");
	struct bytes grant = golden_read(GOLDEN "format-1/grant");
	struct hello h;
	const char *why;
	size_t i;

	(void)state;
	assert_true(accepted(golden_span(&text)));
	assert_int_equal(hello_decode(golden_span(&text), &h, &why), 0);
	assert_true(h.sealed);
	assert_memory_equal(h.seal.p, "kdcsync-manifest: 1\n", 20);
	assert_memory_equal(h.seal_sig.p, "-----BEGIN SSH SIGNATURE-----", 29);
	assert_true(span_equal(h.grant, golden_span(&grant)));
	assert_memory_equal(h.grant_sig.p, "-----BEGIN SSH SIGNATURE-----", 29);
	assert_ptr_equal(h.grant_sig.p + h.grant_sig.len, text.p + text.len);
	for (i = 0; i < text.len; i++)
		assert_false(accepted((struct span){ text.p, i }));
	golden_damage(golden_span(&text), check_damage);
	bytes_release(&text);
	bytes_release(&grant);
}

/* Reads as a reader would, in steps of what is missing but at most max.
 * Returns the number of reads. */
static unsigned
read_all(struct span text, size_t max)
{
	struct span sofar = { text.p, 0 };
	unsigned reads = 0;
	ssize_t missing;

	for (;;) {
		missing = hello_missing(sofar);
		if (sofar.len < text.len)
			assert_true(missing > 0);
		if (missing == 0)
			break;
		assert_true((size_t)missing <= text.len - sofar.len);
		sofar.len += (size_t)missing < max ? (size_t)missing : max;
		reads++;
	}
	assert_int_equal(sofar.len, text.len);
	return reads;
}

static void
knows_its_end(void **state)
{
	static const char *const name[] = { GOLDEN "format-1/hello",
		GOLDEN "format-1/hello-empty",
		GOLDEN "format-1/hello-granted" };
	struct bytes text;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		text = golden_read(name[i]);
		assert_int_equal(read_all(golden_span(&text), 1), text.len);
		read_all(golden_span(&text), 3);
		assert_true(read_all(golden_span(&text), SIZE_MAX) < 50);
		assert_int_equal(bytes_add(&text, "\n\n", 2), 0);
		assert_int_equal(hello_missing(golden_span(&text)), -1);
		bytes_release(&text);
	}
}

/* A newer hello is read whole, so that it can be called newer. */
static void
newer_format(void **state)
{
	struct bytes text = golden_read(GOLDEN "format-1/hello");
	struct span newer = golden_replace(
	    golden_span(&text), "hello: 1", "hello: 2\nmood: sunny");
	struct hello h;
	const char *why;

	(void)state;
	read_all(newer, SIZE_MAX);
	assert_int_equal(hello_decode(newer, &h, &why), -1);
	assert_non_null(strstr(why, "version 2"));
	bytes_release(&text);
}

static void
garbage_ends_early(void **state)
{
	static const char *const bad[] = {
		"x",
		"GET / HTTP/1.1\r\n",
		"kdcsync-helli",
		"kdcsync-hello: 1\n\n",
		"kdcsync-hello: 1\r",
		"kdcsync-hello: \x80",
		"kdcsync-hello: 1\nseal: x\n",
		"kdcsync-hello: 1\nseal: \n",
		"kdcsync-hello: 1\nseal: 0 0\n",
		"kdcsync-hello: 1\nseal: 4097 1\n",
		"kdcsync-hello: 1\nseal: 1 8193\n",
		"kdcsync-hello: 1\nseal: 99999999999999999999 1\n",
		"kdcsync-hello: 1\nseal: -\nx",
		"kdcsync-hello: 1\nseal: 1\n",
		"kdcsync-hello: 1\nseal: 1 \n",
		"kdcsync-hello: 1\nseal: 1 1 \n",
		"kdcsync-hello: 1\nseal: 1 1 1\n",
		"kdcsync-hello: 1\nseal: 1 1 1 \n",
		"kdcsync-hello: 1\nseal: 1 1 1 1 \n",
		"kdcsync-hello: 1\nseal: 1 1 1 1 1\n",
		"kdcsync-hello: 1\nseal: 1 1 0 1\n",
		"kdcsync-hello: 1\nseal: 1 1 1 0\n",
		"kdcsync-hello: 1\nseal: 1 1 0 0\n",
		"kdcsync-hello: 1\nseal: 1 1 - -\n",
		"kdcsync-hello: 1\nseal: 1 1 1025 1\n",
		"kdcsync-hello: 1\nseal: 1 1 1 8193\n",
		"kdcsync-hello: 1\nseal: 01 1 1 1\n",
		"kdcsync-hello: 1\nseal: 1 1  1 1\n",
	};
	char endless[HELLO_MAX + 1];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (hello_missing(golden_text(bad[i])) != -1)
			fail_msg("no garbage: '%s'", bad[i]);
	}
	memset(endless, 'x', sizeof(endless));
	memcpy(endless, "kdcsync-hello: ", 15);
	assert_int_equal(
	    hello_missing((struct span){ endless, sizeof(endless) }), -1);
	assert_int_equal(
	    hello_missing((struct span){ endless, HELLO_LINES_MAX }), -1);
	assert_true(hello_missing((struct span){ endless, 100 }) > 0);
	for (i = 15; i < sizeof(endless); i++)
		endless[i] = i % 2 ? 'x' : '\n';
	assert_int_equal(
	    hello_missing((struct span){ endless, sizeof(endless) }), -1);
}

/* Even the largest that any text can make a reader wait for fits. */
static void
the_largest_fits(void **state)
{
	static char text[HELLO_MAX], seal[MANIFEST_MAX], sig[BUNDLE_SIG_MAX];
	static char grant[GRANT_MAX];
	struct hello h = { .sealed = true,
		.has_dump = true,
		.free = UINT64_MAX,
		.digest = { { 1 } },
		.seal = { seal, sizeof(seal) },
		.seal_sig = { sig, sizeof(sig) },
		.grant = { grant, sizeof(grant) },
		.grant_sig = { sig, sizeof(sig) } };
	size_t n;

	(void)state;
	memset(h.realm, 'R', sizeof(h.realm) - 1);
	memset(h.krb5, 'k', sizeof(h.krb5) - 1);
	memset(h.kdcsync, 'v', sizeof(h.kdcsync) - 1);
	n = hello_encode(&h, text);
	assert_true(n != 0);
	assert_true(accepted((struct span){ text, n }));
	read_all((struct span){ text, n }, SIZE_MAX);
}

static void
no_spelling(void **state)
{
	static char text[HELLO_MAX], seal[MANIFEST_MAX + 1];
	struct hello h = { .realm = "R", .krb5 = "1.20.1", .kdcsync = "0.1" };

	(void)state;
	assert_true(hello_encode(&h, text) != 0);
	h.has_dump = true;
	assert_int_equal(hello_encode(&h, text), 0);
	h.has_dump = false;
	h.sealed = true;
	assert_int_equal(hello_encode(&h, text), 0);
	h.seal_sig = (struct span){ seal, 1 };
	h.seal = (struct span){ seal, sizeof(seal) };
	assert_int_equal(hello_encode(&h, text), 0);
	h.seal.len--;
	assert_true(hello_encode(&h, text) != 0);
	h.grant = (struct span){ seal, 1 };
	assert_int_equal(hello_encode(&h, text), 0);
	h.grant_sig = (struct span){ seal, 1 };
	assert_true(hello_encode(&h, text) != 0);
	h.grant = (struct span){ NULL, 0 };
	assert_int_equal(hello_encode(&h, text), 0);
	h.grant = (struct span){ seal, GRANT_MAX + 1 };
	assert_int_equal(hello_encode(&h, text), 0);
	h.grant.len--;
	assert_true(hello_encode(&h, text) != 0);
	/* A grant without a seal. */
	h.sealed = false;
	assert_int_equal(hello_encode(&h, text), 0);
	h.sealed = true;
	h.krb5[0] = '\0';
	assert_int_equal(hello_encode(&h, text), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden),
		cmocka_unit_test(golden_empty),
		cmocka_unit_test(golden_granted),
		cmocka_unit_test(knows_its_end),
		cmocka_unit_test(newer_format),
		cmocka_unit_test(garbage_ends_early),
		cmocka_unit_test(the_largest_fits),
		cmocka_unit_test(no_spelling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
