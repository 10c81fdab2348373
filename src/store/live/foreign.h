#ifndef KDCSYNC_FOREIGN_H
#define KDCSYNC_FOREIGN_H

#include "install.h"

/* in->old, looked at, is about to be replaced.  Did somebody write there since
 * the last seal?  That is lost now, so it says how many records, and at debug
 * level which. */
void	foreign_tell(const struct install *in);

#endif
