#ifndef KDCSYNC_TEXT_H
#define KDCSYNC_TEXT_H

#include "bytes.h"
#include "digest.h"

#include <stdbool.h>
#include <stdint.h>

#define TEXT_LIST_MAX 512	/* characters of a list and a NUL */

/*
 * The "name: value" lines that manifest, grant, hello and verdict are made of:
 * fixed order, one spelling, ASCII 0x20 to 0x7e in values, LF at every end.
 * Writing past the end or a value that has no spelling sets failed, once and
 * for good; reading anything but the expected next line does too, and leaves
 * "", 0 or none in what was to be read.  Callers look at failed at the end only.
 */
struct text_out {
	char *p;
	size_t len, cap;
	bool failed;
};
struct text_in {
	struct span rest;
	bool failed;
};

void	text_put(struct text_out *o, const char *name, const char *value);
void	text_put_u64(struct text_out *o, const char *name, uint64_t v);

/* A value without blanks. */
void	text_put_word(struct text_out *o, const char *name, const char *word);

/* "-" when not there. */
void	text_put_maybe(struct text_out *o, const char *name, bool there,
	    uint64_t v);

/* Moment 0 and the digest of zeros stand for none, "-". */
void	text_put_when(struct text_out *o, const char *name, int64_t t);
void	text_put_digest(struct text_out *o, const char *name,
	    const struct digest *d);

/* Numbers in ascending order, a blank between two; "-" when n is 0. */
void	text_put_list(struct text_out *o, const char *name, const uint32_t *v,
	    unsigned n);

/* The value of the next line, which must be called name: at most cap - 1
 * characters, NUL-terminated, never empty (nothing is written "-"). */
void	text_get(struct text_in *i, const char *name, char *value, size_t cap);
void	text_get_u64(struct text_in *i, const char *name, uint64_t *v,
	    uint64_t max);
void	text_get_word(struct text_in *i, const char *name, char *word,
	    size_t cap);
void	text_get_maybe(struct text_in *i, const char *name, bool *there,
	    uint64_t *v, uint64_t max);
void	text_get_when(struct text_in *i, const char *name, int64_t *t);
void	text_get_digest(struct text_in *i, const char *name, struct digest *d);
void	text_get_list(struct text_in *i, const char *name, uint32_t *v,
	    unsigned cap, unsigned *n);

/* Is the next line called name?  For lines that may be missing. */
bool	text_next(const struct text_in *i, const char *name);

/* The first line, "name: 1".  -1 with a phrase in *why when there is none, or
 * a number other than 1: a format that only a newer kdcsync reads. */
int	text_version(struct text_in *i, const char *name, const char **why);

#endif
