#ifndef KDCSYNC_BYTES_H
#define KDCSYNC_BYTES_H

#include <stdbool.h>
#include <stddef.h>

/* A view of bytes that somebody else owns. */
struct span {
	const char *p;
	size_t len;
};

/* Order of the bytes, a shorter one before its continuations: the order of
 * MIT's btree and of a canonical dump.  <0, 0 or >0. */
int	span_compare(struct span a, struct span b);
bool	span_equal(struct span a, struct span b);

/* A buffer that grows and is used again: start with BYTES_NONE, reset len to 0
 * to reuse, release at the end.  Key material passes through it, so growing and
 * releasing wipe what they leave behind. */
struct bytes {
	char *p;
	size_t len, cap;
};
#define BYTES_NONE { NULL, 0, 0 }

/* Makes room for n more bytes.  -1 when memory is short; b is unchanged. */
int	bytes_reserve(struct bytes *b, size_t n);

/* Appends.  -1 when memory is short; b is unchanged. */
int	bytes_add(struct bytes *b, const void *p, size_t n);

/* Wipes and frees; b is BYTES_NONE afterwards. */
void	bytes_release(struct bytes *b);

#endif
