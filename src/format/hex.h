#ifndef KDCSYNC_HEX_H
#define KDCSYNC_HEX_H

#include <stddef.h>
#include <stdint.h>

/* Bytes as lower-case hex, two digits each; no other spelling is read. */

/* Writes 2 * n digits, no NUL; returns the place behind them. */
char	*hex_put(char *p, const uint8_t *data, size_t n);

/* Reads 2 * n digits from text into data.  0 or -1. */
int	hex_get(const char *text, uint8_t *data, size_t n);

#endif
