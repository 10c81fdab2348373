#include "master.h"

#include "../store/kdb/mkey.h"
#include "../store/kdb/rollover.h"
#include "../store/ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void
add_old(const struct judge *j, const struct mkey *m, struct report *r)
{
	report_add(r, "stash", LEVEL_WARNING,
	    "%s: %s (%" PRIu32 ", the stash has %" PRIu32 "); type here, "
	    "before the old one is purged%s: kdb5_util -r %s stash",
	    j->place->stash, m->why, m->newest, m->stash_kvno,
	    r->primary ? "" : " on the primary", j->place->realm);
}

/* The primary has its stash from nobody, but somebody knows the password. */
static void
add_useless(const struct judge *j, const struct mkey *m, struct report *r)
{
	if (r->primary)
		report_add(r, "stash", LEVEL_CRITICAL,
		    "%s: %s; restore that file, or, with the master password: "
		    "kdb5_util -r %s stash",
		    j->place->stash, m->why, j->place->realm);
	else if (m->state == MKEY_AHEAD)
		report_add(r, "stash", LEVEL_CRITICAL,
		    "%s: %s (%" PRIu32 ", the database has %" PRIu32
		    "), and krb5kdc would not start; ship what the primary has "
		    "(kdc-snapshot); if that does not help, copy the primary's "
		    "stash file here",
		    j->place->stash, m->why, m->stash_kvno, m->newest);
	else
		report_add(r, "stash", LEVEL_CRITICAL,
		    "%s: %s; copy the primary's stash file here",
		    j->place->stash, m->why);
}

static void
add_mkey(const struct judge *j, const struct mkey *m, struct report *r)
{
	r->stash_kvno = m->stash_kvno;
	switch (m->state) {
	case MKEY_GOOD:
		break;
	case MKEY_OLD:
		add_old(j, m, r);
		break;
	case MKEY_NO_STASH:
	case MKEY_WRONG:
	case MKEY_AHEAD:
		add_useless(j, m, r);
		break;
	case MKEY_NO_KRBTGT:
	case MKEY_BAD_KRBTGT:
		report_add(r, "krbtgt", LEVEL_CRITICAL,
		    "%s; no ticket could be issued", m->why);
		break;
	}
}

/* A replica whose stash is old does not survive the purge, so its stash comes
 * first: before the new key is used, and once more before the end.  Its verdicts
 * say what it has.  Answers the replicas not known to have kvno, or "". */
static const char *
not_ready(const struct judge *j, uint32_t kvno, char names[200])
{
	struct ledger l;
	size_t n = 0;

	names[0] = '\0';
	for (size_t i = 0; i < j->cf->n_replicas; i++) {
		const char *name = j->cf->replicas[i].name;

		ledger_read(j->state, name, &l);
		if ((l.has_verdict && l.verdict.stash_kvno == kvno) ||
		    n >= 200 - 1)
			continue;
		n += (size_t)snprintf(
		    names + n, 200 - n, "%s%s", n == 0 ? "" : ", ", name);
	}
	return names;
}

#define NEXT_MAX 1024

/* The line to type, or what must be done on replicas before. */
static void
next_line(const struct judge *j, const struct rollover *o, const char *command,
    char text[NEXT_MAX])
{
	const char *realm = j->place->realm;
	char names[200];

	if (not_ready(j, o->newest, names)[0] == '\0')
		(void)snprintf(text, NEXT_MAX, "type next: kdb5_util -r %s %s",
		    realm, command);
	else
		(void)snprintf(text, NEXT_MAX,
		    "before that the stash of %s must be renewed; type next: "
		    "kdc-snapshot; there: kdb5_util -r %s stash; here again: "
		    "kdc-snapshot",
		    names, realm);
}

/* One step at a time.  Of a key that an administrator gave a day in the future
 * there is nothing to say before. */
static void
add_step(const struct judge *j, const struct rollover *o, struct report *r)
{
	char command[64], next[NEXT_MAX];

	if (o->active != o->newest && o->from != 0)
		return;
	if (o->active != o->newest) {
		(void)snprintf(
		    command, sizeof(command), "use_mkey %" PRIu32, o->newest);
		next_line(j, o, command, next);
		report_add(r, "mkey", LEVEL_WARNING,
		    "master key %" PRIu32 " is not in use yet; %s", o->newest,
		    next);
	} else if (o->behind > 0) {
		report_add(r, "mkey", LEVEL_WARNING,
		    "%" PRIu64 " principals are still under an older master "
		    "key than %" PRIu32 "; type next: kdb5_util -r %s "
		    "update_princ_encryption",
		    o->behind, o->active, j->place->realm);
	} else {
		next_line(j, o, "purge_mkeys", next);
		report_add(r, "mkey", LEVEL_WARNING,
		    "every principal is under master key %" PRIu32 ", older "
		    "ones are left to be purged; %s",
		    o->active, next);
	}
}

static void
check_rollover(const struct judge *j, const char *db, struct report *r)
{
	struct rollover o;

	if (rollover_find(j->place, db, &o) == -1)
		report_add(r, "mkey", LEVEL_UNKNOWN,
		    "the master keys could not be looked at; the reason is "
		    "above");
	else if (o.under_way)
		add_step(j, &o, r);
}

void
master_check(const struct judge *j, const char *db, bool walk, struct report *r,
    struct proof *p)
{
	struct mkey m;

	if (mkey_check(j->place, db, &m) == -1) {
		report_add(r, "stash", LEVEL_UNKNOWN,
		    "%s: could not be checked", j->place->stash);
		return;
	}
	add_mkey(j, &m, r);
	/* This host's own stash is the step before. */
	if (walk && r->primary && m.state == MKEY_GOOD)
		check_rollover(j, db, r);
	p->stash_kvno = m.stash_kvno;
	p->n_mkey = m.n;
	memcpy(p->mkey_kvno, m.kvno, sizeof(p->mkey_kvno));
}
