#include "before.h"

#include "../sys/lock.h"
#include "../sys/newfile.h"
#include "../sys/say.h"
#include "../store/kdb/files.h"

#include <string.h>
#include <sysexits.h>

/* Made by this run? */
static bool
is_new(const struct plan *p)
{
	return strcmp(p->before, "-") != 0 &&
	    (!p->again || strcmp(p->before, p->r->state->kept) != 0);
}

/* What a run that was killed left half copied. */
static void
sweep(const struct state *s)
{
	char path[PATH_MAX];

	state_path(s, FILES_KEEPING, path);
	(void)newfile_remove_dir(path);
}

int
before_keep(struct plan *p)
{
	struct state *s = p->r->state;
	char path[PATH_MAX];
	int rc;

	sweep(s);
	state_path(s, p->before, path);
	if (is_new(p)) {
		rc = files_keep(
		    p->r->place->db, path, (int)(p->r->cf->lock_wait * 1000));
		if (rc != 0)
			return rc == LOCK_BUSY ? EX_TEMPFAIL : EX_CANTCREAT;
	} else if (p->again) {
		return EX_OK;
	}
	if (state_set_restore(s, p->was, p->from, p->before) == 0)
		return EX_OK;
	if (is_new(p))
		(void)newfile_remove_dir(path);
	return EX_CANTCREAT;
}

void
before_undo(struct plan *p)
{
	struct state *s = p->r->state;
	char path[PATH_MAX];

	if (strcmp(p->before, "-") != 0) {
		state_path(s, p->before, path);
		(void)newfile_remove_dir(path);
	}
	if (state_set_role(s, p->was) == -1)
		say("%s: nothing else was changed; run this again, or write "
		    "into %s/role what this host was",
		    s->dir, s->dir);
}
