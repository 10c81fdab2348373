#ifndef KDCSYNC_FACE_H
#define KDCSYNC_FACE_H

#include "report.h"

#include <stdio.h>

/* The faces of a report. */

/* One line that says it all, then one for each further finding.  For a monitor
 * (plugin) the first is brief, without what to do, and ends with performance
 * data; what was cut is whole below.  Nothing but printable ASCII, and no bar elsewhere. */
#define FACE_BRIEF 250			/* characters */
void	face_lines(const struct report *r, bool plugin, FILE *f);

/* One JSON object and a newline; schema 1, see kdc-verify(8). */
void	face_json(const struct report *r, FILE *f);

/* Prometheus' metrics, as of metrics.h.  0 or -1, said. */
int	face_metrics(const struct report *r, const char *path);

/* One line without newline, for hooks and state files. */
void	face_short(const struct report *r, char *text, size_t size);

#endif
