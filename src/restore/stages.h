#ifndef KDCSYNC_STAGES_H
#define KDCSYNC_STAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Work that is done in stages: how long each took, and a line at the bottom of the
 * terminal, if there is one, that says which is under way.
 */
#define STAGES_MAX 8
struct stages {
	const char *const *name;	/* "read", "build" */
	size_t n, at;
	int64_t began;			/* proc_now(), of the current one */
	int64_t ms[STAGES_MAX];
};

/* The first begins.  One at a time: the terminal is one, and quiet leaves it
 * alone. */
void	stages_begin(struct stages *s, const char *const name[], size_t n,
	    bool quiet);

/* It ends, and the next one begins. */
void	stages_next(struct stages *s);

/* The last one ends, or the current one, which failed. */
void	stages_end(struct stages *s);

/* Of all. */
int64_t	stages_ms(const struct stages *s);

#endif
