#include "drill.h"

#include <sysexits.h>

int
drill_run(const struct drill *d)
{
	(void)d;
	return EX_UNAVAILABLE;
}
