#include "look.h"

#include "../../format/dump.h"
#include "../../sys/file.h"
#include "../../sys/say.h"

#include <unistd.h>

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

/* Somebody wrote here since the last seal: that is lost now, so say it. */
static void
tell_foreign(struct install *in)
{
	struct seal was;
	char path[PATH_MAX], next[PATH_MAX];

	state_path(in->state, STATE_SEAL, path);
	state_path(in->state, STATE_SEAL_NEXT, next);
	/* Our own half-done swap, or a KDC's late write, is nobody's doing. */
	if (access(next, F_OK) == 0 || in->r->shadows > 0 ||
	    seal_read(path, &was) != 1)
		return;
	if (!digest_equal(&was.m.dump.digest, &in->old.e.facts.digest) &&
	    !in->equal)
		say("%s: not what was sealed as generation %llu.%llu: altered, "
		    "or changed on this replica; replaced (-d names the "
		    "records); changes belong on the primary",
		    in->place->db, (unsigned long long)was.m.epoch,
		    (unsigned long long)was.m.generation);
	seal_release(&was);
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
	rc = live_copy_take(in->cf, in->place, "apply", &in->old);
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
	tell_foreign(in);
	for (int i = 0; i < PLACE_DATA; i++)
		in->changed[i] = false;
	return compare(in) == 0 ? VERDICT_SEALED : VERDICT_FAILED;
}
