/* Goal of this test: the proof by structure refuses whatever the proof by two
 * walks and a lookup of every name refuses, at random damages of the pages of
 * real databases of many shapes; what it refuses alone is what lookups cannot
 * see; and where both are content, both wrote the same dump.  However the walk
 * is shared out, its dump is the same.
 *
 * EXAMINE_ROUNDS damages of each shape (make check-long: many), EXAMINE_SEED. */

#include "chance.h"
#include "realm.h"

#include "format/tree.h"
#include "store/kdb/examine.h"
#include "sys/proc.h"

#include <sys/resource.h>

static struct realm realm;
/*
 * Shapes.
 */
static void
shape_empty(krb5_context ctx)
{
	(void)ctx;
}

static void
shape_one(krb5_context ctx)
{
	realm_put(ctx, "a@" REALM, 10, 1);
}

static void
shape_two(krb5_context ctx)
{
	realm_put(ctx, "a@" REALM, 10, 1);
	realm_put(ctx, " b@" REALM, 3000, 2); /* mangled by kdb5_util load */
}

static void
shape_page(krb5_context ctx)
{
	realm_put(ctx, "a@" REALM, 10, 1);
	realm_put(ctx, "b@" REALM, 10, 2);
	realm_put(ctx, "c@" REALM, 10, 3);
}

/* With master keys, two kvnos, and a krbtgt: far from each other. */
static void
shape_plain(krb5_context ctx)
{
	char name[64];

	realm_put(ctx, "K/M@" REALM, 30, 1);
	realm_put(ctx, "krbtgt/" REALM "@" REALM, 30, 2);

	for (uint32_t i = 0; i < 500; i++) {
		(void)snprintf(name, sizeof(name), "user%05u@" REALM,
		    (i * 7919u) % 100000);
		realm_put(ctx, name, 20 + i % 200, i);
	}
}

/* Names that differ at their end make long separators: a deep tree. */
static void
shape_long(krb5_context ctx)
{
	char name[2048];

	for (uint32_t i = 0; i < 120; i++) {
		size_t n = 700 + i * 37 % 600;

		memset(name, 'n', n);
		(void)snprintf(
		    name + n, sizeof(name) - n, "%03u@" REALM, i * 77 % 1000);
		memset(name, 'n', 700);
		realm_put(ctx, name, 20, i);
	}
}

static void
shape_big(krb5_context ctx)
{
	char name[64];

	for (uint32_t i = 0; i < 90; i++) {
		(void)snprintf(
		    name, sizeof(name), "big%02u@" REALM, i * 37 % 90);
		realm_put(
		    ctx, name, i % 3 == 0 ? 30 : 1500 + i * 331 % 20000, i);
	}
}

/* A free list, pages half empty, chains written a second time. */
static void
shape_worn(krb5_context ctx)
{
	char name[64];

	for (uint32_t round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < 300; i++) {
			(void)snprintf(
			    name, sizeof(name), "worn%03u@" REALM, i);
			realm_put(ctx, name,
			    i % 9 == 0 ? 3000 + round * 3000 : 40 + round * 10,
			    i);
		}
		for (uint32_t i = 60 * round; i < 60 * round + 150; i++) {
			(void)snprintf(
			    name, sizeof(name), "worn%03u@" REALM, i);
			realm_delete(ctx, name);
		}
	}
}

static void
shape_many(krb5_context ctx)
{
	char name[64];

	shape_plain(ctx);
	for (uint32_t i = 0; i < 4000; i++) {
		(void)snprintf(name, sizeof(name),
		    "%shost/n%05u.example@" REALM, i % 50 == 0 ? " " : "",
		    i * 31 % 4000);
		realm_put(ctx, name, 30 + i % 50, i);
	}
}

static const struct shape {
	const char *name;
	void (*fill)(krb5_context ctx);
} shapes[] = {
	{ "empty", shape_empty },
	{ "one", shape_one },
	{ "two", shape_two },
	{ "page", shape_page },
	{ "plain", shape_plain },
	{ "many", shape_many },
	{ "long", shape_long },
	{ "big", shape_big },
	{ "worn", shape_worn },
};

/* A new database of that shape; the bytes of its principals' file. */
static void
make(const struct shape *s, struct bytes *file)
{
	struct policy policy = { .name = { "strong", 6 }, .min_length = 8 };
	krb5_context ctx;

	ctx = entry_open(&realm.p, realm.p.db, true);
	assert_non_null(ctx);
	assert_int_equal(entry_put_policy(ctx, &policy), 0);
	assert_int_equal(krb5_db_lock(ctx, KRB5_DB_LOCKMODE_EXCLUSIVE), 0);
	s->fill(ctx);
	assert_int_equal(krb5_db_unlock(ctx), 0);
	entry_close(ctx);
	bytes_release(file);
	*file = realm_file(&realm);
}

/*
 * Both proofs.
 */
static int
lookups_child(void *arg, void *result)
{
	int fd = scratch_file("", 0);

	(void)arg;
	return examine_as(&realm.p, realm.p.db, fd, result, EXAMINE_BY_LOOKUPS);
}

/* A child pointer that leads in circles leads a lookup in circles. */
static bool
old_proof(struct examination *e)
{
	int rc;

	memset(e, 0, sizeof(*e));
	rc = proc_call(
	    "old proof", lookups_child, NULL, e, sizeof(*e), NULL, 0, 3000);
	if (rc != 0)
		(void)snprintf(e->why, sizeof(e->why), "no end");
	return rc == 0 && e->flaw == EXAMINE_NONE;
}

/* From the pages by one process or by two, or by libkdb5. */
static bool
new_proof(struct examination *e)
{
	static const enum examine_how ways[] = { EXAMINE_BEST,
		EXAMINE_DIRECT_BOTH, EXAMINE_LIBKDB5 };
	int fd = scratch_file("", 0), rc;

	rc = examine_as(&realm.p, realm.p.db, fd, e, ways[any(3)]);
	close(fd);
	assert_int_equal(rc, 0);
	return e->flaw == EXAMINE_NONE;
}

/*
 * Damages.
 */
#define PAGE 4096

static void
put(struct bytes *f, size_t at, size_t n, uint32_t v)
{
	if (at + n <= f->len)
		memcpy(f->p + at, &v, n);
}

static uint32_t
get(const struct bytes *f, size_t at, size_t n)
{
	uint32_t v = 0;

	if (at + n <= f->len)
		memcpy(&v, f->p + at, n);
	return v;
}

/* The place of an item of a page, or of its middle when it has none. */
static size_t
item(const struct bytes *f, size_t page)
{
	uint32_t lower = get(f, page * PAGE + 16, 2), slots, offset;

	slots = lower >= 22 && lower <= PAGE ? (lower - 20) / 2 : 0;
	if (slots == 0)
		return page * PAGE + PAGE / 2;
	offset = get(f, page * PAGE + 20 + any(slots) * 2, 2);
	return page * PAGE + (offset < PAGE - 12 ? offset : PAGE / 2);
}

static const char *
damage(struct bytes *f)
{
	const uint32_t pages = (uint32_t)(f->len / PAGE);
	const size_t page = any(pages), other = any(pages);
	size_t at = page * PAGE, it = item(f, page);
	char swap[PAGE];

	switch (any(14)) {
	case 0:
		put(f, at + any(20), 1, any(256));
		return "a byte of a page's head";
	case 1:
		at += any(PAGE);
		put(f, at, 1, get(f, at, 1) ^ 1u << any(8));
		return "a bit";
	case 2:
		put(f, at + 4, 4, any(pages + 1));
		return "prev";
	case 3:
		put(f, at + 8, 4, any(pages + 1));
		return "next";
	case 4:
		memcpy(swap, f->p + at, PAGE);
		memcpy(f->p + at, f->p + other * PAGE, PAGE);
		memcpy(f->p + other * PAGE, swap, PAGE);
		return "two pages changed about";
	case 5:
		memmove(f->p + at, f->p + other * PAGE, PAGE);
		if (any(2) == 0)
			put(f, at, 4, (uint32_t)page);
		return "a page over another";
	case 6:
		memset(f->p + at + any(PAGE / 2), 0, PAGE / 2);
		return "zeros";
	case 7:
		put(f, at + 20 + any(40) * 2, 2, any(PAGE));
		return "a slot";
	case 8:
		at += 20 + any(12) * 2;
		put(f, at, 2, get(f, at + 2, 2));
		return "a slot twice";
	case 9:
		put(f, it + any(2) * 4, any(2) == 0 ? 1 : 4, any(300));
		return "an item's size or child";
	case 10:
		put(f, it + 4, 4, 1 + any(pages));
		return "a child";
	case 11:
		it += 9 + any(12);
		put(f, it, 1, any(2) == 0 ? any(256) : get(f, it, 1) + 1);
		return "a name or a separator";
	case 12:
		put(f, it + 8, 1, any(4));
		return "an item's flags";
	default:
		put(f, any(6) * 4, 4, any(pages + 1));
		return "the meta page";
	}
}

static void
write_file(const struct bytes *f)
{
	scratch_write(realm.p.db, f->p, f->len);
}

/* What may be wrong with a tree that walks and lookups do not see: pages and
 * links that only the next writer uses, bytes between items, a separator that
 * happens to be spelt otherwise. */
static bool
beyond_lookups(const char *why)
{
	static const char *const words[] = {
		"neither in the tree nor free",
		"is reached twice",
		"leads out of the file",
		"is no page of a btree",
		"do not point at each other",
		"that the tree does not know",
		"do not fill it",
		"goes on behind",
		"is no overflow page",
		"names no overflow pages",
		"on overflow pages",
		"has a broken item",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(why, words[i]) != NULL)
			return true;
	return false;
}

static struct {
	unsigned both, alone, none;
} sum;

static void
compare(const struct shape *s, const char *what)
{
	struct examination old, new;
	int saved = scratch_hush(-1);
	bool was = old_proof(&old), is = new_proof(&new);

	scratch_unhush(saved);
	if (!was && is)
		fail_msg("%s, %s: only the old proof refuses: %s", s->name,
		    what, old.why);
	if (was && is && !digest_equal(&old.facts.digest, &new.facts.digest))
		fail_msg("%s, %s: two dumps", s->name, what);
	if (was && !is && !beyond_lookups(new.why))
		fail_msg("%s, %s: only the new proof refuses: %s", s->name,
		    what, new.why);
	sum.both += !was;
	sum.alone += was && !is;
	sum.none += is;
}

static void
damages(void **state)
{
	const unsigned long rounds = setting("EXAMINE_ROUNDS", 15);
	struct bytes good = BYTES_NONE, bad = BYTES_NONE;
	const char *what;

	(void)state;
	chance = setting("EXAMINE_SEED", 1);
	print_message("EXAMINE_SEED=%lu\n", (unsigned long)chance);
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		make(&shapes[i], &good);
		compare(&shapes[i], "as it is");
		assert_int_equal(sum.none, 1);
		for (unsigned long n = 0; n < rounds; n++) {
			bad.len = 0;
			assert_int_equal(bytes_add(&bad, good.p, good.len), 0);
			what = damage(&bad);
			for (uint32_t more = any(3); more == 0; more = any(2))
				what = damage(&bad);
			write_file(&bad);
			compare(&shapes[i], what);
		}
		print_message("%s: %zu pages: both refuse %u, structure "
			      "alone %u, neither %u\n",
		    shapes[i].name, good.len / PAGE, sum.both, sum.alone,
		    sum.none);
		memset(&sum, 0, sizeof(sum));
		realm_clear(&realm);
	}
	bytes_release(&good);
	bytes_release(&bad);
}

/*
 * One dump.
 */
#define GIVEN_BACK ((size_t)1 << 20)
static unsigned holes;

/* A file with n bytes of something else. */
static int
used_file(size_t n)
{
	char *p = malloc(n);
	int fd;

	assert_non_null(p);
	memset(p, 'x', n);
	fd = scratch_file(p, n);
	free(p);
	return fd;
}

/* One that is kept is written over what was longer. */
static void
one_way(const struct shape *s, enum examine_how how, bool kept,
    struct span want, const struct dump_facts *facts)
{
	int fd = kept ? used_file(want.len + 12345) : scratch_file("", 0);
	int saved = scratch_hush(-1), rc;
	struct examination e;
	char *p;
	size_t n;

	rc = kept ? examine_kept(&realm.p, realm.p.db, fd, &e, how)
		  : examine_as(&realm.p, realm.p.db, fd, &e, how);
	scratch_unhush(saved);
	assert_int_equal(rc, 0);
	p = scratch_read(fd, &n);
	if (e.flaw != EXAMINE_NONE)
		fail_msg("%s, way %d: %s", s->name, how, e.why);
	if (!span_equal(want, (struct span){ p, n }))
		fail_msg("%s, way %d: another dump", s->name, how);
	assert_int_equal(e.facts.size, n);
	assert_memory_equal(&e.facts, facts, sizeof(*facts));
	free(p);
	close(fd);
}

/* What was read of it is given back: the end stands there, with the policies. */
static void
unread(const struct shape *s, enum examine_how how, struct span want,
    const struct dump_facts *facts)
{
	int fd = scratch_file("", 0), saved = scratch_hush(-1), rc;
	struct examination e;
	struct stat st;

	rc = examine_unread(&realm.p, realm.p.db, fd, &e, how);
	scratch_unhush(saved);
	assert_int_equal(rc, 0);
	if (e.flaw != EXAMINE_NONE)
		fail_msg("%s, way %d: %s", s->name, how, e.why);
	assert_memory_equal(&e.facts, facts, sizeof(*facts));
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, want.len);
	if (how == EXAMINE_DIRECT_BOTH && want.len > GIVEN_BACK)
		holes += (size_t)st.st_blocks * 512 < want.len;
	close(fd);
}

/* The database as lookups see it; then by libkdb5 in one process, in two with
 * much and with little room, from the pages by one and by two, and as it is done,
 * written out meanwhile or not: the same bytes, and the same is said of them. */
static void
every_way(const struct shape *s)
{
	struct examination e;
	size_t n;
	char *p;
	int fd = scratch_file("", 0);

	assert_int_equal(
	    examine_as(&realm.p, realm.p.db, fd, &e, EXAMINE_BY_LOOKUPS), 0);
	assert_int_equal(e.flaw, EXAMINE_NONE);
	p = scratch_read(fd, &n);
	for (int how = EXAMINE_BEST; how <= EXAMINE_DIRECT_BOTH; how++) {
		unread(
		    s, (enum examine_how)how, (struct span){ p, n }, &e.facts);
		for (int kept = 0; kept < 2; kept++)
			one_way(s, (enum examine_how)how, kept == 1,
			    (struct span){ p, n }, &e.facts);
	}
	free(p);
	close(fd);
}

static void
one_dump(void **state)
{
	struct bytes file = BYTES_NONE;

	(void)state;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		make(&shapes[i], &file);
		every_way(&shapes[i]);
		realm_clear(&realm);
	}
	/* Else nothing of it was seen here. */
	assert_true(holes > 0);
	bytes_release(&file);
}

/* A record with bytes behind its end (here its only key, of which it does not
 * speak any more): libkdb5 overlooks them, our decoder does not read it.  The
 * first, one in between, the last. */
static void
left_to_libkdb5(void **state)
{
	const struct shape many = { "many", shape_many };
	struct bytes file = BYTES_NONE;
	const char *why;
	struct btree_page g;
	struct btree_item item;
	struct btree b;
	struct tree t;

	(void)state;
	make(&many, &file);
	assert_int_equal(
	    btree_open((struct span){ file.p, file.len }, &b, &why), 0);
	assert_int_equal(tree_check(&b, &t), TREE_SOUND);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(
		    btree_page(&b, t.leaf[i * (t.leaves - 1) / 2], &g), 0);
		assert_int_equal(
		    btree_item(&g, i == 2 ? g.slots - 1 : 0, &item), 0);
		file.p[item.data.p - file.p + 36] = 0;
		write_file(&file);
		every_way(&many);
		file.p[item.data.p - file.p + 36] = 1;
	}
	tree_release(&t);
	realm_clear(&realm);
	bytes_release(&file);
}

/* No room for the dump, of 1,000,000 bytes and more, is no flaw of the database;
 * and it is not tried again in another way. */
static int
cramped(void *arg, void *result)
{
	const enum examine_how *how = arg;
	const struct rlimit room = { 400000, 400000 };
	struct examination e;
	int fd = scratch_file("", 0);

	(void)result;
	(void)scratch_hush(-1);
	if (setrlimit(RLIMIT_FSIZE, &room) == -1)
		return 2;
	return examine_as(&realm.p, realm.p.db, fd, &e, *how) == -1 ? 0 : 1;
}

static void
no_room(void **state)
{
	const struct shape many = { "many", shape_many };
	struct bytes file = BYTES_NONE;
	char none = 0;

	(void)state;
	make(&many, &file);
	for (int how = EXAMINE_BEST; how <= EXAMINE_DIRECT_BOTH; how++)
		assert_int_equal(proc_call("cramped", cramped, &how, &none,
				     sizeof(none), NULL, 0, 20000),
		    0);
	realm_clear(&realm);
	bytes_release(&file);
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
		cmocka_unit_test(one_dump),
		cmocka_unit_test(left_to_libkdb5),
		cmocka_unit_test(no_room),
		cmocka_unit_test(damages),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
