#include "leaves.h"

#include "../../format/stored.h"
#include "../../sys/work.h"

static int
add_record(struct leaves *l, const struct btree_item *item)
{
	struct exam *x = l->x;
	struct span data;

	if (item->big_key ||
	    btree_data(&x->tree.b, item, &l->big, &data) == -1 ||
	    stored_princ(data, &l->p) == -1 ||
	    !stored_is_key(item->key, l->p.name) ||
	    l->p.name.len > DUMP_NAME_MAX ||
	    princ_encode(&l->p, &l->lines) == -1)
		return EXAM_OTHERWISE;
	dump_note_princ(&x->e->facts, x->place->realm, &l->p);
	work_step();
	return 0;
}

static int
add_leaf(struct leaves *l, uint32_t number)
{
	struct btree_page page;
	struct btree_item item;
	int rc = 0;

	if (btree_page(&l->x->tree.b, number, &page) == -1 ||
	    page.kind != BTREE_LEAF)
		return EXAM_OTHERWISE;
	for (unsigned i = 0; i < page.slots && rc == 0; i++)
		rc = btree_item(&page, i, &item) == 0 ? add_record(l, &item)
						      : EXAM_OTHERWISE;
	return rc;
}

int
leaves_lines(struct leaves *l)
{
	const struct tree *t = &l->x->tree;
	int rc = 0;

	l->lines.len = 0;
	while (l->next < t->leaves && l->lines.len < LEAVES_CHUNK && rc == 0)
		rc = add_leaf(l, t->leaf[l->next++]);
	return rc;
}

uint64_t
leaves_records(const struct tree *t)
{
	struct btree_page page;
	uint64_t n = 0;

	for (size_t i = 0; i < t->leaves; i++)
		if (btree_page(&t->b, t->leaf[i], &page) == 0)
			n += page.slots;
	return n;
}

void
leaves_release(struct leaves *l)
{
	princ_release(&l->p);
	bytes_release(&l->big);
	bytes_release(&l->lines);
}
