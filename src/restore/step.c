#include "step.h"

#include "../sys/progress.h"

static bool draws;

void
step_begin(bool quiet)
{
	draws = !quiet && progress_begin();
}

void
step_show(const char *what)
{
	if (!draws)
		return;
	progress_line("%s ...", what);
	progress_draw();
}

void
step_end(void)
{
	if (draws)
		progress_end();
	draws = false;
}
