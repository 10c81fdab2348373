#include "dump.h"

#include "number.h"

#include <string.h>

/* Gathering. */

static bool
take(struct span *s, const char *text)
{
	size_t n = strlen(text);

	if (s->len < n || memcmp(s->p, text, n) != 0)
		return false;
	s->p += n;
	s->len -= n;
	return true;
}

/* Takes the realm as krb5_unparse_name writes it. */
static bool
take_realm(struct span *s, const char *realm)
{
	char c[3] = "\\";

	for (; *realm != '\0'; realm++) {
		c[1] = *realm;
		if (!take(s, strchr("/@\\", *realm) != NULL ? c : c + 1))
			return false;
	}
	return true;
}

static bool
is_mkey(struct span name, const char *realm)
{
	return take(&name, "K/M@") && take_realm(&name, realm) && name.len == 0;
}

static bool
is_krbtgt(struct span name, const char *realm)
{
	return take(&name, "krbtgt/") && take_realm(&name, realm) &&
	    take(&name, "@") && take_realm(&name, realm) && name.len == 0;
}

/* Keeps the newest, ascending. */
static void
note_mkey(struct dump_facts *f, uint32_t kvno)
{
	unsigned at = f->n_mkey;

	while (at > 0 && f->mkey_kvno[at - 1] > kvno)
		at--;
	if (at > 0 && f->mkey_kvno[at - 1] == kvno)
		return;
	if (f->n_mkey == DUMP_MKEYS) {
		if (at == 0)
			return;
		memmove(f->mkey_kvno, f->mkey_kvno + 1,
		    (at - 1) * sizeof(f->mkey_kvno[0]));
		f->mkey_kvno[at - 1] = kvno;
		return;
	}
	memmove(f->mkey_kvno + at + 1, f->mkey_kvno + at,
	    (f->n_mkey - at) * sizeof(f->mkey_kvno[0]));
	f->mkey_kvno[at] = kvno;
	f->n_mkey++;
}

void
dump_note_princ(struct dump_facts *f, const char *realm, const struct princ *p)
{
	size_t i;

	f->principals++;
	if (princ_mangled(p))
		f->mangled++;
	if (is_mkey(p->name, realm)) {
		for (i = 0; i < p->n_key; i++)
			note_mkey(f, p->key[i].kvno);
	} else if (is_krbtgt(p->name, realm)) {
		f->krbtgt = true;
		for (i = 0; i < p->n_key; i++) {
			if (p->key[i].kvno > f->krbtgt_kvno)
				f->krbtgt_kvno = p->key[i].kvno;
		}
	}
}

void
dump_note_policy(struct dump_facts *f, const struct policy *p)
{
	f->policies++;
	if (policy_mangled(p))
		f->mangled++;
}

void
dump_note_more(struct dump_facts *f, const struct dump_facts *more)
{
	unsigned i;

	f->principals += more->principals;
	f->policies += more->policies;
	f->mangled += more->mangled;
	for (i = 0; i < more->n_mkey; i++)
		note_mkey(f, (uint16_t)more->mkey_kvno[i]);
	f->krbtgt = f->krbtgt || more->krbtgt;
	if (more->krbtgt_kvno > f->krbtgt_kvno)
		f->krbtgt_kvno = more->krbtgt_kvno;
}

/* Stepping. */

int
dump_open(struct span dump, struct dump_cursor *c)
{
	c->rest = dump;
	return take(&c->rest, DUMP_HEADER) ? 0 : -1;
}

enum dump_line
dump_next(struct dump_cursor *c, struct span *line)
{
	struct span rest = c->rest;
	enum dump_line kind;
	const char *end;

	*line = rest;
	if (rest.len == 0)
		return DUMP_END;
	end = memchr(rest.p, '\n', rest.len);
	if (end == NULL)
		return DUMP_BAD;
	line->len = (size_t)(end - rest.p) + 1;
	if (take(&rest, "princ\t"))
		kind = DUMP_PRINC;
	else if (take(&rest, "policy\t"))
		kind = DUMP_POLICY;
	else
		return DUMP_BAD;
	c->rest.p += line->len;
	c->rest.len -= line->len;
	return kind;
}

/* Takes a field and the TAB behind it; an empty span when there is none. */
static struct span
take_field(struct span *s)
{
	struct span field = { s->p, 0 };
	const char *end = NULL;

	if (s->len != 0)
		end = memchr(s->p, '\t', s->len);
	if (end == NULL) {
		s->len = 0;
		return field;
	}
	field.len = (size_t)(end - s->p);
	s->p += field.len + 1;
	s->len -= field.len + 1;
	return field;
}

struct span
dump_name(enum dump_line kind, struct span line)
{
	int before;

	/* princ, length, name's length, number of tl, of keys, e_data. */
	for (before = kind == DUMP_PRINC ? 6 : 1; before > 0; before--)
		take_field(&line);
	return take_field(&line);
}

bool
dump_same_facts(const struct dump_facts *a, const struct dump_facts *b)
{
	if (a->n_mkey != b->n_mkey)
		return false;
	for (unsigned i = 0; i < a->n_mkey; i++)
		if (a->mkey_kvno[i] != b->mkey_kvno[i])
			return false;
	return a->size == b->size && digest_equal(&a->digest, &b->digest) &&
	    a->principals == b->principals && a->policies == b->policies &&
	    a->mangled == b->mangled && a->krbtgt == b->krbtgt &&
	    a->krbtgt_kvno == b->krbtgt_kvno;
}

/* Checking. */

struct check { /* the rest empty to begin */
	const char *realm;
	struct dump_facts *f;
	struct princ princ;
	struct policy policy;
	struct bytes again;
	struct span last;
	enum dump_line last_kind;
};

/* Is name next in order?  NULL or a phrase. */
static const char *
check_order(struct check *k, enum dump_line kind, struct span name)
{
	int order = -1;

	if (k->last_kind == DUMP_POLICY && kind == DUMP_PRINC)
		return "a principal after the policies";
	if (k->last_kind == kind)
		order = span_compare(k->last, name);
	k->last_kind = kind;
	k->last = name;
	if (order == 0)
		return "a name twice";
	if (order > 0 && kind == DUMP_PRINC)
		return "principals out of order";
	return order > 0 ? "policies out of order" : NULL;
}

static const char *
check_princ(struct check *k, struct span line)
{
	if (princ_decode(line, &k->princ) == -1)
		return "not a principal in canonical form";
	dump_note_princ(k->f, k->realm, &k->princ);
	return check_order(k, DUMP_PRINC, k->princ.name);
}

static const char *
check_policy(struct check *k, struct span line)
{
	if (policy_decode(line, &k->policy) == -1)
		return "not a policy in canonical form";
	/* The decoder takes lines of krb5 1.8, too. */
	k->again.len = 0;
	if (policy_encode(&k->policy, &k->again) == -1)
		return "out of memory";
	if (!span_equal((struct span){ k->again.p, k->again.len }, line))
		return "a policy as krb5 1.8 writes it";
	dump_note_policy(k->f, &k->policy);
	return check_order(k, DUMP_POLICY, k->policy.name);
}

/* NULL or a phrase. */
static const char *
check_lines(struct check *k, struct span dump, uint64_t *number)
{
	const char *why = NULL;
	struct dump_cursor c;
	struct span line;

	*number = 1;
	if (dump_open(dump, &c) == -1)
		return "not a dump of version 7";
	while (why == NULL) {
		++*number;
		switch (dump_next(&c, &line)) {
		case DUMP_END:
			return NULL;
		case DUMP_PRINC:
			why = check_princ(k, line);
			break;
		case DUMP_POLICY:
			why = check_policy(k, line);
			break;
		case DUMP_BAD:
			why = "neither a whole principal nor a whole policy";
			break;
		}
	}
	return why;
}

int
dump_read(struct span dump, const char *realm, struct dump_facts *f,
    uint64_t *line, const char **why)
{
	struct check k = { .realm = realm, .f = f, .last_kind = DUMP_END };

	*f = (struct dump_facts){ .size = dump.len };
	*why = check_lines(&k, dump, line);
	princ_release(&k.princ);
	policy_release(&k.policy);
	bytes_release(&k.again);
	return *why == NULL ? 0 : -1;
}

int
dump_check(struct span dump, const char *realm, struct dump_facts *f,
    uint64_t *line, const char **why)
{
	if (dump_read(dump, realm, f, line, why) == -1)
		return -1;
	*line = 0;
	if (digest_of(dump.p, dump.len, &f->digest) == -1) {
		*why = "libcrypto refuses to make a SHA-256";
		return -1;
	}
	return 0;
}

/* Comparing. */

struct side {
	struct dump_cursor cursor;
	enum dump_line kind;
	struct span line, name;
};

/* The order of two lines: principals, policies, the end. */
static int
side_compare(const struct side *a, const struct side *b)
{
	if (a->kind == b->kind)
		return span_compare(a->name, b->name);
	if (a->kind == DUMP_PRINC || b->kind == DUMP_END)
		return -1;
	if (b->kind == DUMP_PRINC || a->kind == DUMP_END)
		return 1;
	return 0;
}

static int
side_step(struct side *s)
{
	struct side last = *s;

	s->kind = dump_next(&s->cursor, &s->line);
	if (s->kind == DUMP_BAD)
		return -1;
	if (s->kind == DUMP_END) {
		s->name = (struct span){ NULL, 0 };
		return 0;
	}
	s->name = dump_name(s->kind, s->line);
	if (s->name.len == 0)
		return -1;
	/* Out of order, a merge would find differences that are none. */
	if (last.kind != DUMP_END && side_compare(&last, s) >= 0)
		return -1;
	return 0;
}

static int
side_open(struct side *s, struct span dump)
{
	s->kind = DUMP_END;
	if (dump_open(dump, &s->cursor) == -1)
		return -1;
	return side_step(s);
}

int
dump_diff(struct span from, struct span to,
    int (*fn)(void *arg, enum dump_change what, enum dump_line kind,
	struct span name, struct span from, struct span to),
    void *arg)
{
	const struct span none = { NULL, 0 };
	struct side a, b;
	int order, rc;

	if (side_open(&a, from) == -1 || side_open(&b, to) == -1)
		return -1;
	while (a.kind != DUMP_END || b.kind != DUMP_END) {
		rc = 0;
		order = side_compare(&a, &b);
		if (order < 0)
			rc =
			    fn(arg, DUMP_REMOVED, a.kind, a.name, a.line, none);
		else if (order > 0)
			rc = fn(arg, DUMP_ADDED, b.kind, b.name, none, b.line);
		else if (!span_equal(a.line, b.line))
			rc = fn(
			    arg, DUMP_CHANGED, a.kind, a.name, a.line, b.line);
		if (rc != 0)
			return rc;
		if (order <= 0 && side_step(&a) == -1)
			return -1;
		if (order >= 0 && side_step(&b) == -1)
			return -1;
	}
	return 0;
}
