#ifndef KDCSYNC_STEPS_H
#define KDCSYNC_STEPS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Work that is done in steps: how long each took, and a line at the bottom of the
 * terminal, if there is one, that says which is under way.
 */
#define STEPS_MAX 8
struct steps {
	const char *const *name;	/* "read", "build" */
	size_t n, at;
	int64_t began;			/* proc_now(), of the current one */
	int64_t ms[STEPS_MAX];
};

/* The first begins.  One at a time: the terminal is one. */
void	steps_begin(struct steps *s, const char *const name[], size_t n);

/* It ends, and the next one begins. */
void	steps_next(struct steps *s);

/* The last one ends, or the current one, which failed. */
void	steps_end(struct steps *s);

/* Of all. */
int64_t	steps_ms(const struct steps *s);

#endif
