/* Goal of this test: what our decoder reads in a stored principal is what libkdb5
 * reads there, or it says "not this way": over records of every make, and over
 * damaged ones, each byte cut off and each bit flipped.
 *
 * STORED_ROUNDS databases of 100 random records, STORED_SEED. */

#include "chance.h"
#include "golden.h"
#include "realm.h"

#include "format/stored.h"
#include "format/tree.h"
#include "store/kdb/walk.h"

static struct realm realm;
/*
 * Ours beside libkdb5's.
 */
struct beside {
	struct tree t;
	struct tree_cursor at;
	struct princ p;
	struct bytes big, line;
	unsigned n, otherwise;
};

/* Our line of that data; false: not this way. */
static bool
ours(struct beside *b, struct span data)
{
	b->line.len = 0;
	if (stored_princ(data, &b->p) == -1)
		return false;
	assert_int_equal(princ_encode(&b->p, &b->line), 0);
	return true;
}

static void
same(const struct beside *b, const struct princ *p, struct span line)
{
	if (!span_equal(line, golden_span(&b->line)))
		fail_msg("ours: %.*slibkdb5's: %.*s", (int)b->line.len,
		    b->line.p, (int)line.len, line.p);
	assert_int_equal(p->last_success, b->p.last_success);
	assert_int_equal(p->last_failed, b->p.last_failed);
	assert_int_equal(p->fail_auth_count, b->p.fail_auth_count);
	assert_true(princ_same_keys(p, &b->p));
	assert_int_equal(princ_mangled(p), princ_mangled(&b->p));
}

static int
meet(void *arg, struct princ *p, struct span line)
{
	struct beside *b = arg;
	struct btree_item item;

	assert_true(tree_step(&b->at, &item));
	if (item.big_data) {
		b->big.len = 0;
		assert_int_equal(btree_gather(&b->t.b, item.data, &b->big), 0);
		item.data = golden_span(&b->big);
	}
	b->n++;
	if (ours(b, item.data))
		same(b, p, line);
	else
		b->otherwise++;
	return 0;
}

static void
release(struct beside *b)
{
	tree_release(&b->t);
	princ_release(&b->p);
	bytes_release(&b->big);
	bytes_release(&b->line);
}

static void
open_tree(struct span file, struct tree *t)
{
	struct btree b;
	const char *why;

	assert_int_equal(btree_open(file, &b, &why), 0);
	assert_int_equal(tree_check(&b, t), TREE_SOUND);
}

/* Every record of the database, by both; how many of them ours left to the
 * other. */
static unsigned
walk_both(krb5_context ctx, unsigned expected)
{
	struct bytes file = realm_file(&realm);
	struct beside b = { .n = 0 };
	struct btree_item item;
	char why[160];

	open_tree(golden_span(&file), &b.t);
	tree_begin(&b.t, false, &b.at);
	assert_int_equal(walk_princs(ctx, false, why, meet, &b), 0);
	assert_false(tree_step(&b.at, &item));
	assert_int_equal(b.n, expected);
	release(&b);
	bytes_release(&file);
	return b.otherwise;
}

/*
 * Records of every make.
 */
static char noise[65536];

static uint16_t
some(void)
{
	static const uint16_t sizes[] = { 0, 1, 2, 4, 46, 62, 300, 4100 };
	uint32_t i = any(12);

	if (i < 8)
		return sizes[i];
	return (uint16_t)any(i == 8 ? 20000 : 100);
}

static const uint8_t *
place(uint16_t len)
{
	return (const uint8_t *)noise + any((uint32_t)(sizeof(noise) - len));
}

/* Bytes of all kinds; those that a dump must escape, as krb5_unparse_name spells
 * them. */
static size_t
put_part(char *q, uint32_t most)
{
	static const char *const odd[] = { "\\/", "\\@", "\\\\", "\\t", "\\n",
		"\\b", "\\0", " ", "\x7f", "\xff", "\r", "\x1b" };
	size_t n = 0;

	for (uint32_t i = any(most + 1); i > 0; i--) {
		if (any(8) != 0)
			q[n++] = (char)('a' + any(26));
		else
			n += (size_t)(stpcpy(q + n, odd[any(12)]) - (q + n));
	}
	return n;
}

static struct span
make_name(char *name, uint32_t number)
{
	uint32_t most = any(10) == 0 ? 300 : 12, parts = 1 + any(4);
	size_t n;

	/* No name twice. */
	n = (size_t)snprintf(name, 64, "%u", number);
	while (parts-- > 0) {
		name[n++] = '/';
		n += put_part(name + n, most);
	}
	name[n++] = '@';
	if (any(3) == 0) {
		name[n++] = 'R';
		n += put_part(name + n, 8);
		name[n] = '\0';
	} else {
		(void)strcpy(name + n, REALM);
	}
	return (struct span){ name, strlen(name) };
}

static uint32_t
number(void)
{
	static const uint32_t edge[] = { 0, 1, 9, 10, 0x7fffffff, 0x80000000,
		0xffffffff };

	return any(2) == 0 ? edge[any(7)] : any(0x7fffffff) * 2;
}

static void
fill(struct princ *p)
{
	assert_int_equal(princ_reserve(p, 9, 9), 0);
	p->attributes = (int32_t)number();
	p->max_life = (int32_t)number();
	p->max_renewable_life = (int32_t)number();
	p->expiration = number();
	p->pw_expiration = number();
	p->last_success = number();
	p->last_failed = number();
	p->fail_auth_count = number();
	p->n_tl = any(9);
	for (size_t i = 0; i < p->n_tl; i++) {
		p->tl[i].type = (int16_t)(any(4) == 0 ? any(65535) : any(13));
		if (p->tl[i].type == 32767)
			p->tl[i].type = 11; /* not kept */
		p->tl[i].len = some();
		p->tl[i].data = place(p->tl[i].len);
	}
	p->n_key = any(9);
	for (size_t i = 0; i < p->n_key; i++) {
		p->key[i] = (struct key){ .ver = (int16_t)any(3),
			.kvno = (uint16_t)(any(4) == 0 ? any(65536) : any(4)) };
		for (int j = 0; j < p->key[i].ver; j++) {
			p->key[i].part[j].type = (int16_t)any(65536);
			p->key[i].part[j].len = some();
			p->key[i].part[j].data = place(p->key[i].part[j].len);
		}
	}
}

static krb5_context
create(void)
{
	krb5_context ctx = entry_open(&realm.p, realm.p.db, true);

	assert_non_null(ctx);
	return ctx;
}

static void
destroy(krb5_context ctx)
{
	entry_close(ctx);
	realm_clear(&realm);
}

/* None of what libkdb5 itself has written is left to it. */
static void
random_records(void **state)
{
	struct princ p = PRINC_NONE;
	static char name[4096];
	krb5_context ctx;

	(void)state;
	chance = setting("STORED_SEED", 1);
	scratch_noise(noise, sizeof(noise), 7);
	for (unsigned long r = setting("STORED_ROUNDS", 20); r > 0; r--) {
		ctx = create();
		assert_int_equal(
		    krb5_db_lock(ctx, KRB5_DB_LOCKMODE_EXCLUSIVE), 0);
		for (uint32_t i = 0; i < 100; i++) {
			p.name = make_name(name, i);
			fill(&p);
			assert_int_equal(entry_put_princ(ctx, &p), 0);
		}
		assert_int_equal(krb5_db_unlock(ctx), 0);
		assert_int_equal(walk_both(ctx, 100), 0);
		destroy(ctx);
	}
	princ_release(&p);
}

/* A realm that kdb5_util and kadmin.local made: policies, history, strings. */
static void
real_records(void **state)
{
	struct bytes real = golden_read(GOLDEN "mit/principal.btree");
	krb5_context ctx = create();

	(void)state;
	scratch_write(realm.p.db, real.p, real.len);
	assert_int_equal(walk_both(ctx, 14), 0);
	destroy(ctx);
	bytes_release(&real);
}

/*
 * Damage.
 */
struct single {
	krb5_context ctx;
	int fd;
	struct bytes file;
	size_t item, data; /* places in it */
	size_t len;
	unsigned accepted, otherwise;
};

/* A database of one record: the last page's only item. */
static void
make_single(struct single *s, struct princ *p)
{
	struct tree t;
	struct tree_cursor c;
	struct btree_item item;

	*s = (struct single){ .ctx = create(),
		.fd = open(realm.p.db, O_WRONLY | O_CLOEXEC) };
	assert_int_not_equal(s->fd, -1);
	assert_int_equal(entry_put_princ(s->ctx, p), 0);
	s->file = realm_file(&realm);
	open_tree(golden_span(&s->file), &t);
	tree_begin(&t, false, &c);
	assert_true(tree_step(&c, &item));
	assert_false(item.big_data);
	s->item = (size_t)(c.page.bytes.p - s->file.p) + item.at;
	s->data = (size_t)(item.data.p - s->file.p);
	s->len = item.data.len;
	tree_release(&t);
}

static int
only(void *arg, struct princ *p, struct span line)
{
	struct beside *b = arg;

	b->n++;
	same(b, p, line);
	return 0;
}

/* The record as it stands in s->file now, of len bytes. */
static void
try(struct single *s, size_t len)
{
	uint32_t size = (uint32_t)len;
	struct beside b = { .n = 0 };
	char why[160], *exact = malloc(len + 1);

	assert_non_null(exact);
	memcpy(exact, s->file.p + s->data, len);
	if (ours(&b, (struct span){ exact, len })) {
		memcpy(s->file.p + s->item + 4, &size, sizeof(size));
		assert_int_equal(
		    pwrite(s->fd, s->file.p, s->file.len, 0), s->file.len);
		assert_int_equal(walk_princs(s->ctx, false, why, only, &b), 0);
		assert_int_equal(b.n, 1);
		s->accepted++;
	} else {
		s->otherwise++;
	}
	free(exact);
	release(&b);
}

static void
damage(struct princ *p)
{
	struct single s;
	char *at;

	make_single(&s, p);
	try(&s, s.len);
	assert_int_equal(s.accepted, 1);
	for (size_t i = 0; i < s.len; i++)
		try(&s, i);
	/* No part of a record is one. */
	assert_int_equal(s.accepted, 1);
	for (size_t i = 0; i < s.len * 8; i++) {
		at = s.file.p + s.data + i / 8;
		*at = (char)(*at ^ 1 << i % 8);
		try(&s, s.len);
		*at = (char)(*at ^ 1 << i % 8);
	}
	print_message("%zu bytes: %u read as libkdb5 does, %u not this way\n",
	    s.len, s.accepted, s.otherwise);
	close(s.fd);
	destroy(s.ctx);
	bytes_release(&s.file);
}

static void
damaged_records(void **state)
{
	static const uint8_t data[] = "\1\0root/admin@" REALM;
	static const char *const names[] = { "a@" REALM, "host/a.b.c@" REALM,
		"a\\/b\\@c/\\n\\0@" REALM, "//@R" };
	struct tl tl[] = { { 3, 12, data }, { 2, sizeof(data), data },
		{ 8, 2, data }, { 11, 0, data } };
	struct key key[] = { { .ver = 1, .kvno = 2 }, { .ver = 2, .kvno = 3 },
		{ .ver = 0, .kvno = 3 } };
	struct princ p = { .tl = tl, .n_tl = 4, .key = key, .n_key = 3 };

	(void)state;
	for (int i = 0; i < 2; i++) {
		key[i].part[0].type = 17;
		key[i].part[0].len = 8;
		key[i].part[0].data = data;
		key[i].part[1] = key[i].part[0];
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		p.name = (struct span){ names[i], strlen(names[i]) };
		damage(&p);
	}
}

/* Names that krb5_parse_name takes and would spell otherwise, or not take. */
static void
other_spellings(void **state)
{
	static const char *const names[] = { "a", "a@", "a\\b@R", "\\a@R",
		"a@R@R", "a@R/R", "a\t@R", "a\n@R", "a\b@R", "a@R\\", "a\\" };
	char data[80];
	struct princ p = PRINC_NONE;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i]) + 1;

		memset(data, 0, sizeof(data));
		data[0] = 38;
		data[38] = (char)n;
		memcpy(data + 40, names[i], n);
		/* "a\b@R" is the one of these that is spelt so. */
		assert_int_equal(
		    stored_princ((struct span){ data, 40 + n }, &p),
		    i == 2 ? 0 : -1);
		assert_int_equal(
		    stored_princ((struct span){ data, 41 + n }, &p), -1);
	}
	princ_release(&p);
}

static int
setup(void **state)
{
	(void)state;
	realm_make(&realm);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	realm_end(&realm);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_records),
		cmocka_unit_test(real_records),
		cmocka_unit_test(damaged_records),
		cmocka_unit_test(other_spellings),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
