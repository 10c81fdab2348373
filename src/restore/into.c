#include "into.h"

#include <sysexits.h>

int
into_make(struct into *x, const struct source *s)
{
	(void)x;
	(void)s;
	return EX_UNAVAILABLE;
}
