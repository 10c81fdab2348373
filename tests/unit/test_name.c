#include "scratch.h"

#include "store/kdb/name.h"

static krb5_context ctx;
static struct bytes pool;

/* The text is libkrb5's, and comes from libkrb5 only where it must. */
static void
same(const krb5_principal_data *princ, bool escaped)
{
	char *theirs = NULL, *name;
	struct span text;

	assert_int_equal(krb5_unparse_name(ctx, princ, &theirs), 0);
	assert_int_equal(name_unparse(ctx, princ, &pool, &name, &text), 0);
	if (text.len != strlen(theirs) || memcmp(text.p, theirs, text.len) != 0)
		fail_msg("%.*s, not %s", (int)text.len, text.p, theirs);
	assert_int_equal(name != NULL, escaped);
	krb5_free_unparsed_name(ctx, name);
	krb5_free_unparsed_name(ctx, theirs);
}

static bool
special(int c)
{
	return c == '/' || c == '@' || c == '\\' || c == '\t' || c == '\n' ||
	    c == '\b' || c == '\0';
}

/* Every byte, first, in the middle and last, of a component and of a realm. */
static void
every_byte(void **state)
{
	char a[4], b[] = "host", r[4];
	krb5_data part[2] = { { 0, 3, a }, { 0, 4, b } };
	krb5_principal_data p = {
		.realm = { 0, 3, r }, .data = part, .length = 2
	};

	(void)state;
	for (int c = 0; c < 256; c++) {
		for (int at = 0; at < 3; at++) {
			memcpy(a, "abc", 4);
			memcpy(r, "RLM", 4);
			a[at] = (char)c;
			same(&p, special(c));
			memcpy(a, "abc", 4);
			r[at] = (char)c;
			same(&p, special(c));
		}
	}
}

static void
every_shape(void **state)
{
	char text[3000];
	krb5_data part[5];
	krb5_principal_data p = { .realm = { 0, 5, text }, .data = part };

	(void)state;
	memset(text, 'x', sizeof(text));
	for (int n = 1; n <= 5; n++) {
		for (unsigned len = 0; len < 5; len++) {
			for (int i = 0; i < 5; i++)
				part[i] = (krb5_data){ 0,
					i == n - 1 ? len : len * 700, text };
			p.length = n;
			p.realm.length = len;
			same(&p, false);
		}
	}
}

static int
setup(void **state)
{
	(void)state;
	return krb5_init_context(&ctx) == 0 ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	bytes_release(&pool);
	krb5_free_context(ctx);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte),
		cmocka_unit_test(every_shape),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
