#include "paint.h"

#include "../store/show.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define NARROWEST 40
#define WIDEST 1000

static bool
has_colour(void)
{
	const char *term = getenv("TERM"), *no = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && term != NULL &&
	    strcmp(term, "dumb") != 0 && (no == NULL || no[0] == '\0');
}

void
paint_measure(struct paint *p, size_t *rows)
{
	const char *columns = getenv("COLUMNS");
	struct winsize w;

	p->colour = has_colour();
	p->columns = 80;
	*rows = 24;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0) {
		p->columns = w.ws_col;
		*rows = w.ws_row > 1 ? w.ws_row : 2;
	} else if (columns != NULL) {
		p->columns = strtoul(columns, NULL, 10);
	}
	if (p->columns < NARROWEST || p->columns > WIDEST)
		p->columns = p->columns < NARROWEST ? NARROWEST : WIDEST;
}

void
paint_word(const struct paint *p, enum level l, const char *word)
{
	static const char *const colour[] = { [LEVEL_GOOD] = "32",
		[LEVEL_WARNING] = "33",
		[LEVEL_CRITICAL] = "1;31",
		[LEVEL_UNKNOWN] = "35" };

	if (p->colour)
		fprintf(p->f, "\033[%sm%s\033[m", colour[l], word);
	else
		fputs(word, p->f);
}

void
paint_folded(const struct paint *p, size_t at, const char *text)
{
	size_t n;

	text += strspn(text, " ");
	for (; *text != '\0'; text += n + strspn(text + n, " ")) {
		n = strcspn(text, " ");
		if (at > 2 && at + 1 + n >= p->columns) {
			fputs("\n ", p->f);
			at = 1;
		}
		fputc(' ', p->f);
		show_name(p->f, (struct span){ text, n });
		at += 1 + n;
	}
	fputc('\n', p->f);
}

void
paint_note(const struct paint *p, const struct note *n)
{
	const char *word = level_word(n->level);

	fputs("  ", p->f);
	paint_word(p, n->level, word);
	fprintf(p->f, " - %s:", n->what);
	paint_folded(p, 6 + strlen(word) + strlen(n->what), n->text);
}
