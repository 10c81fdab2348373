#include "pass.h"

#include "../../format/stored.h"
#include "walk.h"

struct pass {
	struct exam *x;
	struct tree_cursor at;
	int (*take)(void *arg, struct princ *p, struct span line);
	void *arg;
	/* What we read ourselves. */
	struct princ p;
	struct bytes big, ours;
};

/* Is what our own decoder reads in the page the same?  What it leaves to libkdb5
 * is libkdb5's alone. */
static int
compare(struct pass *s, const struct btree_item *item, struct span line)
{
	struct span data;

	s->ours.len = 0;
	if (btree_data(&s->x->tree.b, item, &s->big, &data) == -1 ||
	    stored_princ(data, &s->p) == -1)
		return 0;
	if (princ_encode(&s->p, &s->ours) == -1 ||
	    !span_equal((struct span){ s->ours.p, s->ours.len }, line))
		return exam_flaw(s->x, EXAMINE_DECODERS,
		    "libkdb5 and kdcsync do not read the same in a record");
	return 0;
}

static int
meet(void *arg, struct princ *p, struct span line)
{
	struct pass *s = arg;
	struct btree_item item;
	int rc = 0;

	if (s->x->sound) {
		if (!tree_step(&s->at, &item))
			return exam_flaw(s->x, EXAMINE_WALK,
			    "a walk finds more records than the tree has");
		if (!stored_is_key(item.key, p->name))
			return exam_flaw(s->x, EXAMINE_LOOKUP,
			    "a record stands under another name than its own: "
			    "a lookup does not find it");
		rc = compare(s, &item, line);
	}
	return rc == 0 ? s->take(s->arg, p, line) : rc;
}

int
pass_run(struct exam *x, bool backwards,
    int (*take)(void *arg, struct princ *p, struct span line), void *arg)
{
	struct pass s = { .x = x, .take = take, .arg = arg };
	struct btree_item item;
	int rc;

	tree_begin(&x->tree, backwards, &s.at);
	rc =
	    exam_walked(x, walk_princs(x->ctx, backwards, x->e->why, meet, &s));
	princ_release(&s.p);
	bytes_release(&s.big);
	bytes_release(&s.ours);
	if (rc == 0 && x->sound && tree_step(&s.at, &item))
		return exam_flaw(x, EXAMINE_WALK,
		    "a walk finds fewer records than the tree has");
	return rc;
}
