#include "ahead.h"

#include "../sys/say.h"
#include "../store/sign.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Is it ahead of what this primary has signed by now, too? */
static bool
ahead_of_current(const struct state *s, const struct seal *theirs)
{
	struct seal current;
	char path[PATH_MAX];
	bool ahead = true;

	state_path(s, STATE_CURRENT, path);
	if (seal_read(path, &current) == 1)
		ahead = manifest_compare(&theirs->m, &current.m) > 0;
	seal_release(&current);
	return ahead;
}

static void
tell(const struct state *s, const char *replica, const struct manifest *theirs,
    const struct manifest *ours)
{
	char line[PATH_MAX + 512];

	(void)snprintf(line, sizeof(line),
	    "%" PRIu64 ".%" PRIu64 ": %s has this signed generation, ahead of "
	    "ours, %" PRIu64 ".%" PRIu64
	    ": this primary was restored or superseded; it ships nothing more; "
	    "find out which host is the primary; if it is this one, "
	    "copy that replica's seal.tar to %s/" STATE_CURRENT,
	    theirs->epoch, theirs->generation, replica, ours->epoch,
	    ours->generation, s->dir);
	say("%s", line);
	/* For the next runs, and kdc-verify on this host. */
	(void)state_set_line(s, STATE_SUPERSEDED, line);
}

int
ahead_standing(const struct state *s)
{
	struct manifest met = { .epoch = 0 };
	char line[PATH_MAX + 512], path[PATH_MAX];
	struct seal current;
	int rc, newer = 0;

	rc = state_line(s, STATE_SUPERSEDED, line, sizeof(line));
	if (rc != 1)
		return rc;
	state_path(s, STATE_CURRENT, path);
	if (sscanf(line, "%" SCNu64 ".%" SCNu64, &met.epoch, &met.generation) ==
		2 &&
	    seal_read(path, &current) == 1) {
		newer = manifest_compare(&current.m, &met) > 0;
		seal_release(&current);
	}
	if (newer)
		return state_remove(s, STATE_SUPERSEDED);
	say("%s", line);
	return 1;
}

enum ahead
ahead_check(const struct config *cf, const struct state *s, const char *replica,
    const struct hello *h, const struct seal *now)
{
	enum ahead answer = AHEAD_NO;
	struct seal theirs;
	const char *why;

	if (!h->sealed || seal_from(h->seal, h->seal_sig, &theirs, &why) == -1)
		return AHEAD_NO;
	if (strcmp(theirs.m.realm, now->m.realm) == 0 &&
	    manifest_compare(&theirs.m, &now->m) > 0 &&
	    sign_check_seal(cf, now->m.realm, &theirs, SIGN_STANDING, NULL) ==
		SIGN_GOOD)
		answer = ahead_of_current(s, &theirs) ? AHEAD_OF_PRIMARY
						      : AHEAD_OF_RUN;
	if (answer == AHEAD_OF_PRIMARY)
		tell(s, replica, &theirs.m, &now->m);
	seal_release(&theirs);
	return answer;
}
