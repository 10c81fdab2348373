#include "restore.h"

#include <sysexits.h>

int
restore_run(const struct restore *r)
{
	(void)r;
	return EX_UNAVAILABLE;
}
