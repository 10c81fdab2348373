#ifndef KDCSYNC_GAUGES_H
#define KDCSYNC_GAUGES_H

#include "fleet.h"

/* Writes what Prometheus is to know to path.  0 or -1, said. */
int	gauges(const struct fleet *f, const char *path);

#endif
