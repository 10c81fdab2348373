#include "index.h"

#include "number.h"
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The head, and a line with the longest name and numbers. */
#define HEAD_MAX 1024
#define LINE_MAX 192

static const char *const file_name[INDEX_KINDS] = {
	[INDEX_KRB5_CONF] = "krb5.conf",
	[INDEX_KDC_CONF] = "kdc.conf",
	[INDEX_KADM5_ACL] = "kadm5.acl",
	[INDEX_STASH] = "stash.age",
};

struct index_member *
index_add(struct index *x)
{
	struct index_member *m =
	    reallocarray(x->member, x->n + 1, sizeof(*x->member));

	if (m == NULL)
		return NULL;
	x->member = m;
	m += x->n++;
	memset(m, 0, sizeof(*m));
	return m;
}

void
index_release(struct index *x)
{
	free(x->member);
	x->member = NULL;
	x->n = 0;
}

void
index_name(const struct index_member *m, char name[INDEX_NAME_MAX])
{
	if (m->kind == INDEX_BUNDLE)
		(void)snprintf(name, INDEX_NAME_MAX,
		    "%" PRIu64 ".%" PRIu64 ".bundle", m->epoch, m->generation);
	else
		(void)snprintf(name, INDEX_NAME_MAX, "%s", file_name[m->kind]);
}

/* May m stand behind last, or first of all (NULL)? */
static bool
in_turn(const struct index_member *last, const struct index_member *m)
{
	if (last == NULL)
		return m->kind == INDEX_BUNDLE;
	if (last->kind != INDEX_BUNDLE || m->kind != INDEX_BUNDLE)
		return m->kind > last->kind;
	return m->epoch < last->epoch ||
	    (m->epoch == last->epoch && m->generation < last->generation);
}

static const char *
member_complaint(const struct index_member *last, const struct index_member *m)
{
	bool bundle = m->kind == INDEX_BUNDLE;

	if (!in_turn(last, m))
		return "a member twice or out of order";
	if (bundle && (m->epoch == 0 || m->generation == 0))
		return "epoch and generation count from 1";
	if (m->size == 0 && (bundle || m->kind == INDEX_STASH))
		return "an empty bundle or stash";
	if (m->size > INDEX_CONFIG_MAX && !bundle)
		return "a file that is too large";
	return NULL;
}

/* What a text in the right shape can still say wrong.  NULL: nothing. */
static const char *
complaint(const struct index *x)
{
	const char *why = NULL;
	unsigned seen = 0;

	if (x->made <= 0)
		return "no time";
	if (x->n > INDEX_MEMBERS)
		return "more members than an archive may have";
	for (size_t i = 0; i < x->n && why == NULL; i++) {
		why = member_complaint(
		    i == 0 ? NULL : &x->member[i - 1], &x->member[i]);
		seen |= 1u << x->member[i].kind;
	}
	if (why == NULL &&
	    ((seen & 1u << INDEX_BUNDLE) == 0 ||
		(seen & 1u << INDEX_KRB5_CONF) == 0 ||
		(seen & 1u << INDEX_KDC_CONF) == 0))
		why = "no bundle, no krb5.conf or no kdc.conf";
	return why;
}

static void
put_member(struct text_out *o, const struct index_member *m)
{
	char name[INDEX_NAME_MAX], hex[DIGEST_TEXT], value[LINE_MAX];

	index_name(m, name);
	digest_encode(&m->digest, hex);
	(void)snprintf(
	    value, sizeof(value), "%s %" PRIu64 " %s", name, m->size, hex);
	text_put(o, "member", value);
}

int
index_encode(const struct index *x, struct bytes *text)
{
	struct text_out o = { .cap = HEAD_MAX };

	if (complaint(x) != NULL)
		return -1;
	o.cap += x->n * LINE_MAX;
	if (bytes_reserve(text, o.cap) == -1)
		return -1;
	o.p = text->p + text->len;
	text_put_u64(&o, "kdcsync-archive", INDEX_VERSION);
	text_put_word(&o, "realm", x->realm);
	text_put_when(&o, "made", x->made);
	text_put(&o, "host", x->host);
	text_put_u64(&o, "members", x->n);
	for (size_t i = 0; i < x->n; i++)
		put_member(&o, &x->member[i]);
	if (o.failed)
		return -1;
	text->len += o.len;
	return 0;
}

/* Takes a word and the blank behind it, if there is one. */
static struct span
take_word(struct span *s)
{
	struct span word = { s->p, 0 };

	while (word.len < s->len && s->p[word.len] != ' ')
		word.len++;
	s->p += word.len;
	s->len -= word.len;
	if (s->len > 0) {
		s->p++;
		s->len--;
	}
	return word;
}

static int
kind_decode(struct span name, struct index_member *m)
{
	const struct span dot = { ".", 1 }, rest = { ".bundle", 7 };

	for (unsigned i = INDEX_BUNDLE + 1; i < INDEX_KINDS; i++)
		if (span_equal(name,
			(struct span){ file_name[i], strlen(file_name[i]) })) {
			m->kind = (enum index_kind)i;
			return 0;
		}
	m->kind = INDEX_BUNDLE;
	if (!number_take_u64(&name, UINT64_MAX, &m->epoch) || name.len == 0 ||
	    !span_equal((struct span){ name.p, 1 }, dot))
		return -1;
	name.p++;
	name.len--;
	return number_take_u64(&name, UINT64_MAX, &m->generation) &&
		span_equal(name, rest)
	    ? 0
	    : -1;
}

/* The blanks that were there are seen when it is encoded again. */
static int
member_decode(struct text_in *i, struct index_member *m)
{
	char value[LINE_MAX];
	struct span rest, size, hex;

	text_get(i, "member", value, sizeof(value));
	if (i->failed)
		return -1;
	rest = (struct span){ value, strlen(value) };
	if (kind_decode(take_word(&rest), m) == -1)
		return -1;
	size = take_word(&rest);
	hex = take_word(&rest);
	if (!number_take_u64(&size, INT64_MAX, &m->size) || size.len != 0)
		return -1;
	return digest_decode(hex.p, hex.len, &m->digest);
}

static int
members_decode(struct text_in *i, struct index *x)
{
	struct index_member *m;
	uint64_t n;

	text_get_u64(i, "members", &n, INDEX_MEMBERS);
	if (i->failed)
		return -1;
	while (x->n < n) {
		m = index_add(x);
		if (m == NULL || member_decode(i, m) == -1)
			return -1;
	}
	return 0;
}

static bool
same_again(const struct index *x, struct span text)
{
	struct bytes again = BYTES_NONE;
	bool same = index_encode(x, &again) == 0 &&
	    span_equal((struct span){ again.p, again.len }, text);

	bytes_release(&again);
	return same;
}

int
index_decode(struct span text, struct index *x, const char **why)
{
	struct text_in i = { text, false };
	int rc;

	*x = (struct index)INDEX_NONE;
	if (text_version(&i, "kdcsync-archive", why) == -1)
		return -1;
	text_get_word(&i, "realm", x->realm, sizeof(x->realm));
	text_get_when(&i, "made", &x->made);
	text_get(&i, "host", x->host, sizeof(x->host));
	rc = members_decode(&i, x);
	*why = rc == -1 || i.failed ? "damaged index" : complaint(x);
	if (*why != NULL)
		return -1;
	if (!same_again(x, text)) {
		*why = "index not in its one spelling";
		return -1;
	}
	return 0;
}
