#include "watch.h"

#include "../sys/proc.h"
#include "../sys/stop.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define LOOK_MS 200 /* at the terminal's size */

static struct winsize size;

void
watch_begin(void)
{
	(void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
}

void
watch_draw(const char *text, size_t rows)
{
	size_t lines = 0, shown = 0, n;

	for (const char *p = text; *p != '\0'; p++)
		lines += *p == '\n';
	/* The last line of the screen is for the cursor. */
	fputs("\033[?7l\033[H", stdout); /* lines are cut, not wrapped */
	for (; *text != '\0' && shown + 2 < rows; text += n, shown++) {
		n = strcspn(text, "\n");
		printf("%.*s\033[K\n", (int)n, text);
		n += text[n] == '\n';
	}
	if (lines == shown + 1)
		printf("%.*s\033[K\n", (int)strcspn(text, "\n"), text);
	else if (lines > shown)
		printf("... %zu more lines\033[K\n", lines - shown);
	fputs("\033[J\033[?7h", stdout);
	(void)fflush(stdout);
}

int
watch_wait(int seconds)
{
	int64_t end = proc_now() + (int64_t)seconds * 1000, left;
	struct pollfd stop = { stop_fd(), POLLIN, 0 };
	struct winsize now;

	while (!stop_asked() && (left = end - proc_now()) > 0) {
		(void)poll(&stop, 1, left < LOOK_MS ? (int)left : LOOK_MS);
		now = size;
		if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &now) == 0 &&
		    (now.ws_row != size.ws_row || now.ws_col != size.ws_col))
			break;
	}
	return !stop_asked();
}
