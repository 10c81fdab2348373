#include "demote.h"

#include "alone.h"
#include "retire.h"
#include "successor.h"

#include "../sys/lock.h"
#include "../sys/say.h"
#include "../sys/units.h"
#include "../store/kdb/users.h"
#include "../store/past/expiry.h"
#include "../store/show.h"

#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

/* What this host is, before anything else. */
static int
check_role(const struct demote *d)
{
	const struct state *s = d->state;

	switch (s->role) {
	case ROLE_PRIMARY:
	case ROLE_REPLICA:
		return EX_OK;
	case ROLE_RESTORE:
		say("%s: " STATE_CUT_SHORT, s->dir);
		break;
	case ROLE_NONE:
		say("%s: this host was neither primary nor replica yet; "
		    "kdc-apply makes it a replica",
		    s->dir);
		break;
	}
	return EX_CONFIG;
}

/* What kadmind writes after the copy would be in no list. */
static int
check_users(const struct demote *d)
{
	struct users u, writers = { .n = 0 };
	char words[USERS_WORDS];

	users_find(d->place, &u);
	for (unsigned i = 0; i < u.n && i < USERS_MAX; i++)
		if (!user_is_kdc(&u.v[i]))
			writers.v[writers.n++] = u.v[i];
	if (writers.n == 0 || d->force)
		return EX_OK;
	users_words(&writers, words);
	say("%s: in use by %s: what is changed from now on would be lost "
	    "unseen; stop that first (kadmind: systemctl disable "
	    "--now " UNIT_KADMIND "), or --force",
	    d->place->db, words);
	return EX_TEMPFAIL;
}

static int
printed(int rc)
{
	if (show_end() == -1)
		return EX_IOERR;
	return rc;
}

/* Lists what this host alone has, and begins. */
static int
begin(struct retire *r)
{
	const struct demote *d = r->d;
	struct successor by = SUCCESSOR_NONE;
	struct alone a = { ALONE_NONE, .d = d, .by = &by };
	int rc = successor_find(d, &by);

	if (rc == EX_OK && !d->dry_run)
		rc = check_users(d);
	if (rc == EX_OK)
		rc = alone_find(&a);
	if (rc == EX_OK)
		rc = printed(alone_write(&a, stdout));
	if (rc == EX_OK && !d->dry_run)
		rc = retire_begin(r, &a);
	alone_release(&a);
	successor_release(&by);
	return rc;
}

static void
tell(const struct retire *r)
{
	const char *dir = r->d->state->dir;

	if (r->d->quiet)
		return;
	printf("this host is a replica now; what it had is in %s/%s, this "
	       "list in %s/%s/alone; when nobody misses anything: rm -r it\n"
	       "still to be done here:\n"
	       "  systemctl disable --now " UNIT_KADMIND "\n"
	       "  the cron line or timer of kdc-snapshot, and each "
	       "kdcsync-connection@NAME: remove it\n"
	       "  ~root/.ssh/authorized_keys: the line of the new primary's "
	       "transport key, see kdc-apply(8)\n"
	       "then, on the new primary: this host among its replicas, and "
	       "kdc-snapshot\n",
	    dir, r->name, dir, r->name);
}

static int
run(const struct demote *d)
{
	struct retire r = { .d = d };
	int again = retire_again(&r), rc;

	if (again == -1)
		return EX_IOERR;
	if (again == 0 && d->state->role == ROLE_REPLICA) {
		say_info("%s: this host is a replica already", d->state->dir);
		return EX_OK;
	}
	rc = again == 1 ? printed(retire_show(&r, stdout)) : begin(&r);
	if (rc != EX_OK || d->dry_run)
		return rc;
	rc = retire_finish(&r);
	if (rc == EX_OK)
		tell(&r);
	return rc;
}

/* Neither a run of kdc-snapshot nor what it does of older generations goes on
 * meanwhile. */
int
demote_run(const struct demote *d)
{
	int wait = (int)(d->cf->lock_wait * 1000), taking = -1, keeping = -1;
	int rc = check_role(d);

	if (rc != EX_OK)
		return rc;
	rc = state_lock(d->state, "snapshot", wait, &taking);
	if (rc == 0)
		rc = state_lock(d->state, EXPIRY_LOCK, wait, &keeping);
	/* Another kdc-restore may have been faster. */
	if (rc == 0)
		rc = state_take_role(d->state, d->state->role);
	if (rc != 0)
		rc = rc == LOCK_BUSY ? EX_TEMPFAIL : EX_CANTCREAT;
	else
		rc = run(d);
	if (taking != -1)
		(void)close(taking);
	if (keeping != -1)
		(void)close(keeping);
	return rc;
}
