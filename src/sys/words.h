#ifndef KDCSYNC_WORDS_H
#define KDCSYNC_WORDS_H

#include <stddef.h>

/* Splits a command line into words as a shell does (blanks, 'single' and
 * "double" quotes, backslash) and nothing more: no expansion, no operators.
 * words is ended by NULL and, with what it points at, one allocation that the
 * caller frees with free(words).  NULL with a phrase in *why: an open quote, no
 * word at all, memory. */
char	**words_split(const char *line, const char **why);

#endif
