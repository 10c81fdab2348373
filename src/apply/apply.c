#include "apply.h"

#include "parting.h"
#include "report.h"

#include "../format/when.h"
#include "../sys/file.h"
#include "../sys/newfile.h"
#include "../sys/proc.h"
#include "../sys/say.h"
#include "../sys/units.h"
#include "../store/kdb/kpropd.h"
#include "../store/live/live.h"
#include "../store/live/live_copy.h"
#include "../store/changes.h"
#include "../store/floor.h"
#include "../store/open.h"
#include "../store/patch.h"
#include "../store/proof.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CLOCK_SKEW 300
#define LOCK_WAIT_MS 2000

struct job {
	const struct config *cf;
	const struct place *place;
	struct state *state;
	int bundle;
	struct seal now;    /* what the bundle says */
	struct seal was;    /* the seal here */
	bool sealed;	    /* was is there, and good */
	struct floor floor; /* how far we were */
	int base;	    /* the sealed dump; -1 */
	bool damaged;	    /* it is there, but not what was sealed: said */
	bool payload;
	struct newfile dump; /* what the payload gives */
	struct parting parting;
};

static void
begin(struct job *j, const struct config *cf, const struct place *p,
    struct state *s)
{
	*j = (struct job){ .cf = cf,
		.place = p,
		.state = s,
		.bundle = -1,
		.base = -1,
		.now = SEAL_NONE,
		.was = SEAL_NONE,
		.dump = NEWFILE_NONE };
}

/* A damaged seal (said) is no reason to refuse a good bundle. */
static void
read_seal(struct job *j)
{
	j->sealed = floor_read(j->cf, j->place->realm, j->state, &j->was,
			&j->floor) == 1;
	if (!j->sealed)
		seal_release(&j->was);
}

static enum verdict_outcome
refuse(const char *why)
{
	say("bundle: %s; refused", why);
	return VERDICT_REFUSED;
}

/* May this manifest follow the one that is sealed here? */
static enum verdict_outcome
check_order(const struct job *j)
{
	const struct seal *now = &j->now;
	int64_t latest = time(NULL) + CLOCK_SKEW;
	char why[FLOOR_WHY];

	if (now->m.as_of > latest)
		return refuse("its as-of is ahead of this host's clock; check "
			      "the clocks of both hosts");
	/* It would keep out every grant until then. */
	if (now->granted && now->g.time > latest)
		return refuse("the time of its grant is ahead of this host's "
			      "clock; check the clock, or sign a new one");
	return floor_check(&j->floor, now, why) == 0 ? VERDICT_SEALED
						     : refuse(why);
}

static enum verdict_outcome
read_texts(struct job *j)
{
	struct open_bundle b = OPEN_NONE;
	struct archive_in *a;
	enum verdict_outcome o;

	errno = 0;
	a = archive_open(j->bundle, "bundle");
	if (a == NULL)
		return open_fault();
	o = open_texts(j->cf, j->place->realm, a, &b, &j->was, &j->now);
	archive_close(a);
	if (o == VERDICT_SEALED)
		o = check_order(j);
	if (o == VERDICT_SEALED && lseek(j->bundle, 0, SEEK_SET) == -1)
		o = VERDICT_FAILED;
	return o;
}

static void
open_base(struct job *j)
{
	char path[PATH_MAX];

	if (!j->sealed)
		return;
	state_dump(j->state, &j->was.m.dump.digest, path);
	j->base = file_open(path);
}

/* Is it still what was sealed?  rdiff patch on a wrong base gives a wrong file and
 * exits 0. */
static void
check_base(struct job *j)
{
	char path[PATH_MAX];
	struct digest d;

	if (j->base == -1)
		return;
	state_dump(j->state, &j->was.m.dump.digest, path);
	if (file_digest(j->base, path, &d) == 0 &&
	    digest_equal(&d, &j->was.m.dump.digest))
		return;
	say("%s: damaged; " VERDICT_TAKE_FULL, path);
	j->damaged = true;
	(void)close(j->base);
	j->base = -1;
}

/* A delta or a heartbeat, and no base for it. */
static enum verdict_outcome
need_base(const struct job *j)
{
	if (!j->damaged)
		say("bundle: the dump that it starts from is not "
		    "here; " VERDICT_TAKE_FULL);
	return VERDICT_NEED_FULL;
}

static enum verdict_outcome
unpack(struct job *j, int out)
{
	struct patch x = { .bundle = j->bundle,
		.base = j->base,
		.base_digest = j->was.m.dump.digest,
		.out = out,
		.scratch = j->state->dir };
	enum verdict_outcome o = patch(&x, &j->now.m, &j->payload);
	struct digest d;

	if (o == VERDICT_NEED_FULL && j->base == -1)
		return need_base(j);
	if (o != VERDICT_SEALED || !j->payload)
		return o;
	if (file_digest(out, "dump", &d) == -1)
		return VERDICT_FAILED;
	if (!digest_equal(&d, &j->now.m.dump.digest))
		return refuse("the dump is not the signed one");
	return VERDICT_SEALED;
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
	o = unpack(j, j->dump.fd);
	if (o == VERDICT_SEALED && j->payload && newfile_commit(&j->dump) == -1)
		o = VERDICT_FAILED;
	newfile_abandon(&j->dump);
	return o;
}

static void
tell_grant(const struct job *j)
{
	char then[WHEN_TEXT];

	if (!j->now.granted || seal_same_grant(&j->now, &j->was))
		return;
	(void)when_encode(j->now.g.time, then);
	say_info("epoch %" PRIu64 ": by the grant of %s the key is %s now",
	    j->now.g.epoch, then, j->now.g.key);
}

static void
tell(const struct job *j, const struct live_report *r)
{
	const struct manifest *m = &j->now.m;

	tell_grant(j);
	if (r->shadows == 0) {
		say_info("generation %" PRIu64 ".%" PRIu64 " confirmed",
		    m->epoch, m->generation);
		return;
	}
	/* Nobody signed for that, so the primary's log keeps it. */
	if (!r->first && !j->floor.known)
		say("%s: the first generation here; it replaced a database "
		    "from elsewhere: %" PRIu64 " records added, %" PRIu64
		    " removed, %" PRIu64 " changed; login counters are kept",
		    j->place->db, r->added, r->removed, r->changed);
	if (r->first)
		say_info("generation %" PRIu64 ".%" PRIu64 " is live: %" PRIu64
			 " principals",
		    m->epoch, m->generation, m->dump.principals);
	else
		say_info("generation %" PRIu64 ".%" PRIu64 " is live: %" PRIu64
			 " added, %" PRIu64 " removed, %" PRIu64 " changed",
		    m->epoch, m->generation, r->added, r->removed, r->changed);
	say_info("shadow %s in %" PRId64 " ms, proved in %" PRId64
		 " ms, locked %" PRId64 " ms, %" PRIu64 " late counters",
	    r->followed ? "changed" : "filled", r->fill_ms, r->prove_ms,
	    r->lock_ms, r->late);
}

/* A krb5kdc that runs keeps the master keys it has met, and finds others only
 * by way of one of them. */
static void
tell_purged(const struct manifest *was, const struct manifest *now)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < was->dump.n_mkey; i++)
		for (unsigned k = 0; k < now->dump.n_mkey; k++)
			kept +=
			    was->dump.mkey_kvno[i] == now->dump.mkey_kvno[k];
	if (kept == was->dump.n_mkey)
		return;
	if (kept == 0)
		say("generation %" PRIu64 ".%" PRIu64 " is under other master "
		    "keys than %" PRIu64 ".%" PRIu64 ": a krb5kdc that runs "
		    "cannot read it; systemctl restart " UNIT_KDC,
		    now->epoch, now->generation, was->epoch, was->generation);
	else
		say("a master key was purged with generation %" PRIu64
		    ".%" PRIu64 ": a krb5kdc that was idle since the new one "
		    "came into use does not know it; if logins fail here: "
		    "systemctl restart " UNIT_KDC,
		    now->epoch, now->generation);
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
 * remembered beside it, and a new stash. */
static enum verdict_outcome
seal(struct job *j, struct proof *proof)
{
	struct proof was = *proof;

	look_at_stash(j, proof);
	if (proof_follow(proof, &j->now) == -1 ||
	    live_seal(j->state, &j->now) == -1)
		return VERDICT_FAILED;
	if (grant_mark_equal(&was.mark, &proof->mark) &&
	    was.generation == proof->generation &&
	    was.stash_kvno == proof->stash_kvno && was.n_mkey == proof->n_mkey)
		return VERDICT_SEALED;
	return proof_write(j->state, proof) == 0 ? VERDICT_SEALED
						 : VERDICT_FAILED;
}

static void
tell_done(struct job *j, const struct live_report *r)
{
	tell(j, r);
	if (!j->sealed)
		floor_forget(j->state);
	parting_tell(&j->parting, &j->was, &j->now);
	if (j->sealed)
		tell_purged(&j->was.m, &j->now.m);
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
	} else {
		/* A heartbeat of a dump that is not here needs it all. */
		o = live_install(j->cf, j->place, j->state, &j->now, &r);
	}
	if (o == VERDICT_SEALED)
		tell_done(j, &r);
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
		tell_done(j, &r);
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
	check_base(j);
	o = store_dump(j);
	/* A heartbeat cannot mend a sealed dump that is damaged. */
	if (o == VERDICT_SEALED && !j->payload && j->sealed && j->base == -1)
		o = need_base(j);
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
	read_seal(j);
	j->bundle = file_open(path);
	if (j->bundle == -1) {
		if (errno == ENOENT)
			say("%s: no such file", path);
		return VERDICT_FAILED;
	}
	o = read_texts(j);
	if (o != VERDICT_SEALED)
		return o;
	open_base(j);
	if (j->sealed)
		parting_look(j->state, &j->was, &j->now, &j->parting);
	o = follow(j);
	if (o == VERDICT_NEED_FULL)
		o = replace(j);
	if (o != VERDICT_SEALED && j->payload)
		drop_dump(j);
	return o;
}

static void
release(struct job *j)
{
	if (j->bundle != -1)
		(void)close(j->bundle);
	if (j->base != -1)
		(void)close(j->base);
	newfile_abandon(&j->dump);
	seal_release(&j->now);
	seal_release(&j->was);
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
    const char *path, struct verdict *v)
{
	struct job j;
	enum verdict_outcome o = VERDICT_FAILED;
	int64_t start = proc_now();
	int lock = -1, rc;

	begin(&j, cf, p, s);
	rc = state_lock(s, "apply", LOCK_WAIT_MS, &lock);
	if (rc == LOCK_BUSY)
		o = VERDICT_BUSY;
	/* A kdc-restore may have been faster: then this is no replica. */
	else if (rc == 0 && state_take_role(s, ROLE_REPLICA) == 0 &&
	    !beside_kpropd(p))
		o = run(&j, path);
	release(&j);
	report(p, s, o, v);
	v->apply_ms = (uint64_t)(proc_now() - start);
	if (lock != -1)
		(void)close(lock);
	return o;
}

/*
 * What would it change?
 */
static int
print_change(void *arg, enum dump_change what, enum dump_line kind,
    struct span name, struct span from, struct span to)
{
	static const char *const word[] = { "add", "remove", "change" };

	(void)from;
	(void)to;
	printf("%s %s %.*s\n", word[what],
	    kind == DUMP_PRINC ? "principal" : "policy", (int)name.len, name.p);
	*(uint64_t *)arg += 1;
	return 0;
}

static int
print_difference(struct job *j, int new_dump)
{
	static const struct span nothing = { DUMP_HEADER,
		sizeof(DUMP_HEADER) - 1 };
	struct live_copy c = LIVE_COPY_NONE;
	struct span from = { NULL, 0 }, to = { NULL, 0 };
	uint64_t n = 0;
	int rc = -1;

	if (files_exist(j->place->db) == PLACE_DATA &&
	    (live_copy_take(j->cf, j->place, "dry", &c) != 0 ||
		file_map(c.dump, "dump", &from) == -1))
		goto out;
	if (file_map(new_dump, "dump", &to) == -1)
		goto out;
	rc = dump_diff(from.p == NULL ? nothing : from, to, print_change, &n);
	printf("%" PRIu64 " records differ; nothing was changed\n", n);
out:
	file_unmap(&from);
	file_unmap(&to);
	live_copy_drop(&c);
	return rc;
}

static enum verdict_outcome
run_dry(struct job *j, const char *path)
{
	enum verdict_outcome o;
	int out;

	read_seal(j);
	j->bundle = file_open(path);
	if (j->bundle == -1) {
		if (errno == ENOENT)
			say("%s: no such file", path);
		return VERDICT_FAILED;
	}
	o = read_texts(j);
	if (o != VERDICT_SEALED)
		return o;
	open_base(j);
	check_base(j);
	out = newfile_scratch(j->state->dir);
	if (out == -1)
		return VERDICT_FAILED;
	o = unpack(j, out);
	if (o == VERDICT_SEALED && !j->payload)
		printf("a heartbeat: nothing would change\n");
	else if (o == VERDICT_SEALED && print_difference(j, out) == -1)
		o = VERDICT_FAILED;
	(void)close(out);
	return o;
}

enum verdict_outcome
apply_dry(const struct config *cf, const struct place *p, struct state *s,
    const char *path)
{
	struct job j;
	enum verdict_outcome o;
	int lock = -1, rc;

	begin(&j, cf, p, s);
	rc = state_lock(s, "apply", LOCK_WAIT_MS, &lock);
	if (rc != 0)
		return rc == LOCK_BUSY ? VERDICT_BUSY : VERDICT_FAILED;
	o = run_dry(&j, path);
	release(&j);
	(void)close(lock);
	return o;
}
