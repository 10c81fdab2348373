/* Goal of this test: each field of a record that differs is named, no other is,
 * and a new key is told from one that is only encrypted anew. */

#include "golden.h"

#include "format/change.h"
#include "format/dump.h"

#define BIT(field) (1u << (field))

static const uint8_t one[] = { 1, 1, 1, 1 }, two[] = { 2, 2, 2, 2 };
/* XDR of kadmind, krb5 1.20.1: no policy; "p", and one old key. */
static const uint8_t bare[] = { 0x12, 0x34, 0x5c, 0x01, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0 };
static const uint8_t with_p[] = { 0x12, 0x34, 0x5c, 0x01, 0, 0, 0, 2, 'p', 0, 0,
	0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0 };
static const uint8_t with_old[] = { 0x12, 0x34, 0x5c, 0x01, 0, 0, 0, 2, 'p', 0,
	0, 0, 0, 0, 8, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 9, 9, 9, 9 };

/* Room for what a case has. */
struct made {
	struct princ p;
	struct tl tl[4];
	struct key key[3];
};

static void
add_tl(struct made *m, int16_t type, const uint8_t *data, size_t len)
{
	m->tl[m->p.n_tl++] = (struct tl){ type, (uint16_t)len, data };
	m->p.tl = m->tl;
}

static void
add_key(struct made *m, uint16_t kvno, const uint8_t *data)
{
	m->key[m->p.n_key++] =
	    (struct key){ .ver = 1, .kvno = kvno, .part = { { 18, 4, data } } };
	m->p.key = m->key;
}

static void
both(struct made m[2])
{
	memset(m, 0, 2 * sizeof(*m));
}

static void
differ(struct made m[2], uint32_t want, bool rekeyed)
{
	struct change c;

	for (int i = 0; i < 2; i++) {
		change_princ(&m[i].p, &m[1 - i].p, &c);
		if (c.fields != want || c.rekeyed != rekeyed)
			fail_msg("way %d: fields %x, not %x; rekeyed %d", i,
			    c.fields, want, c.rekeyed);
		change_princ(&m[i].p, &m[i].p, &c);
		assert_int_equal(c.fields, 0);
		assert_false(c.rekeyed);
	}
}

static void
words(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CHANGE_FIELDS; i++) {
		assert_non_null(change_word((enum change_field)i));
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(
			    change_word((enum change_field)i),
			    change_word((enum change_field)k));
	}
}

static void
plain_fields(void **state)
{
	struct made m[2];

	(void)state;
	both(m);
	differ(m, 0, false);
	m[1].p.attributes = 128;
	differ(m, BIT(CHANGE_ATTRIBUTES), false);
	m[1].p.max_life = -1;
	differ(m, BIT(CHANGE_ATTRIBUTES) | BIT(CHANGE_MAX_LIFE), false);
	both(m);
	m[1].p.max_renewable_life = 1;
	differ(m, BIT(CHANGE_MAX_RENEWABLE_LIFE), false);
	both(m);
	m[1].p.expiration = 1;
	differ(m, BIT(CHANGE_EXPIRATION), false);
	both(m);
	m[1].p.pw_expiration = UINT32_MAX;
	differ(m, BIT(CHANGE_PW_EXPIRATION), false);
	/* Each host's own. */
	both(m);
	m[1].p.last_success = m[1].p.last_failed = 5;
	m[1].p.fail_auth_count = 1;
	differ(m, 0, false);
}

static void
tagged_data(void **state)
{
	static const struct {
		int16_t type;
		enum change_field want;
	} of[] = {
		{ -5, CHANGE_TL_DATA },
		{ 1, CHANGE_LAST_PW_CHANGE },
		{ 2, CHANGE_LAST_MODIFIED },
		{ 4, CHANGE_TL_DATA },
		{ 8, CHANGE_MKVNO },
		{ 9, CHANGE_MASTER_KEYS },
		{ 10, CHANGE_MASTER_KEYS },
		{ 11, CHANGE_STRINGS },
		{ 0x700, CHANGE_UNLOCKED },
		{ INT16_MAX, CHANGE_TL_DATA },
	};
	struct made m[2];

	(void)state;
	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		both(m);
		add_tl(&m[1], of[i].type, one, 4);
		differ(m, BIT(of[i].want), false);
		add_tl(&m[0], of[i].type, one, 4);
		differ(m, 0, false);
		m[0].tl[0].data = two;
		differ(m, BIT(of[i].want), false);
		m[0].tl[0].data = one;
		m[0].tl[0].len = 3;
		differ(m, BIT(of[i].want), false);
	}
	/* One more of the same type, and between two others. */
	both(m);
	for (int i = 0; i < 2; i++) {
		add_tl(&m[i], 5, one, 4);
		if (i == 1)
			add_tl(&m[i], 5, one, 4);
		add_tl(&m[i], 11, two, 4);
	}
	differ(m, BIT(CHANGE_TL_DATA), false);
	/* What every change moves is not worth a word beside another. */
	both(m);
	add_tl(&m[1], 2, one, 4);
	m[1].p.max_life = 1;
	differ(m, BIT(CHANGE_MAX_LIFE), false);
}

static void
policies_of_principals(void **state)
{
	struct made m[2];

	(void)state;
	/* Made when first needed: nothing changed. */
	both(m);
	add_tl(&m[1], 3, bare, sizeof(bare));
	differ(m, 0, false);
	both(m);
	add_tl(&m[1], 3, with_p, sizeof(with_p));
	differ(m, BIT(CHANGE_POLICY), false);
	add_tl(&m[0], 3, bare, sizeof(bare));
	differ(m, BIT(CHANGE_POLICY), false);
	both(m);
	add_tl(&m[0], 3, with_p, sizeof(with_p));
	add_tl(&m[1], 3, with_old, sizeof(with_old));
	differ(m, BIT(CHANGE_PW_HISTORY), false);
	/* Cut anywhere it is read no further. */
	for (size_t n = 0; n < sizeof(with_old); n++) {
		uint8_t *cut = malloc(n + 1);
		struct change c;

		memcpy(cut, with_old, n);
		both(m);
		add_tl(&m[0], 3, cut, n);
		add_tl(&m[1], 3, with_p, sizeof(with_p));
		change_princ(&m[0].p, &m[1].p, &c);
		free(cut);
	}
}

static void
new_keys(void **state)
{
	struct made m[2];
	struct change c;

	(void)state;
	both(m);
	add_key(&m[0], 1, one);
	add_key(&m[1], 2, two);
	add_tl(&m[0], 1, one, 4);
	add_tl(&m[1], 1, two, 4);
	add_tl(&m[1], 2, two, 4);
	differ(m, 0, true);
	change_princ(&m[0].p, &m[1].p, &c);
	assert_int_equal(c.kvno_from, 1);
	assert_int_equal(c.kvno_to, 2);
	/* Deleted and made anew: the same number, another key. */
	both(m);
	add_key(&m[0], 1, one);
	add_key(&m[1], 1, two);
	differ(m, 0, true);
	/* Without keys, with one. */
	both(m);
	add_key(&m[1], 1, two);
	differ(m, 0, true);
	/* Under another master key. */
	both(m);
	add_key(&m[0], 1, one);
	add_key(&m[1], 1, two);
	add_tl(&m[0], 8, one, 2);
	add_tl(&m[1], 8, two, 2);
	differ(m, BIT(CHANGE_KEYS) | BIT(CHANGE_MKVNO), false);
}

/* purgekeys, and keys in another order. */
static void
fewer_keys(void **state)
{
	struct made m[2];
	struct change c;

	(void)state;
	both(m);
	add_key(&m[0], 2, one);
	add_key(&m[0], 1, two);
	add_key(&m[1], 2, one);
	differ(m, BIT(CHANGE_KEYS), false);
	add_key(&m[1], 1, two);
	differ(m, 0, false);
	m[1].key[0] = m[0].key[1];
	m[1].key[1] = m[0].key[0];
	change_princ(&m[0].p, &m[1].p, &c);
	assert_int_equal(c.fields, BIT(CHANGE_KEYS));
	assert_false(c.rekeyed);
}

static void
policies(void **state)
{
	static const size_t at[] = {
		offsetof(struct policy, min_life),
		offsetof(struct policy, max_life),
		offsetof(struct policy, min_length),
		offsetof(struct policy, min_classes),
		offsetof(struct policy, history),
		offsetof(struct policy, max_fail),
		offsetof(struct policy, failcnt_interval),
		offsetof(struct policy, lockout_duration),
	};
	struct policy a = POLICY_NONE, b = POLICY_NONE;
	struct change c;

	(void)state;
	for (unsigned i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		b = a;
		*(int32_t *)((char *)&b + at[i]) = 7;
		change_policy(&a, &b, &c);
		assert_int_equal(c.fields, BIT(CHANGE_PW_MIN_LIFE + i));
	}
	b = a;
	b.attributes = b.ticket_max_life = b.ticket_max_renewable_life = 1;
	change_policy(&a, &b, &c);
	assert_int_equal(c.fields,
	    BIT(CHANGE_ATTRIBUTES) | BIT(CHANGE_MAX_LIFE) |
		BIT(CHANGE_MAX_RENEWABLE_LIFE));
	b = a;
	b.keysalts = golden_text("");
	change_policy(&a, &b, &c);
	assert_int_equal(c.fields, BIT(CHANGE_KEYSALTS));
	change_policy(&b, &b, &c);
	assert_int_equal(c.fields, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),
		cmocka_unit_test(plain_fields),
		cmocka_unit_test(tagged_data),
		cmocka_unit_test(policies_of_principals),
		cmocka_unit_test(new_keys),
		cmocka_unit_test(fewer_keys),
		cmocka_unit_test(policies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
