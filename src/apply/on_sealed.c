#include "on_sealed.h"

#include "../sys/proc.h"
#include "../sys/say.h"
#include "../sys/words.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>

#define HOOK_MS (2 * 60 * 1000)

/* The gate that the command starts may refuse anew: then it is another file. */
static bool
same_refusal(const struct stat *was, const struct state *s)
{
	char path[PATH_MAX];
	struct stat now;

	state_path(s, STATE_REFUSED, path);
	return lstat(path, &now) == 0 && now.st_ino == was->st_ino &&
	    now.st_mtim.tv_sec == was->st_mtim.tv_sec &&
	    now.st_mtim.tv_nsec == was->st_mtim.tv_nsec;
}

void
on_sealed(const struct config *cf, struct state *s)
{
	char path[PATH_MAX];
	const char *why;
	struct stat was;
	char **words;
	int rc;

	state_path(s, STATE_REFUSED, path);
	if (lstat(path, &was) == -1 || cf->on_sealed[0] == '\0')
		return;
	words = words_split(cf->on_sealed, &why);
	if (words == NULL)
		return;
	/* What the command prints goes to nobody: our stdout is the primary's. */
	rc = proc_run((const char *const *)words, NULL,
	    (struct span){ NULL, 0 }, NULL, NULL, 64 * 1024, HOOK_MS);
	if (rc > 0)
		say("on_sealed: %s: exit status %d; the gate's refusal stands",
		    words[0], rc);
	/* Only now: whoever is killed before leaves it to the next ship. */
	if (rc == 0 && same_refusal(&was, s))
		(void)state_remove(s, STATE_REFUSED);
	free(words);
}
