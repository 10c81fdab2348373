#ifndef KDCSYNC_ADVICE_H
#define KDCSYNC_ADVICE_H

#include "plan.h"

/* What was done, in one line, and what a person has to do now. */
void	advice_give(const struct plan *p, const struct manifest *begun);

#endif
