#include "job.h"

#include "../sys/archive.h"
#include "../sys/file.h"
#include "../sys/say.h"
#include "../store/open.h"
#include "../store/patch.h"
#include "../store/proof.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#define CLOCK_SKEW 300

void
job_begin(struct job *j, const struct config *cf, const struct place *p,
    struct state *s)
{
	*j = (struct job){ .cf = cf,
		.place = p,
		.state = s,
		.bundle = -1,
		.base = -1,
		.now = SEAL_NONE,
		.was = SEAL_NONE,
		.dump = NEWFILE_NONE,
		.kept = -1 };
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
	struct open_bundle b = { .checked = j->said };
	struct archive_in *a;
	enum verdict_outcome o;

	errno = 0;
	a = archive_open(j->bundle, "bundle");
	if (a == NULL)
		return open_fault();
	o = open_texts(j->cf, j->place->realm, a, &b, &j->was, &j->now);
	j->heartbeat = o == VERDICT_SEALED && b.ahead && b.head == 0;
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

enum verdict_outcome
job_open(struct job *j, const char *path)
{
	enum verdict_outcome o;

	read_seal(j);
	j->bundle = file_open(path);
	if (j->bundle == -1) {
		if (errno == ENOENT)
			say("%s: no such file", path);
		return VERDICT_FAILED;
	}
	o = read_texts(j);
	if (o == VERDICT_SEALED)
		open_base(j);
	return o;
}

/* Is it still what was sealed?  rdiff patch on a wrong base gives a wrong file and
 * exits 0. */
void
job_check_base(struct job *j)
{
	const struct digest *sealed = &j->was.m.dump.digest;
	char path[PATH_MAX];

	if (j->base == -1)
		return;
	state_dump(j->state, sealed, path);
	if (digested_read(j->base, path, sealed, &j->digested))
		return;
	say("%s: damaged; " VERDICT_TAKE_FULL, path);
	j->damaged = true;
	(void)close(j->base);
	j->base = -1;
}

void
job_look_at_base(struct job *j)
{
	const struct digest *sealed = &j->was.m.dump.digest;
	char path[PATH_MAX];
	struct proof proof;

	state_dump(j->state, sealed, path);
	if (proof_read(j->state, &proof) != 1 ||
	    !digested_holds(&proof.dump, path, sealed, time(NULL)))
		job_check_base(j);
}

/* A delta or a heartbeat, and no base for it. */
enum verdict_outcome
job_need_base(const struct job *j)
{
	if (!j->damaged)
		say("bundle: the dump that it starts from is not "
		    "here; " VERDICT_TAKE_FULL);
	return VERDICT_NEED_FULL;
}

static enum verdict_outcome
unpack(struct job *j, int out, bool unread)
{
	struct patch x = { .bundle = j->bundle,
		.base = j->base,
		.base_digest = j->was.m.dump.digest,
		.out = out,
		.scratch = j->state->dir,
		.unread = unread };
	enum verdict_outcome o = patch(&x, &j->now.m, &j->payload);

	if (o == VERDICT_NEED_FULL && j->base == -1)
		return job_need_base(j);
	return o;
}

enum verdict_outcome
job_unpack_unread(struct job *j, int out)
{
	return unpack(j, out, true);
}

enum verdict_outcome
job_unpack(struct job *j, int out)
{
	enum verdict_outcome o = unpack(j, out, false);
	struct digest d;

	if (o != VERDICT_SEALED || !j->payload)
		return o;
	if (file_digest(out, "dump", &d) == -1)
		return VERDICT_FAILED;
	if (!digest_equal(&d, &j->now.m.dump.digest))
		return refuse("the dump is not the signed one");
	return VERDICT_SEALED;
}

void
job_release(struct job *j)
{
	if (j->bundle != -1)
		(void)close(j->bundle);
	if (j->base != -1)
		(void)close(j->base);
	newfile_abandon(&j->dump);
	if (j->kept != -1)
		(void)close(j->kept);
	seal_release(&j->now);
	seal_release(&j->was);
}
