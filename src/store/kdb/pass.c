#include "pass.h"

#include "walk.h"

#include <string.h>

struct pass {
	struct exam *x;
	struct tree_cursor at;
	int (*take)(void *arg, struct princ *p, struct span line);
	void *arg;
};

/* A key is the name and a NUL (kdb_xdr.c, krb5_encode_princ_dbkey). */
static bool
is_key_of(struct span key, struct span name)
{
	return key.len == name.len + 1 && key.p[name.len] == '\0' &&
	    memcmp(key.p, name.p, name.len) == 0;
}

static int
meet(void *arg, struct princ *p, struct span line)
{
	struct pass *s = arg;
	struct btree_item item;

	if (s->x->sound) {
		if (!tree_step(&s->at, &item))
			return exam_flaw(s->x, EXAMINE_WALK,
			    "a walk finds more records than the tree has");
		if (!is_key_of(item.key, p->name))
			return exam_flaw(s->x, EXAMINE_LOOKUP,
			    "a record stands under another name than its own: "
			    "a lookup does not find it");
	}
	return s->take(s->arg, p, line);
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
	if (rc == 0 && x->sound && tree_step(&s.at, &item))
		return exam_flaw(x, EXAMINE_WALK,
		    "a walk finds fewer records than the tree has");
	return rc;
}
