#include "change.h"

#include <string.h>

#define BIT(field) (UINT32_C(1) << (field))

/* KRB5_TL_... of kdb.h */
enum {
	TL_LAST_PWD_CHANGE = 1,
	TL_MOD_PRINC = 2,
	TL_KADM_DATA = 3,
	TL_MKVNO = 8,
	TL_ACTKVNO = 9,
	TL_MKEY_AUX = 10,
	TL_STRING_ATTRS = 11,
	TL_LAST_ADMIN_UNLOCK = 0x700
};

static const char *const word[CHANGE_FIELDS] = {
	[CHANGE_ATTRIBUTES] = "attributes",
	[CHANGE_MAX_LIFE] = "max_life",
	[CHANGE_MAX_RENEWABLE_LIFE] = "max_renewable_life",
	[CHANGE_EXPIRATION] = "expiration",
	[CHANGE_PW_EXPIRATION] = "pw_expiration",
	[CHANGE_POLICY] = "policy",
	[CHANGE_PW_HISTORY] = "pw_history",
	[CHANGE_STRINGS] = "strings",
	[CHANGE_KEYS] = "keys",
	[CHANGE_MKVNO] = "mkvno",
	[CHANGE_MASTER_KEYS] = "master_keys",
	[CHANGE_UNLOCKED] = "unlocked",
	[CHANGE_TL_DATA] = "tl_data",
	[CHANGE_LAST_PW_CHANGE] = "last_pw_change",
	[CHANGE_LAST_MODIFIED] = "last_modified",
	[CHANGE_PW_MIN_LIFE] = "pw_min_life",
	[CHANGE_PW_MAX_LIFE] = "pw_max_life",
	[CHANGE_PW_MIN_LENGTH] = "pw_min_length",
	[CHANGE_PW_MIN_CLASSES] = "pw_min_classes",
	[CHANGE_PW_HISTORY_NUM] = "pw_history_num",
	[CHANGE_PW_MAX_FAIL] = "pw_max_fail",
	[CHANGE_PW_FAILCNT_INTERVAL] = "pw_failcnt_interval",
	[CHANGE_PW_LOCKOUT_DURATION] = "pw_lockout_duration",
	[CHANGE_KEYSALTS] = "keysalts",
};

const char *
change_word(enum change_field field)
{
	return word[field];
}

static void
note(struct change *c, enum change_field field, bool differs)
{
	if (differs)
		c->fields |= BIT(field);
}

static bool
same_octets(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
	return a_len == b_len && (a_len == 0 || memcmp(a, b, a_len) == 0);
}

/* Tagged data: both lists are in order of type. */

static enum change_field
field_of(int16_t type)
{
	switch (type) {
	case TL_LAST_PWD_CHANGE:
		return CHANGE_LAST_PW_CHANGE;
	case TL_MOD_PRINC:
		return CHANGE_LAST_MODIFIED;
	case TL_MKVNO:
		return CHANGE_MKVNO;
	case TL_ACTKVNO:
	case TL_MKEY_AUX:
		return CHANGE_MASTER_KEYS;
	case TL_STRING_ATTRS:
		return CHANGE_STRINGS;
	case TL_LAST_ADMIN_UNLOCK:
		return CHANGE_UNLOCKED;
	default:
		return CHANGE_TL_DATA;
	}
}

/* Those of one type, from the start of the list; *n of them. */
static const struct tl *
take_type(const struct tl **tl, size_t *left, int16_t type, size_t *n)
{
	const struct tl *first = *tl;

	for (*n = 0; *left > 0 && (*tl)->type == type; ++*n) {
		++*tl;
		--*left;
	}
	return first;
}

/* The policy in what kadmind keeps of a principal, XDR (adb_xdr.c,
 * xdr_osa_princ_ent_rec): a version, then the length of the name with its NUL, 0
 * for none, the name, padded to four, three numbers that follow from the rest,
 * and the keys of the past.  Empty spans when it is not there. */
struct kadm_data {
	struct span policy, history;
};
#define XDR_NUMBER ((size_t)4)

static struct kadm_data
kadm_data(const struct tl *tl, size_t n)
{
	struct kadm_data k = { { NULL, 0 }, { NULL, 0 } };
	size_t len, at = 2 * XDR_NUMBER;
	const uint8_t *p;

	if (n == 0 || tl[0].len < at)
		return k;
	p = tl[0].data;
	len =
	    (size_t)p[4] << 24 | (size_t)p[5] << 16 | (size_t)p[6] << 8 | p[7];
	if (len > tl[0].len - at)
		return k;
	k.policy = (struct span){ (const char *)p + at, len };
	at += (len + 3) / XDR_NUMBER * XDR_NUMBER + 3 * XDR_NUMBER;
	if (at <= tl[0].len)
		k.history =
		    (struct span){ (const char *)p + at, tl[0].len - at };
	return k;
}

/* No list, and one of none. */
static bool
zeros(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] != 0)
			return false;
	return true;
}

static void
compare_kadm(const struct tl *a, size_t n_a, const struct tl *b, size_t n_b,
    struct change *c)
{
	struct kadm_data x = kadm_data(a, n_a), y = kadm_data(b, n_b);

	note(c, CHANGE_POLICY, !span_equal(x.policy, y.policy));
	note(c, CHANGE_PW_HISTORY,
	    !span_equal(x.history, y.history) &&
		!(zeros(x.history) && zeros(y.history)));
}

static bool
same_list(const struct tl *a, size_t n_a, const struct tl *b, size_t n_b)
{
	if (n_a != n_b)
		return false;
	for (size_t i = 0; i < n_a; i++)
		if (!same_octets(a[i].data, a[i].len, b[i].data, b[i].len))
			return false;
	return true;
}

static void
compare_tl(const struct tl *a, size_t left_a, const struct tl *b, size_t left_b,
    struct change *c)
{
	const struct tl *from, *to;
	size_t n_from, n_to;
	int16_t type;

	while (left_a > 0 || left_b > 0) {
		if (left_b == 0 || (left_a > 0 && a->type < b->type))
			type = a->type;
		else
			type = b->type;
		from = take_type(&a, &left_a, type, &n_from);
		to = take_type(&b, &left_b, type, &n_to);
		if (same_list(from, n_from, to, n_to))
			continue;
		if (type == TL_KADM_DATA)
			compare_kadm(from, n_from, to, n_to, c);
		else
			note(c, field_of(type), true);
	}
}

/* Keys. */

static uint16_t
newest_kvno(const struct princ *p)
{
	uint16_t kvno = 0;

	for (size_t i = 0; i < p->n_key; i++)
		if (p->key[i].kvno > kvno)
			kvno = p->key[i].kvno;
	return kvno;
}

/* Has p this very key? */
static bool
has_key(const struct princ *p, const struct key *k)
{
	for (size_t i = 0; i < p->n_key; i++) {
		const struct key *have = &p->key[i];

		if (have->kvno == k->kvno && have->ver > 0 && k->ver > 0 &&
		    have->part[0].type == k->part[0].type &&
		    same_octets(have->part[0].data, have->part[0].len,
			k->part[0].data, k->part[0].len))
			return true;
	}
	return false;
}

/* Is one of the newest keys of to a new one? */
static bool
new_key(const struct princ *from, const struct princ *to, uint16_t kvno)
{
	for (size_t i = 0; i < to->n_key; i++)
		if (to->key[i].kvno == kvno && !has_key(from, &to->key[i]))
			return true;
	return false;
}

static void
compare_keys(const struct princ *from, const struct princ *to, struct change *c)
{
	bool under_another = (c->fields & BIT(CHANGE_MKVNO)) != 0;

	c->kvno_from = newest_kvno(from);
	c->kvno_to = newest_kvno(to);
	if (princ_same_keys(from, to))
		return;
	/* Encrypted anew every key looks like a new one. */
	c->rekeyed = c->kvno_from != c->kvno_to ||
	    (!under_another && new_key(from, to, c->kvno_to));
	note(c, CHANGE_KEYS, !c->rekeyed);
}

void
change_princ(const struct princ *from, const struct princ *to, struct change *c)
{
	*c = (struct change){ .fields = 0 };
	note(c, CHANGE_ATTRIBUTES, from->attributes != to->attributes);
	note(c, CHANGE_MAX_LIFE, from->max_life != to->max_life);
	note(c, CHANGE_MAX_RENEWABLE_LIFE,
	    from->max_renewable_life != to->max_renewable_life);
	note(c, CHANGE_EXPIRATION, from->expiration != to->expiration);
	note(c, CHANGE_PW_EXPIRATION, from->pw_expiration != to->pw_expiration);
	compare_tl(from->tl, from->n_tl, to->tl, to->n_tl, c);
	compare_keys(from, to, c);
	if (c->rekeyed)
		c->fields &= ~BIT(CHANGE_LAST_PW_CHANGE);
	if (c->rekeyed || c->fields != BIT(CHANGE_LAST_MODIFIED))
		c->fields &= ~BIT(CHANGE_LAST_MODIFIED);
}

void
change_policy(
    const struct policy *from, const struct policy *to, struct change *c)
{
	*c = (struct change){ .fields = 0 };
	note(c, CHANGE_PW_MIN_LIFE, from->min_life != to->min_life);
	note(c, CHANGE_PW_MAX_LIFE, from->max_life != to->max_life);
	note(c, CHANGE_PW_MIN_LENGTH, from->min_length != to->min_length);
	note(c, CHANGE_PW_MIN_CLASSES, from->min_classes != to->min_classes);
	note(c, CHANGE_PW_HISTORY_NUM, from->history != to->history);
	note(c, CHANGE_PW_MAX_FAIL, from->max_fail != to->max_fail);
	note(c, CHANGE_PW_FAILCNT_INTERVAL,
	    from->failcnt_interval != to->failcnt_interval);
	note(c, CHANGE_PW_LOCKOUT_DURATION,
	    from->lockout_duration != to->lockout_duration);
	note(c, CHANGE_ATTRIBUTES, from->attributes != to->attributes);
	note(c, CHANGE_MAX_LIFE, from->ticket_max_life != to->ticket_max_life);
	note(c, CHANGE_MAX_RENEWABLE_LIFE,
	    from->ticket_max_renewable_life != to->ticket_max_renewable_life);
	note(c, CHANGE_KEYSALTS,
	    (from->keysalts.p == NULL) != (to->keysalts.p == NULL) ||
		!span_equal(from->keysalts, to->keysalts));
	compare_tl(from->tl, from->n_tl, to->tl, to->n_tl, c);
}
