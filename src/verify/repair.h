#ifndef KDCSYNC_REPAIR_H
#define KDCSYNC_REPAIR_H

#include "judge.h"

/* After judge(): when the database is not what was sealed, or a swap was cut
 * short, and the seal can be trusted, finishes the swap or rebuilds the
 * database from the sealed dump, and judges again into r.  Never waits for a
 * kdc-apply at work. */
void	repair(const struct judge *j, struct report *r);

#endif
