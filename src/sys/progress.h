#ifndef KDCSYNC_PROGRESS_H
#define KDCSYNC_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Some lines at the bottom of the terminal that show what is under way, drawn
 * anew in their place.  What say.h prints goes above them.  Without a terminal
 * on stderr all of this does nothing.
 */

/* false: there is no terminal to draw on. */
bool	progress_begin(void);

/* How many lines fit. */
size_t	progress_room(void);

/* The next line of the picture to be drawn; what does not fit is cut. */
void	progress_line(const char *fmt, ...)
	    __attribute__((format(printf, 1, 2)));

/* Draws the lines since the last time, in place of what was drawn then. */
void	progress_draw(void);

/* Takes it away. */
void	progress_end(void);

#endif
