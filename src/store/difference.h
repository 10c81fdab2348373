#ifndef KDCSYNC_DIFFERENCE_H
#define KDCSYNC_DIFFERENCE_H

#include "../format/bytes.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* What changed from one canonical dump to another, in numbers of records. */
struct difference {
	uint64_t added, removed, rekeyed, changed;
};

/* Prints to f each record that differs, as a line ("rekeyed  principal alice@R: kvno
 * 3->4, pw_expiration") or a JSON object, comma between: names and fields, never
 * what is in them.  0 with the numbers; -1, said.  What f made of it, its error
 * flag tells. */
int	difference_print(FILE *f, struct span from, struct span to, bool json,
	    struct difference *n);

/* The numbers alone. */
int	difference_count(struct span from, struct span to,
	    struct difference *n);

uint64_t difference_total(const struct difference *n);

/* "2 differ: 0 added, 1 removed, 1 rekeyed, 0 changed" */
#define DIFFERENCE_WORDS 160
void	difference_words(const struct difference *n,
	    char words[DIFFERENCE_WORDS]);

#endif
