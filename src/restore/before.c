#include "before.h"

#include "../sys/lock.h"
#include "../sys/newfile.h"
#include "../sys/say.h"
#include "../store/kdb/files.h"

#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

/* Is it to be made, by this run? */
static bool
is_new(const struct plan *p)
{
	char path[PATH_MAX];

	state_path(p->r->state, p->before, path);
	return p->there && strcmp(p->before, "-") != 0 &&
	    access(path, F_OK) == -1;
}

static void
find_inodes(const struct plan *p, uint64_t inode[PLACE_DATA])
{
	char path[PATH_MAX];
	struct stat st;

	for (int i = 0; i < PLACE_DATA; i++) {
		place_path(p->r->place->db, (enum place_file)i, path);
		inode[i] = lstat(path, &st) == 0 ? st.st_ino : 0;
	}
}

bool
before_is_live(const struct plan *p)
{
	uint64_t now[PLACE_DATA];

	find_inodes(p, now);
	return memcmp(now, p->inode, sizeof(now)) == 0;
}

/* What a run that was killed left half copied. */
static void
sweep(const struct state *s)
{
	char path[PATH_MAX];

	state_path(s, FILES_KEEPING, path);
	(void)newfile_remove_dir(path);
}

/* Its name is known first: so nobody keeps it twice. */
static bool
is_known(const struct plan *p)
{
	return p->again && strcmp(p->before, p->r->state->kept) == 0;
}

int
before_keep(struct plan *p)
{
	struct state *s = p->r->state;
	char path[PATH_MAX];
	int rc = 0;

	sweep(s);
	find_inodes(p, p->inode);
	if (!is_known(p) &&
	    state_set_restore(s, p->was, p->from, p->before) == -1)
		return EX_CANTCREAT;
	state_path(s, p->before, path);
	if (is_new(p))
		rc = files_keep(
		    p->r->place->db, path, (int)(p->r->cf->lock_wait * 1000));
	if (rc == 0)
		return EX_OK;
	if (!p->again)
		before_undo(p);
	return rc == LOCK_BUSY ? EX_TEMPFAIL : EX_CANTCREAT;
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
