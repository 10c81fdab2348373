#include "progress.h"
#include "say.h"

#include "../format/bytes.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_MAX 512

static struct {
	bool on;
	size_t rows, columns;
	size_t shown; /* lines that stand there */
	size_t lines; /* of the next picture */
	struct bytes picture;
} screen;

/* A terminal that was stopped, by ^S say, is not waited for. */
static bool
is_moving(void)
{
	struct pollfd one = { STDERR_FILENO, POLLOUT, 0 };

	return poll(&one, 1, 0) == 1;
}

static void
put(const char *p, size_t n)
{
	/* A terminal that went away is no reason to stop. */
	if (write(STDERR_FILENO, p, n) == -1)
		screen.on = false;
}

/* Back to the first line that stands there, all below it empty. */
static void
wipe(void)
{
	char text[32];
	int n;

	if (screen.shown == 0 || !is_moving())
		return;
	n = snprintf(text, sizeof(text), "\033[%zuA\r\033[J", screen.shown);
	screen.shown = 0;
	put(text, (size_t)n);
}

static void
measure(void)
{
	struct winsize w;

	screen.rows = 24;
	screen.columns = 80;
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_row > 1 &&
	    w.ws_col > 1) {
		screen.rows = w.ws_row;
		screen.columns = w.ws_col;
	}
}

bool
progress_begin(void)
{
	const char *term = getenv("TERM");

	screen.on =
	    isatty(STDERR_FILENO) && term != NULL && strcmp(term, "dumb") != 0;
	if (screen.on) {
		measure();
		say_before(wipe);
	}
	return screen.on;
}

size_t
progress_room(void)
{
	return screen.on ? screen.rows - 1 : 0;
}

void
progress_line(const char *fmt, ...)
{
	char line[WIDTH_MAX];
	size_t most = screen.columns < WIDTH_MAX ? screen.columns : WIDTH_MAX;
	va_list ap;

	if (!screen.on || screen.lines >= progress_room())
		return;
	va_start(ap, fmt);
	(void)vsnprintf(line, most, fmt, ap);
	va_end(ap);
	if (bytes_add(&screen.picture, line, strlen(line)) == 0 &&
	    bytes_add(&screen.picture, "\n", 1) == 0)
		screen.lines++;
}

void
progress_draw(void)
{
	if (!screen.on)
		return;
	if (is_moving()) {
		wipe();
		if (screen.picture.len > 0)
			put(screen.picture.p, screen.picture.len);
		screen.shown = screen.lines;
	}
	screen.lines = 0;
	screen.picture.len = 0;
	measure();
}

void
progress_end(void)
{
	if (screen.on)
		wipe();
	screen.on = false;
	screen.lines = 0;
	bytes_release(&screen.picture);
	say_before(NULL);
}
