#include "ahead.h"

#include "../format/when.h"
#include "../sys/say.h"
#include "../store/sign.h"
#include "../store/superseded.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Or of the same number, and not ours: nothing says that ours is the later. */
static bool
is_ahead(const struct seal *theirs, const struct seal *ours)
{
	return superseded_by(theirs, ours) || superseded_parted(theirs, ours);
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

/* Has current still the number of what was met, and other content? */
static bool
is_parted(const struct state *s, const struct seal *current)
{
	struct seal met;
	bool parted = false;

	if (superseded_seal(s, &met) == 1)
		parted = superseded_parted(&met, current);
	seal_release(&met);
	return parted;
}

int
ahead_standing(const struct state *s)
{
	char line[SUPERSEDED_LINE], path[PATH_MAX];
	struct seal current;
	int rc, newer = 0;

	rc = superseded_line(s, line);
	if (rc != 1)
		return rc;
	state_path(s, STATE_CURRENT, path);
	if (seal_read(path, &current) == 1) {
		newer = mended(line, &current) && !is_parted(s, &current);
		seal_release(&current);
	}
	if (newer)
		return superseded_remove(s);
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
		superseded_meet(s, replica, &theirs, &now->m);
	seal_release(&theirs);
	return answer;
}
