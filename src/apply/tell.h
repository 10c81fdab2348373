#ifndef KDCSYNC_TELL_H
#define KDCSYNC_TELL_H

#include "job.h"

#include "../store/live/live.h"

/* Says what a job that is done has changed here. */
void	tell_done(const struct job *j, const struct live_report *r);

#endif
