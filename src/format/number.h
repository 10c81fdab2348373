#ifndef KDCSYNC_NUMBER_H
#define KDCSYNC_NUMBER_H

#include "bytes.h"

#include <stdbool.h>
#include <stdint.h>

/* Decimal numbers in their one spelling: no plus, no zero in front, no "-0".
 * (printf is too slow for a million records.) */
#define NUMBER_MAX 20		/* characters of the longest */

/* Write v, no NUL; return the place behind it. */
char	*number_put(char *p, int64_t v);
char	*number_put_u64(char *p, uint64_t v);

/* Take the number that s begins with off its front.  false, and s is
 * unchanged: no digit, another spelling, or outside min to max. */
bool	number_take(struct span *s, int64_t min, int64_t max, int64_t *v);
bool	number_take_u64(struct span *s, uint64_t max, uint64_t *v);

#endif
