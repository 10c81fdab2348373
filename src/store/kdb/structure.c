#include "structure.h"

#include "../../sys/file.h"

#include <kdb.h>
#include <string.h>
#include <unistd.h>

/* The magic numbers that libdb2 writes first (its btree.h and hash.h), and the
 * same as a machine of the other byte order wrote them. */
#define IS_BTREE(m) ((m) == 0x00053162 || (m) == 0x62310500)
#define IS_HASH(m) ((m) == 0x00061561 || (m) == 0x61150600)

static int
map(struct exam *x, enum place_file which, struct span *file)
{
	char path[PATH_MAX];
	int fd, rc;

	place_path(x->db, which, path);
	fd = file_open(path);
	if (fd == -1)
		return exam_flaw(x, EXAMINE_UNREADABLE,
		    "the %s' file cannot be opened",
		    which == PLACE_POLICIES ? "policies" : "principals");
	rc = file_map(fd, path, file);
	(void)close(fd);
	return rc == 0 ? 0 : EXAM_HOST;
}

static int
judge(struct exam *x, const char *what, enum tree_state s, const struct tree *t)
{
	switch (s) {
	case TREE_SOUND:
		return 0;
	case TREE_NO_MEMORY:
		return EXAM_HOST;
	case TREE_BIG_KEY:
		return exam_flaw(x, EXAMINE_ORDER,
		    "%s%s; past %d bytes libdb2 loses records", what, t->why,
		    DUMP_NAME_MAX);
	default:
		return exam_flaw(x, EXAMINE_TREE, "btree: %s%s", what, t->why);
	}
}

/* What kind of file the principals' is. */
static int
open_principals(struct exam *x)
{
	uint32_t magic = 0;
	int rc;

	rc = map(x, PLACE_PRINCIPALS, &x->file);
	if (rc != 0)
		return rc;
	if (x->file.len >= sizeof(magic))
		memcpy(&magic, x->file.p, sizeof(magic));
	x->most = x->file.len / KRB5_KDB_V1_BASE_LENGTH;
	x->hash = IS_HASH(magic);
	if (!x->hash && !IS_BTREE(magic))
		return exam_flaw(x, EXAMINE_UNREADABLE,
		    "the principals' file is no DB2 database");
	return 0;
}

static int
prove_principals(struct exam *x)
{
	struct btree b;
	const char *why;
	int rc;

	if (x->how == EXAMINE_BY_LOOKUPS || btree_open(x->file, &b, &why) == -1)
		return 0;
	rc = judge(x, "", tree_check(&b, &x->tree), &x->tree);
	x->sound = rc == 0;
	return rc;
}

/* A file of policies may be a hash, or empty: none was ever made. */
int
structure_policies(struct exam *x)
{
	struct span file = { NULL, 0 };
	struct tree t = TREE_NONE;
	struct btree b;
	const char *why;
	int rc;

	rc = map(x, PLACE_POLICIES, &file);
	if (rc == 0 && btree_open(file, &b, &why) == 0)
		rc = judge(x, "policies: ", tree_check(&b, &t), &t);
	tree_release(&t);
	file_unmap(&file);
	return rc;
}

int
structure_prove(struct exam *x)
{
	int rc;

	rc = open_principals(x);
	if (rc == 0)
		rc = prove_principals(x);
	if (rc == 0 && x->how != EXAMINE_BY_LOOKUPS)
		rc = structure_policies(x);
	return rc;
}

int
structure_outline(struct exam *x)
{
	struct btree b;
	const char *why;

	if (open_principals(x) != 0 || x->hash ||
	    btree_open(x->file, &b, &why) == -1 ||
	    tree_outline(&b, &x->tree) != TREE_SOUND)
		return EXAM_OTHERWISE;
	return 0;
}

void
structure_release(struct exam *x)
{
	tree_release(&x->tree);
	file_unmap(&x->file);
	x->sound = false;
}
