#include "tell.h"

#include "../format/when.h"
#include "../sys/say.h"
#include "../sys/units.h"

#include <inttypes.h>

static void
tell_grant(const struct job *j)
{
	char then[WHEN_TEXT];

	if (!j->now.granted || seal_same_grant(&j->now, &j->was))
		return;
	(void)when_encode(j->now.g.time, then);
	say_info("epoch %" PRIu64 ": by the grant of %s the key is %s now",
	    j->now.g.epoch, then, j->now.g.key);
}

static void
tell(const struct job *j, const struct live_report *r)
{
	const struct manifest *m = &j->now.m;

	tell_grant(j);
	if (r->shadows == 0) {
		say_info("generation %" PRIu64 ".%" PRIu64 " confirmed",
		    m->epoch, m->generation);
		return;
	}
	/* Nobody signed for that, so the primary's log keeps it. */
	if (!r->first && !j->floor.known)
		say("%s: the first generation here; it replaced a database "
		    "from elsewhere: %" PRIu64 " added, %" PRIu64
		    " removed, %" PRIu64 " changed; login counters are kept",
		    j->place->db, r->added, r->removed, r->changed);
	if (r->first)
		say_info("generation %" PRIu64 ".%" PRIu64 " is live: %" PRIu64
			 " principals",
		    m->epoch, m->generation, m->dump.principals);
	else
		say_info("generation %" PRIu64 ".%" PRIu64 " is live: %" PRIu64
			 " added, %" PRIu64 " removed, %" PRIu64 " changed",
		    m->epoch, m->generation, r->added, r->removed, r->changed);
	say_info("shadow %s in %" PRId64 " ms, proved in %" PRId64
		 " ms, locked %" PRId64 " ms, %" PRIu64 " late counters",
	    r->followed ? "changed" : "filled", r->fill_ms, r->prove_ms,
	    r->lock_ms, r->late);
}

/* A krb5kdc that runs keeps the master keys it has met, and finds others only
 * by way of one of them. */
static void
tell_purged(const struct manifest *was, const struct manifest *now)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < was->dump.n_mkey; i++)
		for (unsigned k = 0; k < now->dump.n_mkey; k++)
			kept +=
			    was->dump.mkey_kvno[i] == now->dump.mkey_kvno[k];
	if (kept == was->dump.n_mkey)
		return;
	if (kept == 0)
		say("generation %" PRIu64 ".%" PRIu64 " is under other master "
		    "keys than %" PRIu64 ".%" PRIu64 ": a krb5kdc that runs "
		    "cannot read it; systemctl restart " UNIT_KDC,
		    now->epoch, now->generation, was->epoch, was->generation);
	else
		say("a master key was purged with generation %" PRIu64
		    ".%" PRIu64 ": a krb5kdc that was idle since the new one "
		    "came into use does not know it; if logins fail here: "
		    "systemctl restart " UNIT_KDC,
		    now->epoch, now->generation);
}

void
tell_done(const struct job *j, const struct live_report *r)
{
	tell(j, r);
	parting_tell(&j->parting, &j->was, &j->now);
	if (j->sealed)
		tell_purged(&j->was.m, &j->now.m);
}
