#include "apply.h"

#include "job.h"
#include "report.h"
#include "tell.h"

#include "../sys/file.h"
#include "../sys/proc.h"
#include "../sys/say.h"
#include "../sys/units.h"
#include "../store/kdb/kpropd.h"
#include "../store/live/live.h"
#include "../store/changes.h"
#include "../store/proof.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What is checked, before or after, is what stays open. */
static enum verdict_outcome
keep_dump(struct job *j)
{
	j->kept = fcntl(j->dump.fd, F_DUPFD_CLOEXEC, 0);
	if (j->kept == -1) {
		say("dump: %s", strerror(errno));
		return VERDICT_FAILED;
	}
	return newfile_commit(&j->dump) == 0 ? VERDICT_SEALED : VERDICT_FAILED;
}

/* The payload's dump takes its place beside the sealed one. */
static enum verdict_outcome
store_dump(struct job *j)
{
	char path[PATH_MAX];
	enum verdict_outcome o;

	state_dump(j->state, &j->now.m.dump.digest, path);
	if (newfile_begin(&j->dump, path) == -1)
		return VERDICT_FAILED;
	/* Without a base it is a whole one, to be read while the shadow is
	 * filled: a first ship is long enough. */
	j->unread = j->base == -1;
	o = j->unread ? job_unpack_unread(j, j->dump.fd)
		      : job_unpack(j, j->dump.fd);
	if (o == VERDICT_SEALED && j->payload)
		o = keep_dump(j);
	newfile_abandon(&j->dump);
	return o;
}

/* The stash may be another one since, and the primary waits to hear it. */
static void
look_at_stash(const struct job *j, struct proof *proof)
{
	struct mkey m;

	if (mkey_check(j->place, j->place->db, &m) == -1)
		return;
	proof->stash_kvno = m.stash_kvno;
	proof->n_mkey = m.n;
	memcpy(proof->mkey_kvno, m.kvno, sizeof(proof->mkey_kvno));
}

/* The database is what now says: only the seal is new.  A new epoch or grant is
 * remembered beside it, a new stash, and that the sealed dump was read. */
static enum verdict_outcome
seal(struct job *j, struct proof *proof)
{
	struct proof was = *proof;

	look_at_stash(j, proof);
	if (j->digested.time != 0)
		proof->dump = j->digested;
	if (proof_follow(proof, &j->now) == -1 ||
	    live_seal(j->state, &j->now) == -1)
		return VERDICT_FAILED;
	if (grant_mark_equal(&was.mark, &proof->mark) &&
	    was.generation == proof->generation &&
	    was.stash_kvno == proof->stash_kvno &&
	    was.n_mkey == proof->n_mkey &&
	    digested_equal(&was.dump, &proof->dump))
		return VERDICT_SEALED;
	return proof_write(j->state, proof) == 0 ? VERDICT_SEALED
						 : VERDICT_FAILED;
}

static void
done(const struct job *j, const struct live_report *r)
{
	if (!j->sealed)
		floor_forget(j->state);
	tell_done(j, r);
}

static enum verdict_outcome
make_live(struct job *j)
{
	struct live_report r = { 0 };
	enum verdict_outcome o;
	struct proof proof;

	if (j->sealed &&
	    proof_holds(j->cf, j->place, j->state, &j->now.m.dump.digest,
		&proof) == 1) {
		o = seal(j, &proof);
	} else if (j->kept != -1) {
		o = live_install_dump(j->cf, j->place, j->state, &j->now,
		    j->kept, !j->unread, &r);
	} else {
		/* A heartbeat of a dump that is not here needs it all. */
		o = live_install(j->cf, j->place, j->state, &j->now, &r);
	}
	if (o == VERDICT_SEALED)
		done(j, &r);
	return o;
}

/* Record by record, without a dump of the new generation.  NEED_FULL: that is not
 * the way, for whatever reason. */
static enum verdict_outcome
follow(struct job *j)
{
	struct patch x = { .bundle = j->bundle,
		.base = j->base,
		.base_digest = j->was.m.dump.digest,
		.out = -1,
		.scratch = j->state->dir };
	struct changes c = CHANGES_NONE;
	struct live_report r;
	enum verdict_outcome o;

	if (j->base == -1 || j->parting.parted)
		return VERDICT_NEED_FULL;
	o = changes_read(&x, &j->now.m, &c);
	if (o == VERDICT_SEALED) {
		j->payload = true;
		o = live_follow(j->cf, j->place, j->state, &j->now, &c, &r);
	}
	if (o == VERDICT_SEALED)
		done(j, &r);
	changes_release(&c);
	return o;
}

/* By way of a dump of the new generation. */
static enum verdict_outcome
replace(struct job *j)
{
	enum verdict_outcome o;

	if (lseek(j->bundle, 0, SEEK_SET) == -1) {
		say("bundle: %s", strerror(errno));
		return VERDICT_FAILED;
	}
	if (j->heartbeat)
		job_look_at_base(j);
	else
		job_check_base(j);
	o = store_dump(j);
	/* A heartbeat cannot mend a sealed dump that is damaged. */
	if (o == VERDICT_SEALED && !j->payload && j->sealed && j->base == -1)
		o = job_need_base(j);
	if (o == VERDICT_SEALED && j->sealed &&
	    parting_keep(j->state, &j->was, j->base, &j->now, &j->parting) ==
		-1)
		o = VERDICT_FAILED;
	if (o == VERDICT_SEALED)
		o = make_live(j);
	return o;
}

/* Did it get as far as the seal, and failed behind it? */
static bool
is_sealed(const struct job *j)
{
	char path[PATH_MAX];
	struct seal is;
	bool same;

	state_path(j->state, STATE_SEAL, path);
	same = seal_read(path, &is) == 1 &&
	    digest_equal(&is.m.dump.digest, &j->now.m.dump.digest);
	seal_release(&is);
	return same;
}

/* A dump that did not become live is all keys for nothing, unless a swap to it
 * is still to be finished. */
static void
drop_dump(struct job *j)
{
	char path[PATH_MAX], next[PATH_MAX];

	state_path(j->state, STATE_SEAL_NEXT, next);
	if (access(next, F_OK) == 0 || is_sealed(j) ||
	    digest_equal(&j->now.m.dump.digest, &j->floor.m.dump.digest))
		return;
	state_dump(j->state, &j->now.m.dump.digest, path);
	(void)newfile_remove(path);
}

static enum verdict_outcome
run(struct job *j, const char *path)
{
	enum verdict_outcome o;

	/* What cannot be finished, the new bundle replaces. */
	o = live_recover(j->cf, j->place, j->state);
	if (o == VERDICT_BUSY)
		return o;
	o = job_open(j, path);
	if (o != VERDICT_SEALED)
		return o;
	if (j->sealed)
		parting_look(j->state, &j->was, &j->now, &j->parting);
	o = j->heartbeat ? VERDICT_NEED_FULL : follow(j);
	if (o == VERDICT_NEED_FULL)
		o = replace(j);
	if (o != VERDICT_SEALED && j->payload)
		drop_dump(j);
	return o;
}

/* It would load its own over what we proved. */
static bool
beside_kpropd(const struct place *p)
{
	int pid = kpropd_find(p);

	if (pid != 0)
		say("kpropd (pid %d) serves this database; stop it: systemctl "
		    "disable --now " UNIT_KPROPD "; nothing was changed",
		    pid);
	return pid != 0;
}

enum verdict_outcome
apply(const struct config *cf, const struct place *p, struct state *s,
    const char *path, const struct seal *checked, struct verdict *v)
{
	struct job j;
	enum verdict_outcome o = VERDICT_FAILED;
	int64_t start = proc_now();
	int lock = -1, rc;

	job_begin(&j, cf, p, s);
	j.said = checked;
	rc = state_lock(s, "apply", JOB_LOCK_WAIT_MS, &lock);
	if (rc == LOCK_BUSY)
		o = VERDICT_BUSY;
	/* A kdc-restore may have been faster: then this is no replica. */
	else if (rc == 0 && state_take_role(s, ROLE_REPLICA) == 0 &&
	    !beside_kpropd(p))
		o = run(&j, path);
	job_release(&j);
	report(p, s, o, v);
	v->apply_ms = (uint64_t)(proc_now() - start);
	if (lock != -1)
		(void)close(lock);
	return o;
}
