#ifndef KDCSYNC_LOOK_H
#define KDCSYNC_LOOK_H

#include "install.h"

/* What is live now, and how does it differ from what it is to be?  Fills old,
 * usable, equal, changed and the counts of the report, and says what somebody
 * changed here.  SEALED (go on), BUSY or FAILED, said. */
enum verdict_outcome look(struct install *in);

#endif
