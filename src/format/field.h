#ifndef KDCSYNC_FIELD_H
#define KDCSYNC_FIELD_H

#include "bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a dump line is made of: a tag and then fields, each behind one TAB.
 * (dump.c of MIT krb5 prints its TABs before a tl and behind a key; the bytes
 * are the same.)  A string of octets is three fields, type, length and hex, and
 * its hex is "-1" when the length is 0.
 */
#define FIELD_MAX ((size_t)21)		/* bytes of a number and its TAB */

/* May s stand in a field?  Not with a TAB, LF or NUL in it: krb5_unparse_name
 * writes them as \t, \n and \0, and kadmin accepts none in a policy. */
bool	field_fits(struct span s);

/* Write at q, where the caller has made room; return the place behind. */
char	*field_put(char *q, struct span s);
char	*field_put_number(char *q, int64_t v);
char	*field_put_octets(char *q, int16_t type, const uint8_t *data,
	    uint16_t len);

/* The most that field_put_octets writes for len bytes. */
size_t	field_octets_max(uint16_t len);

/* Reading.  Anything but the expected sets failed, once and for good, and what
 * is taken from then on is 0, empty or NULL.  Octets go to pool, which must
 * have room for half of rest and does not grow, so that pointers stay good. */
struct field_in {
	struct span rest;
	struct bytes *pool;
	bool failed;
};
struct span field_take(struct field_in *in);	/* ends at a TAB */
struct span field_take_bytes(struct field_in *in, size_t n);
int64_t	field_take_number(struct field_in *in, int64_t min, int64_t max);
int16_t	field_take_i16(struct field_in *in);
uint16_t field_take_u16(struct field_in *in);
int32_t	field_take_i32(struct field_in *in);
uint32_t field_take_u32(struct field_in *in);
const uint8_t *field_take_octets(struct field_in *in, int16_t *type,
	    uint16_t *len);

/* Exactly these bytes, TABs of their own included. */
void	field_expect(struct field_in *in, const char *text);

#endif
