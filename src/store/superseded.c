#include "superseded.h"

#include "../format/when.h"
#include "../sys/say.h"

#include <inttypes.h>
#include <stdio.h>

bool
superseded_by(const struct seal *theirs, const struct seal *ours)
{
	struct grant_mark was, now;

	if (seal_mark(ours, &was) == -1 || seal_mark(theirs, &now) == -1 ||
	    grant_order(&was, &now) != GRANT_FOLLOWS)
		return false;
	return manifest_compare(&theirs->m, &ours->m) > 0 ||
	    !grant_mark_equal(&was, &now);
}

static bool
same_number(const struct manifest *a, const struct manifest *b)
{
	return a->epoch == b->epoch && a->generation == b->generation;
}

static bool
same_content(const struct manifest *a, const struct manifest *b)
{
	return digest_equal(&a->dump.digest, &b->dump.digest);
}

bool
superseded_parted(const struct seal *theirs, const struct seal *ours)
{
	struct grant_mark was, now;

	if (seal_mark(ours, &was) == -1 || seal_mark(theirs, &now) == -1 ||
	    !grant_mark_equal(&was, &now))
		return false;
	return same_number(&theirs->m, &ours->m) &&
	    !same_content(&theirs->m, &ours->m);
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

/* Is what was met before ahead of that? */
static bool
met_later(const struct state *s, const struct seal *theirs)
{
	char line[SUPERSEDED_LINE];
	struct seal by;
	bool later;

	if (superseded_line(s, line) != 1 || superseded_seal(s, &by) != 1)
		return false;
	later = superseded_by(&by, theirs);
	seal_release(&by);
	return later;
}

/* A later epoch is another host's, as far as this one can know. */
static void
advise(const struct state *s, const struct seal *theirs,
    const struct manifest *ours, char *text, size_t size)
{
	if (theirs->m.epoch > ours->epoch)
		(void)snprintf(text, size,
		    "stop kadmind, then kdc-restore --demote makes this host "
		    "a replica");
	else
		(void)snprintf(text, size,
		    "promote that replica and demote this host "
		    "(kdc-restore), or, to go on from the database here, copy "
		    "that replica's seal.tar to %s/" STATE_CURRENT "%s",
		    s->dir,
		    theirs->granted ? ", and have the key that its grant names"
				    : "");
}

static void
compare(const struct seal *theirs, const struct manifest *ours, char text[64])
{
	if (same_number(&theirs->m, ours) && !same_content(&theirs->m, ours))
		(void)snprintf(text, 64,
		    "with other content than ours (are there two primaries?)");
	else
		(void)snprintf(text, 64, "ahead of ours, %" PRIu64 ".%" PRIu64,
		    ours->epoch, ours->generation);
}

void
superseded_meet(const struct state *s, const char *who,
    const struct seal *theirs, const struct manifest *ours)
{
	char line[SUPERSEDED_LINE], path[PATH_MAX], met[80];
	char advice[PATH_MAX + 256], than[64];

	spell(theirs, met);
	compare(theirs, ours, than);
	advise(s, theirs, ours, advice, sizeof(advice));
	(void)snprintf(line, sizeof(line),
	    "%s: %s has this signed generation%s, %s: this primary was "
	    "superseded or restored; it ships nothing more, and what kadmind "
	    "changes here is lost; %s",
	    met, who, theirs->granted ? ", by the grant of that time" : "",
	    than, advice);
	say("%s", line);
	if (met_later(s, theirs))
		return;
	/* The line last: it is what counts.  Without the seal --demote wants
	 * to be told by which grant. */
	state_path(s, SUPERSEDED_SEAL, path);
	(void)seal_write(path, theirs);
	(void)state_set_line(s, STATE_SUPERSEDED, line);
}

int
superseded_line(const struct state *s, char line[SUPERSEDED_LINE])
{
	return state_line(s, STATE_SUPERSEDED, line, SUPERSEDED_LINE);
}

int
superseded_seal(const struct state *s, struct seal *by)
{
	char path[PATH_MAX];

	state_path(s, SUPERSEDED_SEAL, path);
	return seal_read(path, by);
}

int
superseded_remove(const struct state *s)
{
	if (state_remove(s, STATE_SUPERSEDED) == -1)
		return -1;
	return state_remove(s, SUPERSEDED_SEAL);
}
