#include "ahead.h"

#include "../format/when.h"
#include "../sys/say.h"
#include "../store/sign.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Would theirs, if it is signed, come after ours: by its number, or by a later
 * grant?  What an older grant, or none, makes of a key says nothing. */
static bool
is_ahead(const struct seal *theirs, const struct seal *ours)
{
	struct grant_mark was, now;

	if (seal_mark(ours, &was) == -1 || seal_mark(theirs, &now) == -1 ||
	    grant_order(&was, &now) != GRANT_FOLLOWS)
		return false;
	return manifest_compare(&theirs->m, &ours->m) > 0 ||
	    !grant_mark_equal(&was, &now);
}

/* Is it ahead of what this primary has signed by now, too? */
static bool
ahead_of_current(const struct state *s, const struct seal *theirs)
{
	struct seal current;
	char path[PATH_MAX];
	bool ahead = true;

	state_path(s, STATE_CURRENT, path);
	if (seal_read(path, &current) == 1)
		ahead = is_ahead(theirs, &current);
	seal_release(&current);
	return ahead;
}

/* What was met, for the next runs: "2.1", or "2.1 2026-11-22T07:35:00Z" with
 * the time of its grant. */
static void
spell(const struct seal *s, char text[80])
{
	char then[WHEN_TEXT] = "";

	if (s->granted)
		(void)when_encode(s->g.time, then);
	(void)snprintf(text, 80, "%" PRIu64 ".%" PRIu64 "%s%s", s->m.epoch,
	    s->m.generation, s->granted ? " " : "", then);
}

/* Is current as new as what that line begins with? */
static bool
mended(const char *line, const struct seal *current)
{
	struct manifest met = { .epoch = 0 };
	int64_t granted = 0;
	int end = 0;

	if (sscanf(line, "%" SCNu64 ".%" SCNu64 "%n", &met.epoch,
		&met.generation, &end) != 2 ||
	    manifest_compare(&current->m, &met) <= 0)
		return false;
	if (current->m.epoch > met.epoch || line[end] != ' ')
		return true;
	return strlen(line + end + 1) >= WHEN_TEXT - 1 &&
	    when_decode(line + end + 1, WHEN_TEXT - 1, &granted) == 0 &&
	    current->granted && current->g.time >= granted;
}

static void
tell(const struct state *s, const char *replica, const struct seal *theirs,
    const struct manifest *ours)
{
	char line[PATH_MAX + 640], met[80];

	spell(theirs, met);
	(void)snprintf(line, sizeof(line),
	    "%s: %s has this signed generation%s, ahead of "
	    "ours, %" PRIu64 ".%" PRIu64
	    ": this primary was restored or superseded; it ships nothing more; "
	    "find out which host is the primary; if it is this one, "
	    "copy that replica's seal.tar to %s/" STATE_CURRENT "%s",
	    met, replica, theirs->granted ? ", by the grant of that time" : "",
	    ours->epoch, ours->generation, s->dir,
	    theirs->granted ? ", and have the key that its grant names" : "");
	say("%s", line);
	/* For the next runs, and kdc-verify on this host. */
	(void)state_set_line(s, STATE_SUPERSEDED, line);
}

int
ahead_standing(const struct state *s)
{
	char line[PATH_MAX + 640], path[PATH_MAX];
	struct seal current;
	int rc, newer = 0;

	rc = state_line(s, STATE_SUPERSEDED, line, sizeof(line));
	if (rc != 1)
		return rc;
	state_path(s, STATE_CURRENT, path);
	if (seal_read(path, &current) == 1) {
		newer = mended(line, &current);
		seal_release(&current);
	}
	if (newer)
		return state_remove(s, STATE_SUPERSEDED);
	say("%s", line);
	return 1;
}

/* The seal that a hello shows.  0 or -1. */
static int
take_seal(const struct hello *h, struct seal *theirs)
{
	struct span grant = h->grant, sig = h->grant_sig;
	const char *why;

	if (!h->sealed || seal_from(h->seal, h->seal_sig, theirs, &why) == -1)
		return -1;
	if (grant.len == 0 || seal_add_grant(theirs, grant, sig, &why) == 0)
		return 0;
	seal_release(theirs);
	return -1;
}

enum ahead
ahead_check(const struct config *cf, const struct state *s, const char *replica,
    const struct hello *h, const struct seal *now)
{
	enum ahead answer = AHEAD_NO;
	struct seal theirs;

	if (take_seal(h, &theirs) == -1)
		return AHEAD_NO;
	if (strcmp(theirs.m.realm, now->m.realm) == 0 &&
	    is_ahead(&theirs, now) &&
	    sign_check_seal(cf, now->m.realm, &theirs, SIGN_STANDING, NULL) ==
		SIGN_GOOD)
		answer = ahead_of_current(s, &theirs) ? AHEAD_OF_PRIMARY
						      : AHEAD_OF_RUN;
	if (answer == AHEAD_OF_PRIMARY)
		tell(s, replica, &theirs, &now->m);
	seal_release(&theirs);
	return answer;
}
