#ifndef KDCSYNC_WHEN_H
#define KDCSYNC_WHEN_H

#include <stddef.h>
#include <stdint.h>

/* A moment in UTC, seconds since 1970, written 2026-11-22T07:35:00Z.  Years
 * 1970 to 9999. */
#define WHEN_TEXT 21		/* 20 characters and a NUL */

int	when_encode(int64_t t, char text[WHEN_TEXT]);
int	when_decode(const char *text, size_t len, int64_t *t);

/* A length of time for people: "42 s", "7 min", "3 h", "5 d"; one unit, rounded
 * down, at most 15 characters. */
void	when_span(int64_t seconds, char text[16]);

#endif
