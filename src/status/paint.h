#ifndef KDCSYNC_PAINT_H
#define KDCSYNC_PAINT_H

#include "notes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Text for a terminal, or for no terminal: colours only there, and not with
 * NO_COLOR in the environment. */
struct paint {
	FILE *f;
	bool colour;
	size_t columns;			/* at least 40 */
	size_t rows;			/* after which it scrolls; 0: it does not */
};

/* What stdout is: its width, else COLUMNS, else 80. */
void	paint_measure(struct paint *p, size_t *rows);

/* A word in the colour of its level. */
void	paint_word(const struct paint *p, enum level l, const char *word);

/* The words of text, behind at characters that stand there already, on lines
 * that begin with two blanks and leave the last column free.  Control
 * characters as \xNN. */
void	paint_folded(const struct paint *p, size_t at, const char *text);

/* "  WARNING - old: ...", folded. */
void	paint_note(const struct paint *p, const struct note *n);

#endif
