#include "live_copy.h"

#include "../../sys/newfile.h"
#include "../../sys/proc.h"
#include "../../sys/say.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int
take(const struct config *cf, const struct place *p, const char *dir,
    struct live_copy *c)
{
	int64_t start = proc_now();
	int rc;

	rc = files_copy(p->db, c->dir, (int)(cf->lock_wait * 1000), c->db,
	    &c->stamp, &c->held_ms);
	if (rc != 0)
		return rc;
	c->copy_ms = proc_now() - start;
	c->dump = newfile_scratch(dir == NULL ? c->dir : dir);
	if (c->dump == -1)
		return -1;
	start = proc_now();
	rc = examine(p, c->db, c->dump, &c->e);
	c->examine_ms = proc_now() - start;
	return rc;
}

int
live_copy_take_in(const struct config *cf, const struct place *p,
    const char *name, const char *dir, struct live_copy *c)
{
	int rc;

	memset(c, 0, sizeof(*c));
	c->dump = -1;
	if (snprintf(c->dir, sizeof(c->dir), "%s/%s", p->room, name) >=
	    PATH_MAX) {
		say("%s: path too long", p->room);
		return -1;
	}
	if (newfile_dir(p->room) == -1)
		return -1;
	rc = take(cf, p, dir, c);
	if (rc != 0)
		live_copy_drop(c);
	return rc;
}

int
live_copy_take(const struct config *cf, const struct place *p, const char *name,
    struct live_copy *c)
{
	return live_copy_take_in(cf, p, name, NULL, c);
}

void
live_copy_sweep(const struct place *p, const char *name)
{
	char dir[PATH_MAX];

	if (snprintf(dir, sizeof(dir), "%s/%s", p->room, name) < PATH_MAX)
		(void)newfile_remove_dir(dir);
}

void
live_copy_sweep_idle(
    const struct place *p, const struct state *s, const char *name)
{
	int lock;

	if (state_lock(s, name, LOCK_SILENT, &lock) != 0)
		return;
	live_copy_sweep(p, name);
	(void)close(lock);
}

void
live_copy_drop(struct live_copy *c)
{
	if (c->dump != -1)
		(void)close(c->dump);
	c->dump = -1;
	if (c->dir[0] != '\0')
		(void)newfile_remove_dir(c->dir);
	c->dir[0] = '\0';
}
