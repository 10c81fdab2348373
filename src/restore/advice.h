#ifndef KDCSYNC_ADVICE_H
#define KDCSYNC_ADVICE_H

#include "plan.h"

/* What was done, in one line, and, to stdout unless quiet, what a person has to do
 * now.  EX_OK; EX_IOERR, said: he was not told. */
int	advice_give(const struct plan *p, const struct manifest *begun);

#endif
