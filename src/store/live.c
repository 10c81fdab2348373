#include "live.h"

#include "../format/dump.h"
#include "../sys/file.h"
#include "../sys/newfile.h"
#include "../sys/proc.h"
#include "../sys/say.h"
#include "kdb/fill.h"
#include "live_copy.h"
#include "pending.h"
#include "proof.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* How long a KDC in the middle of a login has to write its record back. */
#define SETTLE_MS 300
#define SHADOWS_MAX 3

struct install {
	const struct config *cf;
	const struct place *place;
	struct state *state;
	const struct seal *next;
	struct live_report *r;
	struct live_copy old;	  /* of the live database */
	bool usable;		  /* old is there and without a flaw */
	bool equal;		  /* old is what next says */
	bool changed[PLACE_DATA]; /* which files differ */
	char dir[PATH_MAX], shadow[PATH_MAX];
	int dump; /* of next */
	struct stamp swapped;
};

/*
 * What is live now?
 */
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

static enum verdict_outcome
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

/*
 * The shadow and its proof.
 */
static int
flush_files(const char *db)
{
	char path[PATH_MAX];
	int fd, rc;

	for (int i = 0; i < PLACE_DATA; i++) {
		place_path(db, (enum place_file)i, path);
		fd = file_open(path);
		if (fd == -1)
			return -1;
		rc = newfile_flush(fd, path);
		(void)close(fd);
		if (rc == -1)
			return -1;
	}
	return 0;
}

/* Who owned the database owns the new one: krb5kdc may not run as we do. */
static int
same_owner(const char *db, const char *shadow)
{
	char from[PATH_MAX], to[PATH_MAX];
	struct stat st;

	for (int i = 0; i < PLACE_DATA; i++) {
		place_path(db, (enum place_file)i, from);
		place_path(shadow, (enum place_file)i, to);
		if (lstat(from, &st) == -1)
			continue;
		if ((st.st_uid != geteuid() || st.st_gid != getegid()) &&
		    lchown(to, st.st_uid, st.st_gid) == -1) {
			say("%s: cannot give it the owner of %s: %s", to, from,
			    strerror(errno));
			return -1;
		}
	}
	return 0;
}

static int
make_shadow_dir(struct install *in)
{
	if (snprintf(in->dir, sizeof(in->dir), "%s/shadow", in->place->room) >=
		PATH_MAX ||
	    snprintf(in->shadow, sizeof(in->shadow), "%s/principal", in->dir) >=
		PATH_MAX) {
		say("%s: path too long", in->place->room);
		return -1;
	}
	if (newfile_dir(in->place->room) == -1 ||
	    newfile_remove_dir(in->dir) == -1)
		return -1;
	return newfile_dir(in->dir);
}

static int
fill(struct install *in)
{
	int64_t start = proc_now();

	if (make_shadow_dir(in) == -1 ||
	    fill_load(in->place, in->shadow, in->dump,
		in->usable ? in->old.db : NULL) == -1 ||
	    flush_files(in->shadow) == -1 ||
	    same_owner(in->place->db, in->shadow) == -1)
		return -1;
	in->r->fill_ms = proc_now() - start;
	return 0;
}

/* What does not fit this host's stash never goes live. */
static enum verdict_outcome
check_mkey(struct install *in, const char *db)
{
	struct mkey *m = &in->r->mkey;

	if (mkey_check(in->place, db, m) == -1)
		return VERDICT_FAILED;
	if (m->state == MKEY_OLD)
		say("%s: %s; run kdb5_util stash here with the new master "
		    "password, or copy the primary's stash",
		    in->place->stash, m->why);
	if (m->state == MKEY_GOOD || m->state == MKEY_OLD)
		return VERDICT_SEALED;
	say("%s: does not fit generation %llu.%llu: %s; copy the primary's "
	    "stash file here",
	    in->place->stash, (unsigned long long)in->next->m.epoch,
	    (unsigned long long)in->next->m.generation, m->why);
	return VERDICT_REFUSED;
}

static enum verdict_outcome
prove(struct install *in)
{
	int64_t start = proc_now();
	struct examination e;
	int fd, rc;

	fd = newfile_scratch(in->dir);
	if (fd == -1)
		return VERDICT_FAILED;
	rc = examine(in->place, in->shadow, fd, &e);
	(void)close(fd);
	if (rc == -1)
		return VERDICT_FAILED;
	in->r->prove_ms = proc_now() - start;
	if (e.flaw != EXAMINE_NONE) {
		say("%s: the new database failed its proof: %s (is the disk "
		    "full or failing?); the old one stays",
		    in->shadow, e.why);
		return VERDICT_FAILED;
	}
	if (!digest_equal(&e.facts.digest, &in->next->m.dump.digest)) {
		say("%s: the new database is not what was signed (is the disk "
		    "full or failing?); the old one stays",
		    in->shadow);
		return VERDICT_FAILED;
	}
	return check_mkey(in, in->shadow);
}

/*
 * The swap.
 */

/* Counters that the KDC wrote since the copy; both locks are held. */
static int
take_late(struct install *in)
{
	char dir[PATH_MAX + 8], late[PATH_MAX];
	struct stamp now;
	int rc;

	if (!in->usable)
		return 0;
	if (stamp_read(in->place->db, &now) == -1)
		return -1;
	if (stamp_equal(&now, &in->old.stamp) && stamp_settled(&in->old.stamp))
		return 0;
	if (snprintf(dir, sizeof(dir), "%s/late", in->place->room) >= PATH_MAX)
		return -1;
	rc = files_copy_locked(in->place->db, dir, late, &now);
	if (rc == 0)
		rc = fill_late(in->place, in->shadow, late, &in->r->late);
	(void)newfile_remove_dir(dir);
	/* libkdb5 swallows a failed write: what was touched is proved again. */
	if (rc == 0 && in->r->late > 0 && prove(in) != VERDICT_SEALED)
		rc = -1;
	return rc;
}

/* Policies first: a principal may name a new policy. */
static int
move(struct install *in, int keep[PLACE_DATA])
{
	static const enum place_file order[PLACE_DATA] = { PLACE_POLICIES,
		PLACE_PRINCIPALS };
	char from[PATH_MAX], to[PATH_MAX];

	for (int i = 0; i < PLACE_DATA; i++) {
		if (!in->changed[order[i]])
			continue;
		place_path(in->shadow, order[i], from);
		place_path(in->place->db, order[i], to);
		/* Held open, so that the rename does not have to free the old
		 * file's blocks under the locks. */
		keep[i] = open(to, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		if (newfile_move(from, to) == -1)
			return -1;
	}
	return newfile_flush_dir(in->place->db_dir);
}

static enum verdict_outcome
swap(struct install *in)
{
	struct files_lock l = FILES_UNLOCKED;
	int keep[PLACE_DATA] = { -1, -1 };
	int rc;

	rc = files_lock(in->place->db, LOCK_EXCLUSIVE, true,
	    (int)(in->cf->lock_wait * 1000), &l);
	if (rc != 0)
		return rc == LOCK_BUSY ? VERDICT_BUSY : VERDICT_FAILED;
	rc = take_late(in);
	if (rc == 0)
		rc = flush_files(in->shadow);
	if (rc == 0)
		rc = move(in, keep);
	if (rc == 0)
		rc = stamp_read(in->place->db, &in->swapped);
	files_unlock(&l);
	in->r->lock_ms = proc_now() - l.since;
	for (int i = 0; i < PLACE_DATA; i++)
		if (keep[i] != -1)
			(void)close(keep[i]);
	return rc == 0 ? VERDICT_SEALED : VERDICT_FAILED;
}

static enum verdict_outcome
build_and_swap(struct install *in)
{
	enum verdict_outcome o = VERDICT_FAILED;
	char path[PATH_MAX];

	in->r->shadows++;
	if (fill(in) == 0)
		o = prove(in);
	if (o == VERDICT_SEALED) {
		state_path(in->state, STATE_SEAL_NEXT, path);
		if (seal_write(path, in->next) == -1)
			o = VERDICT_FAILED;
	}
	if (o == VERDICT_SEALED)
		o = swap(in);
	(void)newfile_remove_dir(in->dir);
	return o;
}

/*
 * The whole story.
 */

/* Is it still what we put there, but for counters?  A KDC in the middle of a
 * login may have written an old record back: then in->equal is false, and in->old
 * a new look. */
static enum verdict_outcome
settle(struct install *in)
{
	struct timespec wait = { 0, SETTLE_MS * 1000000L };
	enum verdict_outcome o;
	struct stamp now;

	(void)nanosleep(&wait, NULL);
	if (stamp_read(in->place->db, &now) == -1)
		return VERDICT_FAILED;
	in->equal = stamp_equal(&now, &in->swapped);
	if (in->equal)
		return VERDICT_SEALED;
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
		.epoch = in->next->m.epoch,
		.generation = in->next->m.generation,
		.as_of = in->next->m.as_of,
		.stamp = in->swapped };

	(void)snprintf(p.result, sizeof(p.result), "good");
	p.stash_kvno = in->r->mkey.stash_kvno;
	p.n_mkey = in->r->mkey.n;
	memcpy(p.mkey_kvno, in->r->mkey.kvno, sizeof(p.mkey_kvno));
	if (live_seal(in->state, in->next) == -1)
		return -1;
	return proof_write(in->state, &p);
}

static enum verdict_outcome
install(struct install *in)
{
	enum verdict_outcome o = look(in);

	in->r->first = !in->usable;
	in->swapped = in->old.stamp;
	if (o == VERDICT_SEALED && in->equal)
		o = check_mkey(in, in->old.db);
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

enum verdict_outcome
live_install(const struct config *cf, const struct place *p, struct state *s,
    const struct seal *next, struct live_report *r)
{
	struct install in = { .cf = cf,
		.place = p,
		.state = s,
		.next = next,
		.r = r,
		.old = LIVE_COPY_NONE };
	enum verdict_outcome o = VERDICT_FAILED;
	struct digest d;
	char path[PATH_MAX];

	memset(r, 0, sizeof(*r));
	state_dump(s, &next->m.dump.digest, path);
	in.dump = file_open(path);
	if (in.dump == -1) {
		if (errno == ENOENT)
			say("%s: missing; the next full bundle brings it",
			    path);
		return VERDICT_NEED_FULL;
	}
	if (file_digest(in.dump, path, &d) == 0) {
		o = VERDICT_NEED_FULL;
		if (digest_equal(&d, &next->m.dump.digest))
			o = install(&in);
		else
			say("%s: damaged; the next full bundle replaces it",
			    path);
	}
	live_copy_drop(&in.old);
	(void)close(in.dump);
	return o;
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
		state_prune_dumps(s, &next->m.dump.digest,
		    rc == 1 ? &was.m.dump.digest : NULL);
	seal_release(&was);
	return 0;
}

/* Copies of all keys that a killed process did not remove. */
static void
remove_leftovers(const struct place *p)
{
	static const char *const names[] = { "apply", "shadow", "late", "dry" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		live_copy_sweep(p, names[i]);
}

enum verdict_outcome
live_recover(const struct config *cf, const struct place *p, struct state *s)
{
	enum verdict_outcome o = VERDICT_FAILED;
	struct live_report r;
	struct seal next;
	char path[PATH_MAX];

	remove_leftovers(p);
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
