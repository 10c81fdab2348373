#include "enforce.h"

#include "face.h"

#include "../sys/proc.h"
#include "../sys/say.h"
#include "../sys/words.h"

#include <stdlib.h>
#include <string.h>

#define STOP_MS (60 * 1000)

bool
enforce_wanted(const struct report *r)
{
	if (r->primary || r->waiting)
		return false;
	for (unsigned i = 0; i < r->n; i++)
		if (strcmp(r->finding[i].check, "content") == 0 &&
		    r->finding[i].level == LEVEL_CRITICAL)
			return true;
	return false;
}

static int
stop(const struct config *cf)
{
	const char *why = NULL;
	char **words = words_split(cf->stop_kdc, &why);
	int rc;

	if (words == NULL) {
		say("stop_kdc: %s", why);
		return -1;
	}
	rc = proc_run((const char *const *)words, NULL,
	    (struct span){ NULL, 0 }, NULL, NULL, 64 * 1024, STOP_MS);
	if (rc > 0)
		say("stop_kdc: %s: exit status %d; stop krb5kdc by hand",
		    words[0], rc);
	free(words);
	return rc == 0 ? 0 : -1;
}

void
enforce(const struct config *cf, struct state *s, const struct report *r)
{
	char line[REPORT_LINE];

	if (!enforce_wanted(r))
		return;
	/* First: whoever is killed now leaves a KDC that the next ship starts,
	 * not one that stays away. */
	face_short(r, line, sizeof(line));
	(void)state_set_line(s, STATE_REFUSED, line);
	if (stop(cf) == 0)
		say("the KDC was stopped: its database is not what was signed, "
		    "and could not be repaired; ship from the primary "
		    "(kdc-snapshot), which starts it again by on_sealed");
}
