#ifndef KDCSYNC_DELTA_H
#define KDCSYNC_DELTA_H

#include <stdint.h>

/*
 * librsync's delta format, as rdiff(1) makes and patches it.  A delta names
 * neither its base nor its result: callers check the base's digest before and
 * the result's after.  All three are whole files, read and written from their
 * first byte; out is emptied first.  Failures are said.
 */

/* Writes to out the delta that turns base into target. */
int	delta_make(int base, int target, int out);

/* The same in finer blocks, for what is kept for long: half as large, and made in
 * twice the time. */
int	delta_make_fine(int base, int target, int out);

/* Writes base + delta to out, never more than max bytes.  A delta that is cut,
 * has bytes behind its end, or copies what base does not have is refused. */
int	delta_patch(int base, int delta, int out, uint64_t max);

#endif
