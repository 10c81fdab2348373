#include "reign.h"

#include "before.h"
#include "permit.h"
#include "stages.h"

#include "../sys/file.h"
#include "../sys/newfile.h"
#include "../sys/say.h"
#include "../store/kdb/ulog.h"
#include "../store/live/live.h"
#include "../store/floor.h"
#include "../store/superseded.h"
#include "../store/take.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

static int
remove_all(const struct state *s, const char *const *names)
{
	for (; *names != NULL; names++)
		if (state_remove(s, *names) == -1)
			return -1;
	return 0;
}

/* What it had sealed in an earlier life is not what is compared with now. */
static int
forget_seal(const struct plan *p)
{
	static const char *const seals[] = { STATE_SEAL_NEXT, STATE_SEAL,
		NULL };

	return p->was == ROLE_REPLICA || p->again
	    ? 0
	    : remove_all(p->r->state, seals);
}

static int
put_stash(const struct plan *p)
{
	const char *path = p->r->place->stash;

	/* Also what a run that was killed left, before another brought one. */
	(void)newfile_sweep(path);
	if (p->stash_there)
		return 0;
	return newfile_put(path, p->stash.p, p->stash.len);
}

/* Where live_install takes it from. */
static int
put_dump(const struct plan *p)
{
	const struct manifest *m = &p->r->source->seal.m;
	struct newfile n = NEWFILE_NONE;
	char path[PATH_MAX];
	int rc = -1;

	state_dump(p->r->state, &m->dump.digest, path);
	(void)newfile_sweep(path);
	if (newfile_begin(&n, path) == 0 &&
	    file_copy(p->r->source->dump, n.fd, m->dump.size, path) == 0)
		rc = newfile_commit(&n);
	newfile_abandon(&n);
	return rc;
}

static int
status_of(enum verdict_outcome o)
{
	switch (o) {
	case VERDICT_SEALED:
		return EX_OK;
	case VERDICT_REFUSED:
		return EX_DATAERR;
	case VERDICT_BUSY:
		return EX_TEMPFAIL;
	default:
		return EX_IOERR;
	}
}

/* The database becomes what is wanted. */
static int
install(struct plan *p)
{
	const struct restore *r = p->r;
	struct live_report report;
	int rc;

	stages_next(&p->stages);
	if (forget_seal(p) == -1 || put_stash(p) == -1 || put_dump(p) == -1)
		return EX_CANTCREAT;
	rc = status_of(
	    live_install(r->cf, r->place, r->state, &r->source->seal, &report));
	if (rc == EX_OK && report.shadows > 0)
		say_info("%s: swapped: proved in %" PRId64
			 " ms, locked %" PRId64 " ms, %" PRIu64
			 " counters carried over",
		    r->place->db, report.prove_ms, report.lock_ms, report.late);
	return rc;
}

/* The swap had not begun: back to what was. */
static void
undo(struct plan *p)
{
	const struct state *s = p->r->state;

	if (p->again || !before_is_live(p)) {
		say("%s: " STATE_CUT_SHORT, s->dir);
		return;
	}
	(void)state_remove(s, STATE_SEAL_NEXT);
	/* A replica's is the sealed one; what fills the disk goes first. */
	if (p->was != ROLE_REPLICA)
		(void)state_prune_dumps(s, NULL, NULL);
	if (!p->stash_there)
		(void)newfile_remove(p->r->place->stash);
	before_undo(p);
}

/* What take() and the first delta start from. */
static int
make_current(const struct plan *p)
{
	char path[PATH_MAX];

	if (p->is_current)
		return 0;
	state_path(p->r->state, STATE_CURRENT, path);
	(void)newfile_sweep(path);
	return seal_write(path, &p->base);
}

static int
open_epoch(struct plan *p, struct manifest *begun)
{
	const struct restore *r = p->r;
	enum take_answer answer;
	struct seal now;

	stages_next(&p->stages);
	if (make_current(p) == -1)
		return EX_CANTCREAT;
	answer = take(&p->cf, r->place, r->state, true, true,
	    (struct take_soon){ NULL, NULL }, &now);
	*begun = now.m;
	seal_release(&now);
	if (answer == TAKE_BUSY)
		return EX_TEMPFAIL;
	if (answer == TAKE_HELD)
		return EX_DATAERR;
	return answer == TAKE_NEW || answer == TAKE_SAME ? EX_OK : EX_IOERR;
}

/* Bundles.  The receiving user's directory stays for the day this host is a
 * replica again: he cannot make it. */
static int
remove_received(const struct state *s)
{
	char path[PATH_MAX];
	struct stat st;

	state_path(s, STATE_HANDED, path);
	if (newfile_remove_dir(path) == -1)
		return -1;
	state_path(s, STATE_INCOMING, path);
	if (lstat(path, &st) == 0 && st.st_uid != geteuid())
		return 0;
	return newfile_remove_dir(path);
}

/* The papers of a replica, and of what this primary was before. */
static int
clean_up(const struct plan *p)
{
	static const char *const old[] = { STATE_REFUSED, "override",
		STATE_SEAL_NEXT, STATE_SEAL, NULL };
	struct state *s = p->r->state;

	if (superseded_remove(s) == -1 || remove_all(s, old) == -1 ||
	    remove_received(s) == -1)
		return -1;
	floor_forget(s);
	if (state_prune_dumps(s, NULL, NULL) == -1)
		return -1;
	return state_set_role(s, ROLE_PRIMARY);
}

static bool
log_is_open(const struct plan *p)
{
	struct users now;

	users_find(p->r->place, &now);
	for (unsigned i = 0; i < now.n && i < USERS_MAX; i++)
		if (now.v[i].ulog)
			return true;
	return false;
}

int
reign_begin(struct plan *p, struct manifest *begun)
{
	int rc;

	stages_next(&p->stages);
	rc = before_keep(p);
	if (rc != EX_OK)
		return rc;
	rc = install(p);
	if (rc != EX_OK) {
		undo(p);
		return rc;
	}
	if (ulog_reset(p->r->place, log_is_open(p)) == -1)
		rc = EX_IOERR;
	if (rc == EX_OK)
		rc = open_epoch(p, begun);
	if (rc == EX_OK && (permit_install(p) == -1 || clean_up(p) == -1))
		rc = EX_CANTCREAT;
	if (rc != EX_OK)
		say("%s: " STATE_CUT_SHORT, p->r->state->dir);
	return rc;
}
