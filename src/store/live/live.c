#include "live.h"

#include "follow.h"
#include "look.h"
#include "shadow.h"
#include "swap.h"

#include "../../sys/file.h"
#include "../../sys/newfile.h"
#include "../../sys/proc.h"
#include "../../sys/say.h"
#include "../pending.h"
#include "../proof.h"
#include "../vouch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* How long a KDC in the middle of a login has to write its record back, since it
 * could.  Between its reading and its writing 1 to 10 ms pass; on a host with
 * several times the load that it can bear 70 in one of a hundred, and 136 once
 * in 641.  What comes later still, the next cycle finds by the files' stamps. */
#define SETTLE_MS 100
#define SHADOWS_MAX 3

static enum verdict_outcome
build(struct install *in)
{
	enum verdict_outcome o;

	if (in->changes != NULL)
		return follow_build(in);
	o = shadow_fill(in);
	return o == VERDICT_SEALED ? shadow_prove(in) : o;
}

static enum verdict_outcome
build_and_swap(struct install *in)
{
	enum verdict_outcome o;
	char path[PATH_MAX];

	in->r->shadows++;
	o = build(in);
	if (o == VERDICT_SEALED) {
		state_path(in->state, STATE_SEAL_NEXT, path);
		if (seal_write(path, in->next) == -1)
			o = VERDICT_FAILED;
	}
	if (o == VERDICT_SEALED)
		o = swap(in);
	if (o == VERDICT_SEALED && in->kept && in->changes != NULL)
		shadow_keep(in);
	else
		shadow_drop(in);
	return o;
}

/* One that writes at this moment is waited for. */
static enum verdict_outcome
stamp_behind_writers(const struct install *in, struct stamp *now)
{
	struct files_lock l = FILES_UNLOCKED;
	int rc = files_lock(in->place->db, LOCK_SHARED, false,
	    (int)(in->cf->lock_wait * 1000), &l);

	if (rc == 0)
		rc = stamp_read(in->place->db, now);
	files_unlock(&l);
	if (rc == LOCK_BUSY)
		return VERDICT_BUSY;
	return rc == 0 ? VERDICT_SEALED : VERDICT_FAILED;
}

/* The dump before the sealed one, which nothing needs any more: a large file, and
 * here is the time to free it. */
static void
prune(const struct install *in)
{
	const struct digest *next = &in->next->m.dump.digest;
	char path[PATH_MAX];
	struct seal was;

	state_path(in->state, STATE_SEAL, path);
	if (seal_read(path, &was) == 1 &&
	    !digest_equal(&was.m.dump.digest, next))
		(void)state_prune_dumps(in->state, next, &was.m.dump.digest);
	seal_release(&was);
}

/* Is it still what we put there, but for counters?  A KDC in the middle of a
 * login may have written an old record back: then in->equal is false, and in->old
 * a new look. */
static enum verdict_outcome
settle(struct install *in)
{
	struct timespec wait = { 0, 0 };
	enum verdict_outcome o;
	struct stamp now;
	int64_t left;

	prune(in);
	left = in->unlocked + SETTLE_MS - proc_now();
	if (left > 0)
		wait.tv_nsec = left * 1000000;
	(void)nanosleep(&wait, NULL);
	o = stamp_behind_writers(in, &now);
	if (o != VERDICT_SEALED)
		return o;
	in->equal = stamp_equal(&now, &in->swapped);
	if (in->equal)
		return VERDICT_SEALED;
	if (in->changes != NULL)
		return follow_look(in);
	live_copy_drop(&in->old);
	o = look(in);
	in->swapped = in->old.stamp;
	return o;
}

static int
commit(struct install *in)
{
	struct proof p = { .time = time(NULL),
		.good = true,
		.digest = in->next->m.dump.digest,
		.stamp = in->swapped,
		.dump = in->sealed };
	char path[PATH_MAX];

	state_dump(in->state, &p.digest, path);
	digested_settle(&p.dump, path);
	(void)snprintf(p.result, sizeof(p.result), "good");
	p.stash_kvno = in->r->mkey.stash_kvno;
	p.n_mkey = in->r->mkey.n;
	memcpy(p.mkey_kvno, in->r->mkey.kvno, sizeof(p.mkey_kvno));
	if (proof_follow(&p, in->next) == -1 ||
	    live_seal(in->state, in->next) == -1)
		return -1;
	return proof_write(in->state, &p);
}

/* Until it is equal, and sealed. */
static enum verdict_outcome
make_equal(struct install *in, enum verdict_outcome o)
{
	while (
	    o == VERDICT_SEALED && !in->equal && in->r->shadows < SHADOWS_MAX) {
		o = build_and_swap(in);
		if (o == VERDICT_SEALED)
			o = settle(in);
	}
	if (o == VERDICT_SEALED && !in->equal) {
		say("%s: records were written back %d times after the swap; "
		    "the next run tries again",
		    in->place->db, SHADOWS_MAX);
		return VERDICT_BUSY;
	}
	if (o == VERDICT_SEALED && commit(in) == -1)
		return VERDICT_FAILED;
	return o;
}

/* Where there is a database it is compared with the dump before anything else. */
static enum verdict_outcome
vouch_first(struct install *in)
{
	struct vouch v = VOUCH_NONE;
	enum verdict_outcome o;

	if (in->vouched || files_exist(in->place->db) == 0)
		return VERDICT_SEALED;
	if (vouch_begin(&v, in->dump, &in->next->m) == -1)
		return VERDICT_FAILED;
	o = vouch_end(&v);
	in->vouched = o == VERDICT_SEALED;
	return o;
}

static enum verdict_outcome
install(struct install *in)
{
	enum verdict_outcome o = vouch_first(in);

	if (o == VERDICT_SEALED)
		o = look(in);
	in->r->first = !in->usable;
	in->swapped = in->old.stamp;
	if (o == VERDICT_SEALED && in->equal)
		o = shadow_check_mkey(in, in->old.db);
	return make_equal(in, o);
}

enum verdict_outcome
live_install_dump(const struct config *cf, const struct place *p,
    struct state *s, const struct seal *next, int dump, bool vouched,
    struct live_report *r)
{
	struct install in = { .cf = cf,
		.place = p,
		.state = s,
		.next = next,
		.dump = dump,
		.vouched = vouched,
		.r = r,
		.old = LIVE_COPY_NONE };
	enum verdict_outcome o;
	char path[PATH_MAX];

	memset(r, 0, sizeof(*r));
	state_dump(s, &next->m.dump.digest, path);
	(void)digested_stamp(path, &next->m.dump.digest, &in.sealed);
	o = install(&in);
	live_copy_drop(&in.old);
	return o;
}

enum verdict_outcome
live_install(const struct config *cf, const struct place *p, struct state *s,
    const struct seal *next, struct live_report *r)
{
	enum verdict_outcome o = VERDICT_FAILED;
	struct digest d;
	char path[PATH_MAX];
	int dump;

	state_dump(s, &next->m.dump.digest, path);
	dump = file_open(path);
	if (dump == -1) {
		if (errno == ENOENT)
			say("%s: missing; " VERDICT_TAKE_FULL, path);
		return VERDICT_NEED_FULL;
	}
	if (file_digest(dump, path, &d) == 0) {
		o = VERDICT_NEED_FULL;
		if (digest_equal(&d, &next->m.dump.digest))
			o = live_install_dump(cf, p, s, next, dump, true, r);
		else
			say("%s: damaged; " VERDICT_TAKE_FULL, path);
	}
	(void)close(dump);
	return o;
}

enum verdict_outcome
live_follow(const struct config *cf, const struct place *p, struct state *s,
    const struct seal *next, const struct changes *c, struct live_report *r)
{
	struct install in = { .cf = cf,
		.place = p,
		.state = s,
		.next = next,
		.dump = -1,
		.changes = c,
		.r = r,
		.old = LIVE_COPY_NONE };

	memset(r, 0, sizeof(*r));
	r->followed = true;
	if (files_exist(p->db) != PLACE_DATA)
		return VERDICT_NEED_FULL;
	return make_equal(&in, VERDICT_SEALED);
}

int
live_seal(struct state *s, const struct seal *next)
{
	char path[PATH_MAX], pending[PATH_MAX];
	struct seal was;
	int rc;

	state_path(s, STATE_SEAL, path);
	state_path(s, STATE_SEAL_NEXT, pending);
	(void)newfile_sweep(path);
	(void)newfile_sweep(pending);
	rc = seal_read(path, &was);
	if (seal_write(path, next) == -1 || newfile_remove(pending) == -1) {
		seal_release(&was);
		return -1;
	}
	if (rc != 1 || !digest_equal(&was.m.dump.digest, &next->m.dump.digest))
		(void)state_prune_dumps(s, &next->m.dump.digest,
		    rc == 1 ? &was.m.dump.digest : NULL);
	seal_release(&was);
	return 0;
}

void
live_sweep(const struct place *p, const struct state *s)
{
	static const char *const names[] = { "apply", "shadow", "late", "dry" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		live_copy_sweep(p, names[i]);
	live_copy_sweep_idle(p, s, LIVE_COPY_DIFF);
	if (s->role == ROLE_REPLICA)
		live_copy_sweep_idle(p, s, LIVE_COPY_STANDING);
}

enum verdict_outcome
live_recover(const struct config *cf, const struct place *p, struct state *s)
{
	enum verdict_outcome o = VERDICT_FAILED;
	struct live_report r;
	struct seal next;
	char path[PATH_MAX];

	live_sweep(p, s);
	state_path(s, STATE_SEAL_NEXT, path);
	switch (pending_read(cf, p->realm, s, &next)) {
	case PENDING_NONE:
		o = VERDICT_SEALED;
		break;
	case PENDING_SWAP:
		say_info("%s: finishing the swap that was cut short", path);
		o = live_install(cf, p, s, &next, &r);
		break;
	case PENDING_VOID:
		if (newfile_remove(path) == 0)
			o = VERDICT_SEALED;
		break;
	case PENDING_UNKNOWN:
		say("%s: a swap was cut short, and whether it is signed "
		    "cannot be told now; the reason is above",
		    path);
		break;
	}
	seal_release(&next);
	return o;
}
