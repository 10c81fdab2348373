#ifndef KDCSYNC_KEEP_H
#define KDCSYNC_KEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Which generations a primary keeps: rules like "all 2h, 1h 2d, 1d 30d", each
 * EVERY LENGTH.  Of each period of EVERY, counted from 1970-01-01 00:00 UTC, the
 * last generation stays, until it is LENGTH old; `all` is each one.
 */
#define KEEP_RULES 8
#define KEEP_TEXT 512

struct keep {
	unsigned n;			/* 0: "none" */
	struct keep_rule {
		int64_t every;		/* seconds; 0: all */
		int64_t length;		/* seconds, at most 100 years */
	} rule[KEEP_RULES];		/* both longer from rule to rule */
};

/* 0; -1 with a phrase in *why. */
int	keep_decode(const char *text, struct keep *k, const char **why);

/* What keep_decode takes again. */
void	keep_encode(const struct keep *k, char text[KEEP_TEXT]);

/* Which of n generations, by when they were taken (the newest first), stay at
 * the time now?  The newest always does. */
void	keep_mark(const struct keep *k, int64_t now, const int64_t *taken,
	    size_t n, bool *stays);

/* How long the longest rule is; 0 for "none". */
int64_t	keep_longest(const struct keep *k);

#endif
