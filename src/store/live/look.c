#include "look.h"

#include "../../format/dump.h"
#include "../../sys/file.h"
#include "../../sys/say.h"
#include "foreign.h"

static int
count_change(void *arg, enum dump_change what, enum dump_line kind,
    struct span name, struct span from, struct span to)
{
	static const char *const word[] = { "added", "removed", "changed" };
	struct install *in = arg;
	uint64_t *n[] = { &in->r->added, &in->r->removed, &in->r->changed };

	(void)from;
	(void)to;
	*n[what] += 1;
	in->changed[kind == DUMP_PRINC ? PLACE_PRINCIPALS : PLACE_POLICIES] =
	    true;
	say_debug("%s %s: %.*s", kind == DUMP_PRINC ? "principal" : "policy",
	    word[what], (int)name.len, name.p);
	return 0;
}

static int
compare(struct install *in)
{
	struct span old = { NULL, 0 }, new = { NULL, 0 };
	int rc = -1;

	in->r->added = in->r->removed = in->r->changed = 0;
	if (file_map(in->old.dump, "dump", &old) == 0 &&
	    file_map(in->dump, "dump", &new) == 0)
		rc = dump_diff(old, new, count_change, in);
	file_unmap(&old);
	file_unmap(&new);
	return rc;
}

enum verdict_outcome
look(struct install *in)
{
	int there = files_exist(in->place->db), rc;

	in->usable = in->equal = false;
	for (int i = 0; i < PLACE_DATA; i++)
		in->changed[i] = true;
	if (there == -1)
		return VERDICT_FAILED;
	if (there < PLACE_DATA)
		return VERDICT_SEALED;
	rc = live_copy_take(in->cf, in->place, "apply", EXAMINE_BEST, &in->old);
	if (rc == LOCK_BUSY)
		return VERDICT_BUSY;
	if (rc == -1)
		return VERDICT_FAILED;
	if (in->old.e.flaw != EXAMINE_NONE) {
		say("%s: damaged (%s); replaced whole, the login counters of "
		    "this replica are lost",
		    in->place->db, in->old.e.why);
		return VERDICT_SEALED;
	}
	in->usable = true;
	in->equal =
	    digest_equal(&in->old.e.facts.digest, &in->next->m.dump.digest);
	if (!in->equal)
		foreign_tell(in);
	for (int i = 0; i < PLACE_DATA; i++)
		in->changed[i] = false;
	return compare(in) == 0 ? VERDICT_SEALED : VERDICT_FAILED;
}
