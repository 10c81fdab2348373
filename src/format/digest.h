#ifndef KDCSYNC_DIGEST_H
#define KDCSYNC_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* SHA-256, the only thing we take from libcrypto. */
#define DIGEST_SIZE 32
#define DIGEST_TEXT 65		/* 64 lower-case hex digits and a NUL */

struct digest {
	uint8_t b[DIGEST_SIZE];
};

bool	digest_equal(const struct digest *a, const struct digest *b);

/* Writes d as 64 lower-case hex digits. */
void	digest_encode(const struct digest *d, char text[DIGEST_TEXT]);

/* Accepts exactly what digest_encode writes, of length len.  0 or -1. */
int	digest_decode(const char *text, size_t len, struct digest *d);

/* A digest in the making.  begin allocates; end writes the digest and frees;
 * drop frees without one.  NULL / -1: libcrypto refused (memory, FIPS). */
struct digest_run;
struct digest_run *digest_begin(void);
int	digest_add(struct digest_run *run, const void *p, size_t n);
int	digest_end(struct digest_run *run, struct digest *d);
void	digest_drop(struct digest_run *run);	/* accepts NULL */

/* The digest of n bytes in memory. */
int	digest_of(const void *p, size_t n, struct digest *d);

#endif
