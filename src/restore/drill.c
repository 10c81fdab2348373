#include "drill.h"

#include "gauges.h"
#include "into.h"
#include "newest.h"
#include "rehearsal.h"
#include "stages.h"

#include "../format/when.h"
#include "../sys/newfile.h"
#include "../sys/say.h"
#include "../sys/stop.h"
#include "../store/kdb/keytab.h"
#include "../store/show.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

enum { DRILL_START = INTO_STAGES, DRILL_LOGIN, DRILL_STAGES };

static const char *const stage_name[DRILL_STAGES] = { "read archive and keys",
	"build the database", "prove it", "start krb5kdc", "log in" };

struct job {
	const struct drill *d;
	char file[PATH_MAX]; /* the archive; "": none yet */
	char dir[PATH_MAX];  /* ours, temporary */
	char canary[KEYTAB_NAME];
	struct source source;
	struct stages stages;
	struct rehearsal rehearsal;
};

static int
find_archive(struct job *j)
{
	const struct drill *d = j->d;
	struct stat st;

	if (stat(d->archive, &st) == 0 && S_ISDIR(st.st_mode))
		return newest_find(d->archive, d->place->realm, j->file);
	(void)snprintf(j->file, sizeof(j->file), "%s", d->archive);
	return EX_OK;
}

/* A generation from nothing but the archive (and this host's stash, if no
 * identity opens the archive's). */
static int
recover(struct job *j, struct into *x)
{
	const struct drill *d = j->d;
	int rc;

	j->source =
	    (struct source){ SOURCE_NONE, .cf = d->cf, .realm = d->place->realm,
		    .state = d->state, .archive = j->file };
	rc = source_open(&j->source);
	return rc == EX_OK ? into_make(x, &j->source) : rc;
}

static int
rehearse(struct job *j, const struct into *x)
{
	struct rehearsal *r = &j->rehearsal;
	int rc;

	stages_next(&j->stages);
	r->place = &x->made;
	rc = rehearsal_start(r);
	if (rc != EX_OK)
		return rc;
	stages_next(&j->stages);
	return rehearsal_login(r, j->d->canary, j->canary);
}

static int
work(struct job *j)
{
	const struct drill *d = j->d;
	struct into x = { .cf = d->cf,
		.place = d->place,
		.identity = d->identity,
		.dir = j->dir,
		.must_open = true,
		.stages = &j->stages };
	int rc = find_archive(j);

	if (rc == EX_OK &&
	    keytab_find(d->canary, d->place->realm, d->principal, j->canary) ==
		-1)
		rc = EX_NOINPUT;
	if (rc == EX_OK)
		rc = recover(j, &x);
	if (rc == EX_OK)
		rc = rehearse(j, &x);
	stages_end(&j->stages);
	rehearsal_end(&j->rehearsal);
	if (newfile_remove_dir(j->dir) == -1 && rc == EX_OK)
		rc = EX_IOERR;
	return rc;
}

/*
 * What is told of it.
 */
static double
seconds(int64_t ms)
{
	return (double)ms / 1000;
}

static void
tell_good(const struct job *j)
{
	const struct manifest *m = &j->source.seal.m;
	const int64_t *ms = j->stages.ms;
	char id[SHOW_ID], as_of[WHEN_TEXT] = "";

	show_id(m, id);
	(void)when_encode(m->as_of, as_of);
	printf("drill good: generation %s as of %s from %s, %" PRIu64
	       " principals, recovered in %.1f s (read %.1f, built %.1f, "
	       "proved %.1f, KDC up %.1f, login %.1f)\n",
	    id, as_of, j->file, m->dump.principals,
	    seconds(stages_ms(&j->stages)), seconds(ms[INTO_READ]),
	    seconds(ms[INTO_BUILD]), seconds(ms[INTO_PROVE]),
	    seconds(ms[DRILL_START]), seconds(ms[DRILL_LOGIN]));
}

static int
tell(const struct job *j, int rc)
{
	if (rc != EX_OK)
		printf("drill failed: could not %s, from %s, after %.1f s\n",
		    stage_name[j->stages.at],
		    j->file[0] == '\0' ? j->d->archive : j->file,
		    seconds(stages_ms(&j->stages)));
	else if (!j->d->quiet)
		tell_good(j);
	return show_end() == -1 && rc == EX_OK ? EX_IOERR : rc;
}

static int
measure(const struct job *j, int rc)
{
	const struct manifest *m = &j->source.seal.m;
	struct gauges g = { .success = rc == EX_OK, .ran = time(NULL) };

	if (j->d->metrics == NULL)
		return rc;
	if (g.success) {
		g.succeeded = g.ran;
		g.duration_ms = stages_ms(&j->stages);
		g.as_of = m->as_of;
		g.principals = (int64_t)m->dump.principals;
	}
	if (gauges_write(j->d->metrics, j->d->place->realm, &g) == 0 ||
	    rc != EX_OK)
		return rc;
	return EX_CANTCREAT;
}

static int
run(const struct drill *d)
{
	struct job j = {
		.d = d, .source = { SOURCE_NONE }, .rehearsal = REHEARSAL_NONE
	};
	int rc;

	state_path(d->state, "drill", j.dir);
	/* What a killed one left has all keys in it. */
	if (newfile_remove_dir(j.dir) == -1)
		return EX_CANTCREAT;
	stages_begin(&j.stages, stage_name, DRILL_STAGES, d->quiet);
	rc = work(&j);
	/* Who asked to stop knows why, and has learned nothing. */
	if (!stop_asked()) {
		rc = tell(&j, rc);
		rc = measure(&j, rc);
	}
	source_release(&j.source);
	return rc;
}

int
drill_run(const struct drill *d)
{
	int lock = -1, rc;

	rc = state_lock(d->state, "drill", 0, &lock);
	if (rc != 0)
		return rc == LOCK_BUSY ? EX_TEMPFAIL : EX_CANTCREAT;
	rc = run(d);
	(void)close(lock);
	return rc;
}
