#include "follow.h"

#include "shadow.h"

#include "../../sys/newfile.h"
#include "../../sys/proc.h"
#include "../../sys/say.h"
#include "../kdb/alter.h"

#include <unistd.h>

static struct alter
work(const struct install *in, const char *db)
{
	return (struct alter){ .place = in->place,
		.db = db,
		.from = in->changes->from,
		.to = in->changes->to,
		.again = in->r->shadows > 1 };
}

/* What it comes of may be this host's own doing, or the wire's: live_install
 * tells. */
static enum verdict_outcome
other(const struct install *in, const char *why)
{
	say_debug("%s: not record by record: %s", in->place->db, why);
	return VERDICT_NEED_FULL;
}

static enum verdict_outcome
change(struct install *in)
{
	struct alter a = work(in, in->shadow);
	struct altered n;

	if (alter(&a, &n) != 0)
		return other(in, "what is live is not what they start from");
	if (!n.principals && !n.policies)
		return other(in, "they change nothing");
	in->r->added = n.added;
	in->r->removed = n.removed;
	in->r->changed = n.changed;
	in->changed[PLACE_PRINCIPALS] = n.principals;
	in->changed[PLACE_POLICIES] = n.policies;
	return VERDICT_SEALED;
}

static enum verdict_outcome
fill(struct install *in)
{
	int64_t start = proc_now();
	enum verdict_outcome o = shadow_copy(in);

	/* Twice, as libdb2 flushes what it changed at once. */
	if (o == VERDICT_SEALED && shadow_flush(in) == -1)
		o = VERDICT_FAILED;
	if (o == VERDICT_SEALED)
		o = change(in);
	if (o == VERDICT_SEALED && shadow_flush(in) == -1)
		o = VERDICT_FAILED;
	in->r->fill_ms = proc_now() - start;
	return o;
}

/* Its walk writes the new dump, which has no other proof than this digest. */
static enum verdict_outcome
prove_into(struct install *in, struct newfile *dump)
{
	struct examination e;

	if (examine_kept(in->place, in->shadow, dump->fd, &e, EXAMINE_BEST) ==
	    -1)
		return VERDICT_FAILED;
	if (e.flaw != EXAMINE_NONE)
		return other(in, e.why);
	if (!dump_same_facts(&e.facts, &in->next->m.dump))
		return other(in, "what they give is not what is signed");
	return newfile_commit(dump) == 0 ? VERDICT_SEALED : VERDICT_FAILED;
}

static int
begin_dump(const struct install *in, const char *path, struct newfile *dump)
{
	int fd = state_spare_open(in->state), rc;

	if (fd == -1)
		return -1;
	rc = newfile_adopt(dump, path, fd);
	(void)close(fd);
	return rc == 1 ? newfile_begin(dump, path) : rc;
}

static enum verdict_outcome
prove(struct install *in)
{
	struct newfile dump = NEWFILE_NONE;
	int64_t start = proc_now();
	enum verdict_outcome o = VERDICT_FAILED;
	char path[PATH_MAX];

	state_dump(in->state, &in->next->m.dump.digest, path);
	if (begin_dump(in, path, &dump) == 0)
		o = prove_into(in, &dump);
	if (o == VERDICT_SEALED)
		(void)digested_stamp(
		    path, &in->next->m.dump.digest, &in->sealed);
	newfile_abandon(&dump);
	in->r->prove_ms = proc_now() - start;
	return o;
}

/* With another stash there is more to say. */
static enum verdict_outcome
check_mkey(struct install *in)
{
	struct mkey *m = &in->r->mkey;

	if (mkey_check(in->place, in->shadow, m) == -1)
		return VERDICT_FAILED;
	if (m->state != MKEY_GOOD && m->state != MKEY_OLD)
		return VERDICT_NEED_FULL;
	return shadow_judge_mkey(in);
}

enum verdict_outcome
follow_build(struct install *in)
{
	enum verdict_outcome o = fill(in);

	if (o == VERDICT_SEALED)
		o = prove(in);
	if (o == VERDICT_SEALED)
		o = check_mkey(in);
	return o;
}

enum verdict_outcome
follow_look(struct install *in)
{
	struct alter a = work(in, in->place->db);
	int rc = alter_holds(&a);

	in->equal = rc == 1;
	return rc == -1 ? VERDICT_FAILED : VERDICT_SEALED;
}
