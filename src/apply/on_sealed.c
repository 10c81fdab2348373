#include "on_sealed.h"

#include "../sys/proc.h"
#include "../sys/say.h"
#include "../sys/words.h"

#include <stdlib.h>

#define HOOK_MS (2 * 60 * 1000)

void
on_sealed(const struct config *cf, struct state *s)
{
	char line[256];
	const char *why;
	char **words;
	int rc;

	if (state_line(s, STATE_REFUSED, line, sizeof(line)) != 1 ||
	    cf->on_sealed[0] == '\0')
		return;
	words = words_split(cf->on_sealed, &why);
	if (words == NULL)
		return;
	/* What the command prints goes to nobody: our stdout is the primary's.
	 * Away before it runs, for the gate that it starts may refuse anew. */
	(void)state_remove(s, STATE_REFUSED);
	rc = proc_run((const char *const *)words, NULL,
	    (struct span){ NULL, 0 }, NULL, NULL, 64 * 1024, HOOK_MS);
	if (rc > 0)
		say("on_sealed: %s: exit status %d; the gate's refusal stands",
		    words[0], rc);
	if (rc != 0)
		(void)state_set_line(s, STATE_REFUSED, line);
	free(words);
}
