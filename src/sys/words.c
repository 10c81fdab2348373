#include "words.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* Copies what stands between quotes to *out.  The closing quote, or NULL. */
static const char *
quoted(const char *p, char quote, char **out)
{
	for (; *p != quote; p++) {
		if (*p == '\0')
			return NULL;
		if (quote == '"' && *p == '\\' && p[1] != '\0' &&
		    strchr("$`\"\\\n", p[1]) != NULL) {
			p++;
			if (*p == '\n')
				continue;
		}
		*(*out)++ = *p;
	}
	return p;
}

/* Copies one word, NUL-ended, to *out.  What follows it, or NULL. */
static const char *
word(const char *p, char **out, const char **why)
{
	for (; *p != '\0' && !is_blank(*p); p++) {
		if (*p == '\'' || *p == '"') {
			p = quoted(p + 1, *p, out);
			if (p == NULL) {
				*why = "a quote is not closed";
				return NULL;
			}
			continue;
		}
		if (*p == '\\') {
			p++;
			if (*p == '\0') {
				*why = "a backslash ends the line";
				return NULL;
			}
			if (*p == '\n')
				continue;
		}
		*(*out)++ = *p;
	}
	*(*out)++ = '\0';
	return p;
}

/* Blanks, and a backslash before a newline: the line goes on. */
static const char *
skip(const char *p)
{
	for (;;) {
		if (is_blank(*p))
			p++;
		else if (p[0] == '\\' && p[1] == '\n')
			p += 2;
		else
			return p;
	}
}

char **
words_split(const char *line, const char **why)
{
	size_t len = strlen(line);
	size_t most = len / 2 + 1; /* a word and its blank are two bytes */
	char **words, *out;
	size_t n = 0;

	*why = NULL;
	words = malloc((most + 1) * sizeof(*words) + len + 1);
	if (words == NULL) {
		*why = "no memory";
		return NULL;
	}
	out = (char *)(words + most + 1);
	for (const char *p = skip(line); *p != '\0'; p = skip(p)) {
		words[n++] = out;
		p = word(p, &out, why);
		if (p == NULL)
			goto fail;
	}
	if (n == 0) {
		*why = "no command";
		goto fail;
	}
	words[n] = NULL;
	return words;
fail:
	free(words);
	return NULL;
}
