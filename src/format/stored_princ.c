#include "stored.h"

#include <string.h>

/* What is left of the data.  Too few bytes set failed, and then each number is 0
 * and each place NULL. */
struct in {
	const uint8_t *p;
	size_t left;
	bool failed;
};

static const uint8_t *
take(struct in *in, size_t n)
{
	const uint8_t *p = in->p;

	if (in->failed || n > in->left) {
		in->failed = true;
		return NULL;
	}
	in->p += n;
	in->left -= n;
	return p;
}

static uint16_t
take_u16(struct in *in)
{
	const uint8_t *p = take(in, 2);

	if (p == NULL)
		return 0;
	return (uint16_t)(p[0] | p[1] << 8);
}

static int16_t
take_i16(struct in *in)
{
	return (int16_t)take_u16(in);
}

static uint32_t
take_u32(struct in *in)
{
	const uint8_t *p = take(in, 4);

	if (p == NULL)
		return 0;
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24;
}

/* Bytes that mean something in a name, or are not spelt as they are. */
static const bool special[256] = {
	['\\'] = true,
	['/'] = true,
	['@'] = true,
	['\t'] = true,
	['\n'] = true,
	['\b'] = true,
};

/* Is name what krb5_unparse_name makes of what krb5_parse_name reads in it?  Its
 * lib/krb5/krb/parse.c takes a backslash before any byte and the default realm
 * when there is none, unparse.c writes one of each. */
static bool
spelt_once(struct span name)
{
	const char *end = name.p + name.len, *realm = NULL;

	for (const char *p = name.p; p < end; p++) {
		if (!special[(uint8_t)*p])
			continue;
		if (*p == '\\') {
			if (++p == end || strchr("/@\\tnb0", *p) == NULL)
				return false;
		} else if ((*p != '/' && *p != '@') || realm != NULL) {
			return false;
		} else if (*p == '@') {
			realm = p + 1;
		}
	}
	return realm != NULL && realm < end;
}

static void
take_tl(struct in *in, struct tl *tl, size_t n)
{
	for (size_t i = 0; i < n && !in->failed; i++) {
		tl[i].type = take_i16(in);
		tl[i].len = take_u16(in);
		tl[i].data = take(in, tl[i].len);
	}
}

static void
take_key(struct in *in, struct key *key)
{
	*key = (struct key){ .ver = take_i16(in) };
	if (key->ver < 0 || key->ver > 2)
		in->failed = true;
	key->kvno = take_u16(in);
	for (int part = 0; part < key->ver && !in->failed; part++) {
		key->part[part].type = take_i16(in);
		key->part[part].len = take_u16(in);
		key->part[part].data = take(in, key->part[part].len);
	}
}

/* Newest first, those of one kvno as they stood: what krb5_db_iterate does,
 * krb5_dbe_sort_key_data() of lib/kdb/kdb5.c. */
static void
sort_keys(struct key *key, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		const struct key moving = key[i];
		size_t to = i;

		for (; to > 0 && key[to - 1].kvno < moving.kvno; to--)
			key[to] = key[to - 1];
		key[to] = moving;
	}
}

static void
take_numbers(struct in *in, struct princ *p)
{
	p->attributes = (int32_t)take_u32(in);
	p->max_life = (int32_t)take_u32(in);
	p->max_renewable_life = (int32_t)take_u32(in);
	p->expiration = take_u32(in);
	p->pw_expiration = take_u32(in);
	p->last_success = take_u32(in);
	p->last_failed = take_u32(in);
	p->fail_auth_count = take_u32(in);
}

int
stored_princ(struct span data, struct princ *p)
{
	struct in in = { (const uint8_t *)data.p, data.len, false };
	int16_t n_tl, n_key;

	p->n_tl = p->n_key = 0;
	p->name = stored_name(data);
	if (p->name.len == 0 || !spelt_once(p->name))
		return -1;
	(void)take_u16(&in); /* stored_name looked at it */
	take_numbers(&in, p);
	n_tl = take_i16(&in);
	n_key = take_i16(&in);
	(void)take(&in, 2 + p->name.len + 1);
	/* A tl and a key have four bytes at least. */
	if (n_tl < 0 || n_key < 0 ||
	    (size_t)n_tl + (size_t)n_key > in.left / 4 ||
	    princ_reserve(p, (size_t)n_tl, (size_t)n_key) == -1)
		return -1;
	take_tl(&in, p->tl, (size_t)n_tl);
	for (int16_t i = 0; i < n_key && !in.failed; i++)
		take_key(&in, &p->key[i]);
	if (in.failed || in.left != 0)
		return -1;
	sort_keys(p->key, (size_t)n_key);
	p->n_tl = (size_t)n_tl;
	p->n_key = (size_t)n_key;
	return 0;
}
