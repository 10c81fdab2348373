#ifndef KDCSYNC_NOTES_H
#define KDCSYNC_NOTES_H

#include "../store/level.h"

/* What is to be said of a host, the first of the worst level first to be
 * known. */
struct note {
	enum level level;
	const char *what;		/* one word, "stale" */
	char text[1200];			/* what is wrong; what to do */
};
#define NOTES_MAX 12
struct notes {
	struct note note[NOTES_MAX];
	unsigned n;
};
#define NOTES_NONE { .n = 0 }

void	notes_add(struct notes *s, enum level level, const char *what,
	    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* The first of the worst level, or NULL when nothing was added. */
const struct note *notes_worst(const struct notes *s);

enum level notes_level(const struct notes *s);	/* good when there is none */

#endif
