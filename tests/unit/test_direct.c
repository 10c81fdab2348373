/* Goal of this test: what is read straight from the pages is believed only when
 * everything about it was judged: pointers that skip leaves, a separator that does
 * not bound its leaf, a record under another name, overflow pages with two owners,
 * a second process that dies, are each "otherwise", by one process and by two. */

#include "users.h"

#include "store/kdb/direct.h"
#include "sys/proc.h"

struct trial {
	enum examine_how how;
	bool crash; /* of the second */
	int rc;
	uint64_t principals, records;
};

/* As examine does it. */
static int
read_here(void *arg, void *result)
{
	struct examination e = { .flaw = EXAMINE_NONE };
	struct bytes *file = arg;
	struct trial *t = result;
	struct exam x = { .place = &realm.p,
		.db = realm.p.db,
		.out = scratch_file("", 0),
		.how = t->how,
		.e = &e };
	struct direct d;
	struct btree b;
	const char *why;
	uint32_t *leaf;

	(void)scratch_hush(-1);
	x.file = (struct span){ file->p, file->len };
	if (btree_open(x.file, &b, &why) == -1 || exam_begin(&x) != 0 ||
	    exam_flush(&x) != 0)
		return 1;
	if (tree_outline(&b, &x.tree) != TREE_SOUND) {
		t->rc = EXAM_OTHERWISE;
		return 0;
	}
	leaf = x.tree.leaf;
	if (t->crash)
		x.tree.leaf = (uint32_t *)(uintptr_t)4;
	direct_begin(&d, &x);
	x.tree.leaf = leaf;
	if (d.two != (t->how == EXAMINE_DIRECT_BOTH))
		return 1;
	t->rc = direct_dump(&d);
	if (x.sound != (t->rc == 0))
		return 1;
	direct_release(&d);
	t->principals = e.facts.principals;
	if (t->rc == 0 && lseek(x.out, 0, SEEK_END) != (off_t)e.facts.size)
		return 1;
	t->records = x.tree.records;
	return 0;
}

static struct trial
read_by(struct bytes *file, enum examine_how how, bool crash)
{
	struct trial t = { .how = how, .crash = crash, .rc = -1 };

	assert_int_equal(
	    proc_call("read", read_here, file, &t, sizeof(t), NULL, 0, 20000),
	    0);
	return t;
}

static void
as_it_is(void **state)
{
	(void)state;
	for (int how = EXAMINE_DIRECT_ALONE; how <= EXAMINE_DIRECT_BOTH;
	     how++) {
		struct trial t = read_by(&good, (enum examine_how)how, false);

		assert_int_equal(t.rc, 0);
		assert_int_equal(t.principals, RECORDS);
		assert_int_equal(t.records, RECORDS);
	}
}

static void
crashes(void **state)
{
	(void)state;
	assert_int_equal(
	    read_by(&good, EXAMINE_DIRECT_BOTH, true).rc, EXAM_OTHERWISE);
}

/* Puts n bytes there; nothing of it is believed. */
static void
refused(size_t at, const void *p, size_t n)
{
	struct bytes b = users_copy();

	assert_memory_not_equal(b.p + at, p, n);
	memcpy(b.p + at, p, n);
	assert_int_equal(
	    read_by(&b, EXAMINE_DIRECT_ALONE, false).rc, EXAM_OTHERWISE);
	assert_int_equal(
	    read_by(&b, EXAMINE_DIRECT_BOTH, false).rc, EXAM_OTHERWISE);
	bytes_release(&b);
}

/* Near the beginning, in the middle, near the end. */
static void
skipped_leaves(void **state)
{
	struct tree t = users_tree();
	const uint32_t none = 0;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		size_t leaf = 2 + i * (t.leaves - 5) / 2;
		size_t page = (size_t)t.leaf[leaf] * PAGE;

		refused(page + 8, &t.leaf[leaf + 2], 4);
		refused(page + 4, &t.leaf[leaf - 2], 4);
		refused(page + 8, &none, 4);
		refused(page + 4, &none, 4);
		/* A page that is another's copy, but for its number. */
		refused(page + 16,
		    good.p + (size_t)t.leaf[leaf + 1] * PAGE + 16, PAGE - 16);
	}
	tree_release(&t);
}

/* The place of the last item of a leaf at the beginning, in the middle or at the
 * end of the tree. */
static size_t
last_item(size_t which, struct btree_item *item)
{
	struct tree t = users_tree();
	const uint32_t number = t.leaf[1 + which * (t.leaves - 3) / 2];
	struct btree_page g;

	assert_int_equal(btree_page(&t.b, number, &g), 0);
	assert_int_equal(btree_item(&g, g.slots - 1, item), 0);
	tree_release(&t);
	return (size_t)number * PAGE + item->at;
}

static void
names(void **state)
{
	struct btree_item item;
	size_t at;

	(void)state;
	/* The key alone, the name alone, both: past the next leaf's first. */
	for (size_t which = 0; which < 3; which++) {
		at = last_item(which, &item) + 9;
		refused(at + 9, "z", 1);
		refused(at + item.key.len + 40 + 9, "z", 1);
		/* Its kind of key: a number of parts that no krb5 knows. */
		refused(at + item.key.len + item.data.len - 62 - 8, "\7", 1);
	}
}

/* Two records share overflow pages: of each the dump would be whole. */
static void
shared_chain(void **state)
{
	struct btree_item one, other;
	struct tree_cursor c;
	struct tree t = users_tree();

	(void)state;
	one.big_data = other.big_data = false;
	tree_begin(&t, false, &c);
	while (!one.big_data)
		assert_true(tree_step(&c, &one));
	while (!other.big_data)
		assert_true(tree_step(&c, &other));
	refused((size_t)(other.data.p - good.p), one.data.p, 8);
	tree_release(&t);
}

static int
setup(void **state)
{
	(void)state;
	users_begin(9000);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_it_is),
		cmocka_unit_test(crashes),
		cmocka_unit_test(skipped_leaves),
		cmocka_unit_test(names),
		cmocka_unit_test(shared_chain),
	};

	return cmocka_run_group_tests(tests, setup, users_end);
}
