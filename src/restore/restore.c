#include "restore.h"

#include "advice.h"
#include "obstacle.h"
#include "permit.h"
#include "plan.h"
#include "reign.h"
#include "stages.h"

#include "../sys/lock.h"
#include "../sys/say.h"
#include "../store/live/live.h"

#include <sysexits.h>
#include <unistd.h>

/* An operator may take his time: what can be put out of the way until he has
 * signed, a KDC that runs, no room, no stash, is only said before. */
static bool
is_wrong(int obstacle)
{
	return obstacle != EX_TEMPFAIL && obstacle != EX_CANTCREAT &&
	    obstacle != EX_NOINPUT;
}

/* What is asked for, and whether it may be. */
static int
judge(struct plan *p)
{
	const struct restore *r = p->r;
	int rc, asked;

	rc = obstacle_find(p);
	if (rc != EX_OK && !r->dry_run && (r->grant != NULL || is_wrong(rc)))
		return rc;
	if (r->grant == NULL) {
		plan_print(p, r->dry_run);
		return r->dry_run ? rc : permit_ask(p);
	}
	asked = permit_check(p);
	if (r->dry_run)
		plan_print(p, true);
	return rc != EX_OK ? rc : asked;
}

static int
run(struct plan *p)
{
	struct manifest begun;
	int rc;

	live_sweep(p->r->place, p->r->state);
	stages_next(&p->stages);
	rc = source_open(p->r->source);
	if (rc == EX_OK)
		rc = plan_make(p);
	if (rc != EX_OK)
		return rc;
	if (plan_is_done(p)) {
		say_info("%s: done already, by that grant", p->r->state->dir);
		return EX_OK;
	}
	rc = judge(p);
	if (rc != EX_OK || p->r->dry_run)
		return rc;
	rc = reign_begin(p, &begun);
	stages_end(&p->stages);
	return rc == EX_OK ? advice_give(p, &begun) : rc;
}

/* Nothing is taken, shipped or applied meanwhile. */
static int
lock_both(const struct restore *r, int lock[2])
{
	static const char *const name[2] = { "snapshot", "apply" };
	int wait = (int)(r->cf->lock_wait * 1000), rc = 0;

	for (int i = 0; i < 2 && rc == 0; i++)
		rc = state_lock(r->state, name[i], wait, &lock[i]);
	if (rc == 0)
		return EX_OK;
	return rc == LOCK_BUSY ? EX_TEMPFAIL : EX_CANTCREAT;
}

int
restore_run(const struct restore *r)
{
	struct plan p = { PLAN_NONE, .r = r };
	int lock[2] = { -1, -1 }, rc;

	stages_begin(&p.stages, plan_stages, PLAN_STAGES, r->quiet);
	rc = lock_both(r, lock);
	/* Another kdc-restore may have been faster. */
	if (rc == EX_OK && state_open(r->cf, true, r->state) == -1)
		rc = EX_CANTCREAT;
	if (rc == EX_OK)
		rc = obstacle_role(r);
	if (rc == EX_OK)
		rc = run(&p);
	stages_end(&p.stages);
	plan_release(&p);
	for (int i = 1; i >= 0; i--)
		if (lock[i] != -1)
			(void)close(lock[i]);
	return rc;
}
