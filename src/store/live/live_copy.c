#include "live_copy.h"

#include "../../sys/newfile.h"
#include "../../sys/proc.h"
#include "../../sys/say.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

int
live_copy_place(const struct place *p, const char *name, struct live_copy *c)
{
	memset(c, 0, sizeof(*c));
	c->dump = -1;
	if (snprintf(c->dir, sizeof(c->dir), "%s/%s", p->room, name) >=
		PATH_MAX ||
	    snprintf(c->db, sizeof(c->db), "%s/principal", c->dir) >=
		PATH_MAX) {
		say("%s: path too long", p->room);
		return -1;
	}
	return newfile_dir(p->room);
}

int
live_copy_prove(const struct place *p, const struct state *s,
    enum examine_how how, struct live_copy *c)
{
	int64_t start = proc_now();
	int rc;

	c->dump = s == NULL ? newfile_scratch(c->dir) : state_spare_open(s);
	if (c->dump == -1)
		return -1;
	rc = s == NULL ? examine_as(p, c->db, c->dump, &c->e, how)
		       : examine_kept(p, c->db, c->dump, &c->e, how);
	c->examine_ms = proc_now() - start;
	return rc;
}

int
live_copy_take(const struct config *cf, const struct place *p, const char *name,
    enum examine_how how, struct live_copy *c)
{
	int64_t start = proc_now();
	int rc = live_copy_place(p, name, c);

	if (rc == 0)
		rc = files_copy(p->db, c->dir, (int)(cf->lock_wait * 1000),
		    c->db, &c->stamp, &c->held_ms);
	c->copy_ms = proc_now() - start;
	if (rc == 0)
		rc = live_copy_prove(p, NULL, how, c);
	if (rc != 0)
		live_copy_drop(c);
	return rc;
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
	if (c->dir[0] != '\0' && !c->stays)
		(void)newfile_remove_dir(c->dir);
	c->dir[0] = '\0';
}
