#include "bytes.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int
span_compare(struct span a, struct span b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = 0;

	if (n != 0)
		order = memcmp(a.p, b.p, n);
	if (order != 0)
		return order;
	return (a.len > b.len) - (a.len < b.len);
}

bool
span_equal(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

int
bytes_reserve(struct bytes *b, size_t n)
{
	size_t cap = b->cap < 256 ? 256 : b->cap;
	char *p;

	if (n <= b->cap - b->len)
		return 0;
	if (n > SIZE_MAX / 2 - b->len)
		return -1;
	while (cap - b->len < n)
		cap *= 2;
	/* Not realloc: it may leave a copy of the keys behind. */
	p = malloc(cap);
	if (p == NULL)
		return -1;
	if (b->len != 0)
		memcpy(p, b->p, b->len);
	if (b->p != NULL)
		explicit_bzero(b->p, b->cap);
	free(b->p);
	b->p = p;
	b->cap = cap;
	return 0;
}

int
bytes_add(struct bytes *b, const void *p, size_t n)
{
	if (bytes_reserve(b, n) == -1)
		return -1;
	if (n != 0)
		memcpy(b->p + b->len, p, n);
	b->len += n;
	return 0;
}

void
bytes_release(struct bytes *b)
{
	if (b->p != NULL)
		explicit_bzero(b->p, b->cap);
	free(b->p);
	*b = (struct bytes)BYTES_NONE;
}
