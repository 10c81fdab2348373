/* Goal of this test: a walk by two processes does not rest on the structural
 * check alone.  The tree is taken from a sound file; what libkdb5 then walks has
 * a pointer that skips leaves, in the half of either process, or pages that
 * crash it: each time it is a flaw of the database. */

#include "users.h"

#include "store/kdb/halves.h"
#include "sys/proc.h"

#include <sys/resource.h>

struct trial {
	enum examine_how how;
	const char *other; /* what the first walks, or NULL: the same */
	bool crash;	   /* the second does */
	bool blind;	   /* our own decoder reads nothing in the pages */
	rlim_t room;	   /* bytes of the dump that fit on the disk; 0: all */
	int rc;
	char why[160];
};

/* Records with a field of a later version in them: our decoder leaves them to
 * libkdb5.  In a child. */
static void
spoil(void)
{
	struct tree_cursor c;
	struct btree_item item;
	struct tree t = users_tree();

	tree_begin(&t, false, &c);
	while (tree_step(&c, &item))
		good.p[item.data.p - good.p]++;
	tree_release(&t);
}

/* In a child: libkdb5 may crash. */
static int
walk_here(void *arg, void *result)
{
	struct examination e = { .flaw = EXAMINE_NONE };
	struct trial *t = result;
	struct exam x = { .place = &realm.p,
		.db = realm.p.db,
		.out = scratch_file("", 0),
		.how = t->how,
		.e = &e };
	const struct rlimit room = { t->room, t->room };
	struct halves h;
	struct btree b;
	const char *why;

	(void)arg;
	if (t->blind)
		spoil();
	x.file = (struct span){ good.p, good.len };
	if (btree_open(x.file, &b, &why) == -1 ||
	    tree_check(&b, &x.tree) != TREE_SOUND)
		return 1;
	x.sound = true;
	if (t->room != 0 && setrlimit(RLIMIT_FSIZE, &room) == -1)
		return 1;
	if (t->crash)
		x.db = (const char *)(uintptr_t)1;
	halves_begin(&h, &x);
	x.db = realm.p.db;
	if ((h.shared != NULL) != (t->how == EXAMINE_IN_HALVES))
		return 1;
	if (t->other != NULL)
		x.db = t->other;
	x.ctx = entry_open(x.place, x.db, false);
	if (x.ctx == NULL || exam_begin(&x) != 0)
		return 1;
	t->rc = halves_dump(&h);
	halves_release(&h);
	(void)memcpy(t->why, e.why, sizeof(t->why));
	return 0;
}

static struct trial
try(struct trial t)
{
	int saved = scratch_hush(-1), rc;

	rc = proc_call("walk", walk_here, NULL, &t, sizeof(t), NULL, 0, 20000);
	scratch_unhush(saved);
	if (rc == PROC_CRASHED)
		t.rc = EXAM_FLAW; /* as examine takes it */
	else
		assert_int_equal(rc, 0);
	return t;
}

static struct trial
walk(enum examine_how how)
{
	return try((struct trial){ .how = how, .rc = -1 });
}

static void
install(struct bytes *b)
{
	scratch_write(realm.p.db, b->p, b->len);
	bytes_release(b);
}

static void
crashes(void **state)
{
	struct bytes b = users_copy();
	struct trial t = { .how = EXAMINE_IN_HALVES, .crash = true };

	(void)state;
	install(&b);
	t = try(t);
	assert_int_equal(t.rc, EXAM_FLAW);
	assert_non_null(strstr(t.why, "crashed libkdb5"));
}

/* The dump has some 1,000,000 bytes; the first fails, or the second when it
 * writes where the first left off.  That is no flaw of the database. */
static void
no_room(void **state)
{
	struct trial t = { .how = EXAMINE_IN_HALVES };
	struct bytes b = users_copy();

	(void)state;
	install(&b);
	for (t.room = 1000; t.room < 600000; t.room += 100000)
		assert_int_equal(try(t).rc, EXAM_HOST);
	t.room = 0;
	assert_int_equal(try(t).rc, 0);
}

static void
as_it_is(void **state)
{
	struct bytes b = users_copy();

	(void)state;
	install(&b);
	assert_int_equal(walk(EXAMINE_IN_HALVES).rc, 0);
	assert_int_equal(walk(EXAMINE_ALONE).rc, 0);
}

/* Either process walks 128 records at least before it can stop: the first leaf
 * and the last are always walked by one that goes on from there. */
static void
skip_leaf(size_t leaf, size_t to, size_t offset)
{
	struct bytes b = users_copy();
	struct tree t = users_tree();
	struct trial got;

	memcpy(b.p + (size_t)t.leaf[leaf] * PAGE + offset, &t.leaf[to], 4);
	install(&b);
	tree_release(&t);
	got = walk(EXAMINE_IN_HALVES);
	assert_int_equal(got.rc, EXAM_FLAW);
	assert_non_null(strstr(got.why, "under another name"));
}

static void
skip_forward(void **state)
{
	(void)state;
	skip_leaf(0, 2, 8);
}

static void
skip_backward(void **state)
{
	struct tree t = users_tree();
	size_t last = t.leaves - 1;

	(void)state;
	tree_release(&t);
	skip_leaf(last, last - 2, 4);
}

/* A chain that ends early. */
static void
ends_early(void **state)
{
	struct tree t = users_tree();
	struct bytes b = users_copy();

	(void)state;
	memset(b.p + (size_t)t.leaf[0] * PAGE + 8, 0, 4);
	memset(b.p + (size_t)t.leaf[t.leaves - 1] * PAGE + 4, 0, 4);
	install(&b);
	tree_release(&t);
	assert_int_equal(walk(EXAMINE_IN_HALVES).rc, EXAM_FLAW);
	assert_int_equal(walk(EXAMINE_ALONE).rc, EXAM_FLAW);
}

/* Pages that libdb2 stumbles over, in either half. */
static void
rubbish(void **state)
{
	struct tree t = users_tree();
	struct bytes b;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		for (int fill = 0; fill < 256; fill += 255) {
			b = users_copy();
			memset(b.p +
				(size_t)t.leaf[i == 0 ? 1 : t.leaves - 2] *
				    PAGE,
			    fill, PAGE);
			install(&b);
			assert_int_equal(walk(EXAMINE_IN_HALVES).rc, EXAM_FLAW);
		}
	}
	tree_release(&t);
}

/* The same names with other keys, which the first walks. */
static struct trial
walk_other(bool blind)
{
	struct bytes b = users_copy();
	struct trial t = { .how = EXAMINE_IN_HALVES, .blind = blind, .rc = -1 };
	char other[64];

	install(&b);
	(void)snprintf(other, sizeof(other), "%s/other", realm.dir);
	t.other = other;
	return try(t);
}

/* Where the two meet, both have walked some.  (RECORDS is no multiple of 128.) */
static void
two_stories(void **state)
{
	struct trial t = walk_other(true);

	(void)state;
	assert_int_equal(t.rc, EXAM_FLAW);
	assert_non_null(strstr(t.why, "meet other records"));
}

/* Before that, each record is held against what its page says. */
static void
two_decoders(void **state)
{
	struct trial t = walk_other(false);

	(void)state;
	assert_int_equal(t.rc, EXAM_FLAW);
	assert_non_null(strstr(t.why, "do not read the same"));
}

static int
setup(void **state)
{
	char other[64];

	(void)state;
	users_begin(20);
	(void)snprintf(other, sizeof(other), "%s/other", realm.dir);
	users_make(other, 20, 3000000);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_it_is),
		cmocka_unit_test(skip_forward),
		cmocka_unit_test(skip_backward),
		cmocka_unit_test(ends_early),
		cmocka_unit_test(rubbish),
		cmocka_unit_test(crashes),
		cmocka_unit_test(no_room),
		cmocka_unit_test(two_stories),
		cmocka_unit_test(two_decoders),
	};

	return cmocka_run_group_tests(tests, setup, users_end);
}
