#include "report.h"

#include <stdarg.h>
#include <stdio.h>

static struct finding *__attribute__((format(printf, 4, 0)))
add(struct report *r, const char *check, enum level level, const char *fmt,
    va_list ap)
{
	/* The table is larger than the number of checks; the last one gives
	 * way rather than memory behind it. */
	struct finding *f =
	    &r->finding[r->n < FINDINGS_MAX ? r->n++ : FINDINGS_MAX - 1];

	f->check = check;
	f->level = level;
	f->overridable = false;
	(void)vsnprintf(f->text, sizeof(f->text), fmt, ap);
	return f;
}

void
report_add(
    struct report *r, const char *check, enum level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)add(r, check, level, fmt, ap);
	va_end(ap);
}

void
report_add_overridable(
    struct report *r, const char *check, enum level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(r, check, level, fmt, ap)->overridable = true;
	va_end(ap);
}

enum level
report_level(const struct report *r, const struct finding **first)
{
	const struct finding *worst = NULL;

	for (unsigned i = 0; i < r->n; i++) {
		const struct finding *f = &r->finding[i];

		if (level_weight(f->level) >
		    (worst == NULL ? 0 : level_weight(worst->level)))
			worst = f;
	}
	if (first != NULL)
		*first = worst;
	return worst == NULL ? LEVEL_GOOD : worst->level;
}

bool
report_overridable(const struct report *r)
{
	for (unsigned i = 0; i < r->n; i++)
		if (r->finding[i].level >= LEVEL_CRITICAL &&
		    !r->finding[i].overridable)
			return false;
	return true;
}
