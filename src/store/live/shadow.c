#include "shadow.h"

#include "../../sys/file.h"
#include "../../sys/newfile.h"
#include "../../sys/proc.h"
#include "../../sys/say.h"
#include "../../sys/stop.h"
#include "../kdb/fill.h"
#include "../vouch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int
shadow_flush(const struct install *in)
{
	char path[PATH_MAX];
	int fd, rc;

	for (int i = 0; i < PLACE_DATA; i++) {
		place_path(in->shadow, (enum place_file)i, path);
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
name_dir(struct install *in)
{
	if (snprintf(in->dir, sizeof(in->dir), "%s/shadow", in->place->room) >=
		PATH_MAX ||
	    snprintf(in->shadow, sizeof(in->shadow), "%s/principal", in->dir) >=
		PATH_MAX) {
		say("%s: path too long", in->place->room);
		return -1;
	}
	if (newfile_dir(in->place->room) == -1)
		return -1;
	return newfile_remove_dir(in->dir);
}

static int
name_last(const struct install *in, char last[PATH_MAX])
{
	int n =
	    snprintf(last, PATH_MAX, "%s/%s", in->place->room, LIVE_COPY_LAST);

	return n < PATH_MAX ? 0 : -1;
}

/* Under the name that live_sweep removes, whenever this is cut short. */
static int
take_last(struct install *in, int wait_ms)
{
	char last[PATH_MAX];
	int64_t held;
	bool other;

	if (name_last(in, last) == -1 || access(last, F_OK) == -1)
		return FILES_NONE;
	if (newfile_move(last, in->dir) == -1)
		return -1;
	return files_copy_again(in->place->db, in->dir, wait_ms, in->shadow,
	    &in->old.stamp, &held, &other);
}

enum verdict_outcome
shadow_copy(struct install *in)
{
	const int wait_ms = (int)(in->cf->lock_wait * 1000);
	int64_t held;
	int rc;

	if (name_dir(in) == -1)
		return VERDICT_FAILED;
	rc = take_last(in, wait_ms);
	if (rc == FILES_NONE)
		rc = files_copy(in->place->db, in->dir, wait_ms, in->shadow,
		    &in->old.stamp, &held);
	if (rc != 0)
		return rc == LOCK_BUSY ? VERDICT_BUSY : VERDICT_FAILED;
	in->usable = true;
	return same_owner(in->place->db, in->shadow) == 0 ? VERDICT_SEALED
							  : VERDICT_FAILED;
}

static enum verdict_outcome
load(const struct install *in)
{
	const char *old = in->usable ? in->old.db : NULL;

	return fill_load(in->place, in->shadow, in->dump, old) == 0
	    ? VERDICT_SEALED
	    : VERDICT_FAILED;
}

/* Both processors have work: what it is filled with is read beside that, and goes
 * nowhere before the answer.  A line that is no record stops both, and the reader
 * says more of it. */
static enum verdict_outcome
load_and_vouch(struct install *in)
{
	struct vouch v = VOUCH_NONE;
	struct bytes unheard = BYTES_NONE, *before;
	enum verdict_outcome o, read;

	if (vouch_begin(&v, in->dump, &in->next->m) == -1)
		return VERDICT_FAILED;
	before = say_capture(&unheard);
	o = load(in);
	(void)say_capture(before);
	read = stop_asked() ? VERDICT_FAILED : vouch_end(&v);
	vouch_drop(&v);
	in->vouched = read == VERDICT_SEALED;
	/* Of a dump that is refused the reader has said all. */
	if (read != VERDICT_REFUSED)
		say_again((struct span){ unheard.p, unheard.len });
	bytes_release(&unheard);
	return read == VERDICT_SEALED ? o : read;
}

enum verdict_outcome
shadow_fill(struct install *in)
{
	int64_t start = proc_now();
	enum verdict_outcome o;

	/* Where it is all made anew it would take a third one's room. */
	live_copy_sweep(in->place, LIVE_COPY_LAST);
	if (name_dir(in) == -1 || newfile_dir(in->dir) == -1)
		return VERDICT_FAILED;
	o = in->vouched ? load(in) : load_and_vouch(in);
	if (o != VERDICT_SEALED)
		return o;
	if (shadow_flush(in) == -1 ||
	    same_owner(in->place->db, in->shadow) == -1)
		return VERDICT_FAILED;
	in->r->fill_ms = proc_now() - start;
	return VERDICT_SEALED;
}

/* The old master key was purged before this host's stash was renewed.  While
 * the live database still has both keys, the stash can be made from it. */
static bool
stash_can_be_renewed(const struct install *in)
{
	struct mkey live;

	return in->usable && in->old.db[0] != '\0' &&
	    mkey_check(in->place, in->old.db, &live) == 0 &&
	    live.state == MKEY_OLD && live.newest >= in->r->mkey.newest;
}

static void
say_stash(const struct install *in, const struct mkey *m)
{
	char todo[REALM_MAX + 128];

	if (in->state->role == ROLE_RESTORE)
		(void)snprintf(todo, sizeof(todo),
		    "move it away, and put the one of that time there: an "
		    "archive of then has it, for --identity");
	else if (m->state != MKEY_AHEAD && stash_can_be_renewed(in))
		(void)snprintf(todo, sizeof(todo),
		    "type here: kdb5_util -r %s stash; then ship again",
		    in->place->realm);
	else
		(void)snprintf(
		    todo, sizeof(todo), "copy the primary's stash file here");
	say("%s: does not fit generation %llu.%llu: %s; nothing was changed; "
	    "%s",
	    in->place->stash, (unsigned long long)in->next->m.epoch,
	    (unsigned long long)in->next->m.generation, m->why, todo);
}

/* What does not fit this host's stash never goes live. */
enum verdict_outcome
shadow_judge_mkey(const struct install *in)
{
	const struct mkey *m = &in->r->mkey;

	if (m->state == MKEY_OLD)
		say("%s: %s; type here, before the old one is purged on the "
		    "primary: kdb5_util -r %s stash",
		    in->place->stash, m->why, in->place->realm);
	if (m->state == MKEY_GOOD || m->state == MKEY_OLD)
		return VERDICT_SEALED;
	say_stash(in, m);
	return VERDICT_REFUSED;
}

enum verdict_outcome
shadow_check_mkey(struct install *in, const char *db)
{
	if (mkey_check(in->place, db, &in->r->mkey) == -1)
		return VERDICT_FAILED;
	return shadow_judge_mkey(in);
}

enum verdict_outcome
shadow_prove(struct install *in)
{
	int64_t start = proc_now();
	struct examination e;
	int fd, rc;

	fd = newfile_scratch(in->dir);
	if (fd == -1)
		return VERDICT_FAILED;
	rc = examine_unread(in->place, in->shadow, fd, &e, EXAMINE_BEST);
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
	return shadow_check_mkey(in, in->shadow);
}

void
shadow_drop(const struct install *in)
{
	(void)newfile_remove_dir(in->dir);
}

void
shadow_keep(const struct install *in)
{
	char last[PATH_MAX];

	if (name_last(in, last) == -1 || newfile_remove_dir(last) == -1 ||
	    newfile_move(in->dir, last) == -1)
		shadow_drop(in);
}
