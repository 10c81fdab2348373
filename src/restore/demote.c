#include "demote.h"

#include <sysexits.h>

int
demote_run(const struct demote *d)
{
	(void)d;
	return EX_UNAVAILABLE;
}
