#ifndef KDCSYNC_WATCH_H
#define KDCSYNC_WATCH_H

#include <stddef.h>

/* A picture on the terminal of stdout, drawn again and again in its place until
 * somebody types ^C.  stop_watch (stop.h) comes first. */

/* What is drawn next is of the terminal's size as it is now. */
void	watch_begin(void);

/* Draws the lines of text from the top; what does not fit is counted. */
void	watch_draw(const char *text, size_t rows);

/* Waits so many seconds, less when the terminal's size is another.  1: go on; 0:
 * asked to stop, and the cursor stands below the picture. */
int	watch_wait(int seconds);

#endif
