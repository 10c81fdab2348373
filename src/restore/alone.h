#ifndef KDCSYNC_ALONE_H
#define KDCSYNC_ALONE_H

#include "origin.h"
#include "successor.h"

#include "../format/bytes.h"
#include "../store/difference.h"
#include "../store/live/live_copy.h"

#include <stdio.h>

/*
 * What this host alone has: what was changed in its database since the
 * generation that the next primary started from.
 */
struct alone {
	const struct demote *d;
	const struct successor *by;

	bool comparable;		/* there is a generation for it: */
	enum origin basis;		/* which one it is */
	struct manifest from;
	bool whole;			/* the database can be read, or else: */
	char why[200];			/* why not; then, if it has_newest, its */
	struct manifest newest;		/* newest generation stands for it */
	bool has_newest;

	int from_dump, newest_dump;
	struct live_copy copy;
	struct difference found;
};
#define ALONE_NONE \
	.from_dump = -1, .newest_dump = -1, .copy = LIVE_COPY_NONE

/* EX_OK, or the exit status that fits, said.  alone_release in both cases. */
int	alone_find(struct alone *a);
void	alone_release(struct alone *a);

/* For a person: names and fields, and what they are compared with.  EX_OK, or the
 * status that fits, said; what f made of it, its error flag tells. */
int	alone_write(struct alone *a, FILE *f);

#endif
