#ifndef KDCSYNC_LEAF_H
#define KDCSYNC_LEAF_H

#include "bytes.h"

#include <stdbool.h>

/* Two states of one page of the principals' btree: do they hold the same records,
 * but for what logins write into them (STORED_COUNTERS), under the same neighbours?
 * false also where that cannot be told: another kind of page, a big record.  libdb2
 * moves a record within its page when it writes it again, so that most bytes can
 * differ. */
bool	leaf_same_but_counters(struct span was, struct span is);

#endif
