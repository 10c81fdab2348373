#include "repair.h"

#include "../sys/say.h"
#include "../store/live/live.h"

#include <string.h>
#include <unistd.h>

/* Finishes what was cut short, then rebuilds from the sealed dump. */
static enum verdict_outcome
rebuild(const struct judge *j)
{
	enum verdict_outcome o;
	struct live_report lr;
	struct seal s;
	char path[PATH_MAX];

	o = live_recover(j->cf, j->place, j->state);
	if (o == VERDICT_BUSY || o == VERDICT_FAILED)
		return o;
	state_path(j->state, STATE_SEAL, path);
	if (seal_read(path, &s) != 1)
		return VERDICT_FAILED;
	o = live_install(j->cf, j->place, j->state, &s, &lr);
	seal_release(&s);
	return o;
}

static bool
is_wanted(const struct report *r)
{
	if (r->primary)
		return false;
	for (unsigned i = 0; i < r->n; i++)
		if (strcmp(r->finding[i].check, "pending") == 0)
			return true;
	return r->repairable;
}

/* The seal itself must be good: it is what we rebuild from.  An expired signer
 * will do, one that is no longer allowed will not, overridden or not. */
static bool
trusted(const struct report *r)
{
	for (unsigned i = 0; i < r->n; i++)
		if (strcmp(r->finding[i].check, "seal") == 0 ||
		    strcmp(r->finding[i].check, "realm") == 0 ||
		    (strcmp(r->finding[i].check, "signer") == 0 &&
			(r->finding[i].overridable ||
			    r->finding[i].level != LEVEL_WARNING)))
			return false;
	return true;
}

void
repair(const struct judge *j, struct report *r)
{
	struct judge again = *j;
	int lock = -1, rc;

	if (!is_wanted(r) || !trusted(r))
		return;
	/* Never waits: an apply at work will judge and start by itself. */
	rc = state_lock(j->state, "apply", 0, &lock);
	if (rc != 0 && !r->repairable)
		return;
	if (rc != 0) {
		r->waiting = true;
		report_add(r, "repair", LEVEL_CRITICAL,
		    "not possible while "
		    "kdc-apply is at work; it will heal this");
		return;
	}
	again.deep = true;
	switch (rebuild(j)) {
	case VERDICT_SEALED:
		say_info("%s: rebuilt from the sealed dump", j->place->db);
		judge(&again, r);
		break;
	case VERDICT_BUSY:
		r->waiting = true;
		/* FALLTHROUGH */
	default:
		report_add(r, "repair", LEVEL_CRITICAL,
		    "failed; the reason is "
		    "above");
	}
	(void)close(lock);
}
