#ifndef KDCSYNC_CRON_H
#define KDCSYNC_CRON_H

#include "../format/bytes.h"
#include "../store/ledger.h"
#include "../store/state.h"

/*
 * --cron: every line is a mail to somebody.  What a run has to say is captured,
 * and printed only when it is news: another trouble than the last time, or none
 * any more; the same one again after an hour, and then once a day.
 */

/* What was said about a replica, given its ledger before the ship.  Its ledger
 * now gets the time when it was told.  before NULL: that could not be written,
 * and nobody can know what is news. */
void	cron_replica(const struct state *s, const char *name,
	    const struct ledger *before, const struct bytes *said);

/* What was said about a replica that another run still ships to.  That is no
 * news, until that run has taken longer than it may (seconds): then it hangs, and
 * it is told as any trouble is, once in every interval (seconds) that counts. */
void	cron_skipped(const struct ledger *before, int64_t max_transfer,
	    int64_t interval, const struct bytes *said);

/* What was said about this host's part; trouble is a word for it, or NULL when
 * all is well.  And the same of its old generations. */
void	cron_primary(const struct state *s, const char *trouble,
	    const struct bytes *said);
void	cron_past(const struct state *s, const char *trouble,
	    const struct bytes *said);

/* What was said when another run was taking, of a timer beside the cron line, say.
 * That is no news as long as runs end: it is trouble when the newest generation
 * was not confirmed for three intervals (seconds). */
void	cron_busy(const struct state *s, int64_t interval,
	    const struct bytes *said);

#endif
