#include "record.h"

#include "field.h"

#include <stdlib.h>
#include <string.h>

/* krb5_db_entry and osa_policy_ent_rec count in a krb5_int16. */
#define LIST_MAX 32767

/* Shortest items of a list: "\t0\t0\t-1" and "\t0\t0". */
#define TL_MIN 7
#define KEY_MIN 4

/* More than either line has outside its name and lists. */
#define FIELDS 20

/* KRB5_TL_DB_ARGS: taken by libkdb5 for arguments to the database. */
#define TL_DB_ARGS 32767

/* Room. */

static int
grow(void **array, size_t *cap, size_t n, size_t size)
{
	void *p;

	if (n <= *cap)
		return 0;
	if (n < *cap * 2)
		n = *cap * 2;
	p = reallocarray(*array, n, size);
	if (p == NULL)
		return -1;
	*array = p;
	*cap = n;
	return 0;
}

static int
tl_reserve(struct tl **tl, size_t *cap, size_t n)
{
	void *array = *tl;
	int rc;

	rc = grow(&array, cap, n, sizeof(**tl));
	*tl = array;
	return rc;
}

int
princ_reserve(struct princ *p, size_t n_tl, size_t n_key)
{
	void *key = p->key;
	int rc;

	if (tl_reserve(&p->tl, &p->cap_tl, n_tl) == -1)
		return -1;
	rc = grow(&key, &p->cap_key, n_key, sizeof(*p->key));
	p->key = key;
	return rc;
}

int
policy_reserve(struct policy *p, size_t n_tl)
{
	return tl_reserve(&p->tl, &p->cap_tl, n_tl);
}

void
princ_release(struct princ *p)
{
	bytes_release(&p->pool);
	free(p->tl);
	free(p->key);
	*p = (struct princ)PRINC_NONE;
}

void
policy_release(struct policy *p)
{
	bytes_release(&p->pool);
	free(p->tl);
	*p = (struct policy)POLICY_NONE;
}

/* Lists. */

/* Stable; there are three to six of them, nearly in order. */
static void
tl_sort(struct tl *tl, size_t n)
{
	struct tl moving;
	size_t i, to;

	for (i = 1; i < n; i++) {
		moving = tl[i];
		for (to = i; to > 0 && tl[to - 1].type > moving.type; to--)
			tl[to] = tl[to - 1];
		tl[to] = moving;
	}
}

static size_t
tl_max(const struct tl *tl, size_t n)
{
	size_t i, max = 0;

	for (i = 0; i < n; i++)
		max += field_octets_max(tl[i].len);
	return max;
}

static char *
tl_put(char *q, const struct tl *tl, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		q = field_put_octets(q, tl[i].type, tl[i].data, tl[i].len);
	return q;
}

static void
tl_take(struct field_in *in, struct tl *tl, size_t n)
{
	size_t i;

	for (i = 0; i < n && !in->failed; i++) {
		tl[i].data = field_take_octets(in, &tl[i].type, &tl[i].len);
		if (i > 0 && tl[i].type < tl[i - 1].type)
			in->failed = true;
	}
}

static size_t
keys_max(const struct key *key, size_t n)
{
	size_t i, max = 0;
	int part;

	for (i = 0; i < n; i++) {
		max += 2 * FIELD_MAX;
		for (part = 0; part < key[i].ver; part++)
			max += field_octets_max(key[i].part[part].len);
	}
	return max;
}

static char *
keys_put(char *q, const struct key *key, size_t n)
{
	size_t i;
	int part;

	for (i = 0; i < n; i++) {
		q = field_put_number(q, key[i].ver);
		q = field_put_number(q, key[i].kvno);
		for (part = 0; part < key[i].ver; part++) {
			q = field_put_octets(q, key[i].part[part].type,
			    key[i].part[part].data, key[i].part[part].len);
		}
	}
	return q;
}

static void
keys_take(struct field_in *in, struct key *key, size_t n)
{
	size_t i;
	int part;

	for (i = 0; i < n && !in->failed; i++) {
		key[i] = (struct key){ .ver = 0 };
		key[i].ver = (int16_t)field_take_number(in, 0, 2);
		key[i].kvno = field_take_u16(in);
		for (part = 0; part < key[i].ver; part++) {
			key[i].part[part].data = field_take_octets(in,
			    &key[i].part[part].type, &key[i].part[part].len);
		}
	}
}

/* Principals. */

static bool
princ_fits(const struct princ *p)
{
	size_t i;

	if (p->name.len == 0 || p->name.len > INT32_MAX || !field_fits(p->name))
		return false;
	if (p->n_tl > LIST_MAX || p->n_key > LIST_MAX)
		return false;
	for (i = 0; i < p->n_key; i++) {
		if (p->key[i].ver < 0 || p->key[i].ver > 2)
			return false;
	}
	return true;
}

int
princ_encode(struct princ *p, struct bytes *out)
{
	size_t max;
	char *q;

	if (!princ_fits(p))
		return -1;
	max = FIELDS * FIELD_MAX + p->name.len + tl_max(p->tl, p->n_tl) +
	    keys_max(p->key, p->n_key);
	if (bytes_reserve(out, max) == -1)
		return -1;
	tl_sort(p->tl, p->n_tl);
	q = stpcpy(out->p + out->len, "princ");
	/* KRB5_KDB_V1_BASE_LENGTH: libkdb5's DB2 aborts at any other. */
	q = field_put_number(q, 38);
	q = field_put_number(q, (int64_t)p->name.len);
	q = field_put_number(q, (int64_t)p->n_tl);
	q = field_put_number(q, (int64_t)p->n_key);
	q = field_put_number(q, 0);
	q = field_put(q, p->name);
	q = field_put_number(q, p->attributes);
	q = field_put_number(q, p->max_life);
	q = field_put_number(q, p->max_renewable_life);
	q = field_put_number(q, p->expiration);
	q = field_put_number(q, p->pw_expiration);
	q = stpcpy(q, "\t0\t0\t0");
	q = tl_put(q, p->tl, p->n_tl);
	q = keys_put(q, p->key, p->n_key);
	q = stpcpy(q, "\t-1;\n");
	out->len = (size_t)(q - out->p);
	return 0;
}

int
princ_decode(struct span line, struct princ *p)
{
	struct field_in in = { line, &p->pool, false };
	size_t name_len, n_tl, n_key;

	p->n_tl = p->n_key = p->pool.len = 0;
	p->last_success = p->last_failed = p->fail_auth_count = 0;
	field_expect(&in, "princ\t38");
	name_len = (size_t)field_take_number(&in, 1, INT32_MAX);
	n_tl = (size_t)field_take_number(&in, 0, LIST_MAX);
	n_key = (size_t)field_take_number(&in, 0, LIST_MAX);
	field_expect(&in, "\t0\t");
	p->name = field_take_bytes(&in, name_len);
	p->attributes = field_take_i32(&in);
	p->max_life = field_take_i32(&in);
	p->max_renewable_life = field_take_i32(&in);
	p->expiration = field_take_u32(&in);
	p->pw_expiration = field_take_u32(&in);
	field_expect(&in, "\t0\t0\t0");
	if (in.failed || !field_fits(p->name) || n_tl > in.rest.len / TL_MIN ||
	    n_key > in.rest.len / KEY_MIN)
		return -1;
	if (princ_reserve(p, n_tl, n_key) == -1 ||
	    bytes_reserve(&p->pool, in.rest.len / 2) == -1)
		return -1;
	tl_take(&in, p->tl, n_tl);
	keys_take(&in, p->key, n_key);
	field_expect(&in, "\t-1;\n");
	if (in.failed || in.rest.len != 0)
		return -1;
	p->n_tl = n_tl;
	p->n_key = n_key;
	return 0;
}

/* Policies. */

int
policy_encode(struct policy *p, struct bytes *out)
{
	const struct span dash = { "-", 1 };
	size_t max;
	char *q;

	if (p->name.len == 0 || !field_fits(p->name) ||
	    !field_fits(p->keysalts) || p->n_tl > LIST_MAX)
		return -1;
	max = FIELDS * FIELD_MAX + p->name.len + p->keysalts.len +
	    tl_max(p->tl, p->n_tl);
	if (bytes_reserve(out, max) == -1)
		return -1;
	tl_sort(p->tl, p->n_tl);
	q = stpcpy(out->p + out->len, "policy");
	q = field_put(q, p->name);
	q = field_put_number(q, p->min_life);
	q = field_put_number(q, p->max_life);
	q = field_put_number(q, p->min_length);
	q = field_put_number(q, p->min_classes);
	q = field_put_number(q, p->history);
	q = field_put_number(q, 0); /* was a count of references */
	q = field_put_number(q, p->max_fail);
	q = field_put_number(q, p->failcnt_interval);
	q = field_put_number(q, p->lockout_duration);
	q = field_put_number(q, p->attributes);
	q = field_put_number(q, p->ticket_max_life);
	q = field_put_number(q, p->ticket_max_renewable_life);
	q = field_put(q, p->keysalts.p == NULL ? dash : p->keysalts);
	q = field_put_number(q, (int64_t)p->n_tl);
	q = tl_put(q, p->tl, p->n_tl);
	*q++ = '\n';
	out->len = (size_t)(q - out->p);
	return 0;
}

/* What krb5 1.11 added.  0 or -1. */
static int
take_r1_11(struct field_in *in, struct policy *p)
{
	size_t n_tl;

	p->attributes = field_take_i32(in);
	p->ticket_max_life = field_take_i32(in);
	p->ticket_max_renewable_life = field_take_i32(in);
	p->keysalts = field_take(in);
	if (span_equal(p->keysalts, (struct span){ "-", 1 }))
		p->keysalts = (struct span){ NULL, 0 };
	n_tl = (size_t)field_take_number(in, 0, LIST_MAX);
	if (in->failed || n_tl > in->rest.len / TL_MIN)
		return -1;
	if (policy_reserve(p, n_tl) == -1 ||
	    bytes_reserve(&p->pool, in->rest.len / 2) == -1)
		return -1;
	tl_take(in, p->tl, n_tl);
	if (in->failed)
		return -1;
	p->n_tl = n_tl;
	return 0;
}

int
policy_decode(struct span line, struct policy *p)
{
	struct field_in in = { line, &p->pool, false };

	p->n_tl = p->pool.len = 0;
	field_expect(&in, "policy");
	p->name = field_take(&in);
	p->min_life = field_take_i32(&in);
	p->max_life = field_take_i32(&in);
	p->min_length = field_take_i32(&in);
	p->min_classes = field_take_i32(&in);
	p->history = field_take_i32(&in);
	field_expect(&in, "\t0");
	p->max_fail = field_take_i32(&in);
	p->failcnt_interval = field_take_i32(&in);
	p->lockout_duration = field_take_i32(&in);
	p->attributes = p->ticket_max_life = p->ticket_max_renewable_life = 0;
	p->keysalts = (struct span){ NULL, 0 };
	if (in.failed || p->name.len == 0 || in.rest.len == 0)
		return -1;
	if (in.rest.p[0] == '\t' && take_r1_11(&in, p) == -1)
		return -1;
	field_expect(&in, "\n");
	return in.failed || in.rest.len != 0 ? -1 : 0;
}

/* What kdb5_util load makes of them. */

/* isspace of the C locale: what scanf skips, and where its %s ends. */
static bool
blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
has_blank(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		if (blank(s.p[i]))
			return true;
	}
	return false;
}

bool
princ_mangled(const struct princ *p)
{
	size_t i;

	for (i = 0; i < p->n_tl; i++) {
		if (p->tl[i].type == TL_DB_ARGS)
			return true;
	}
	return p->name.len != 0 && blank(p->name.p[0]);
}

bool
policy_mangled(const struct policy *p)
{
	if (p->name.len > 1023 || has_blank(p->name))
		return true;
	if (p->keysalts.p == NULL)
		return false;
	return p->keysalts.len == 0 || p->keysalts.len > 512 ||
	    has_blank(p->keysalts);
}

static bool
same_key(const struct key *a, const struct key *b)
{
	struct span x, y;
	int i;

	if (a->ver != b->ver || a->kvno != b->kvno)
		return false;
	for (i = 0; i < a->ver; i++) {
		x = (struct span){ (const char *)a->part[i].data,
			a->part[i].len };
		y = (struct span){ (const char *)b->part[i].data,
			b->part[i].len };
		if (a->part[i].type != b->part[i].type || !span_equal(x, y))
			return false;
	}
	return true;
}

bool
princ_same_keys(const struct princ *a, const struct princ *b)
{
	size_t i;

	if (a->n_key != b->n_key)
		return false;
	for (i = 0; i < a->n_key; i++) {
		if (!same_key(&a->key[i], &b->key[i]))
			return false;
	}
	return true;
}
