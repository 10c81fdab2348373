#include "notes.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

void
notes_add(
    struct notes *s, enum level level, const char *what, const char *fmt, ...)
{
	struct note *n = &s->note[s->n < NOTES_MAX ? s->n++ : NOTES_MAX - 1];
	va_list ap;

	n->level = level;
	n->what = what;
	va_start(ap, fmt);
	(void)vsnprintf(n->text, sizeof(n->text), fmt, ap);
	va_end(ap);
}

const struct note *
notes_worst(const struct notes *s)
{
	const struct note *worst = NULL;

	for (unsigned i = 0; i < s->n; i++) {
		const struct note *n = &s->note[i];

		if (worst == NULL ||
		    level_weight(n->level) > level_weight(worst->level))
			worst = n;
	}
	return worst;
}

enum level
notes_level(const struct notes *s)
{
	const struct note *worst = notes_worst(s);

	return worst == NULL ? LEVEL_GOOD : worst->level;
}
