#ifndef KDCSYNC_OUTCOME_H
#define KDCSYNC_OUTCOME_H

#include "peer.h"

/* How a session ended: its answer and the reason for it, the one line about it,
 * and its ledger. */

/* The reason is made fit for the ledger: plain, and never empty. */
void	outcome_set(struct peer *p, enum ledger_answer a, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

/* Its command broke off before its hello was whole: the last line that it
 * printed and its exit status (-1: killed, by us or another) may tell why. */
void	outcome_no_hello(struct peer *p, int status);

/* Says the line, unless it has been, and writes the ledger. */
void	outcome_tell(struct peer *p);

#endif
