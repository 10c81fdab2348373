#ifndef KDCSYNC_STEP_H
#define KDCSYNC_STEP_H

#include <stdbool.h>

/* On a terminal, one line with what is under way; elsewhere nothing. */
void	step_begin(bool quiet);
void	step_show(const char *what);
void	step_end(void);

#endif
