#ifndef KDCSYNC_HALVES_H
#define KDCSYNC_HALVES_H

#include "../../sys/beside.h"
#include "exam.h"

/*
 * One walk by two processes: forwards here, backwards beside us, until they
 * meet.  Only behind a sound structure: it says how many records there are, so
 * that both know when they have met, and which is the next.  What both walked
 * must be the same, byte for byte.  Inside src/store/kdb only.
 *
 * The second keeps its lines in shared memory until it is known where in the
 * dump they belong: half a dump, at most an eighth of the machine's memory; when
 * it has no more room, the first walks on.
 */
struct halves_shared;
struct halves {
	struct exam *x;
	struct beside beside;
	struct halves_shared *shared;	/* NULL: it is one process's walk */
	char *lines;
	size_t mapped, room;		/* bytes; of lines alone */
	uint64_t n;			/* records walked here */
};

/* Starts the second process if this machine and this database are worth it; to
 * be called before libkdb5 is. */
void	halves_begin(struct halves *h, struct exam *x);

/* Writes all principals, by two processes or by this one. */
int	halves_dump(struct halves *h);

void	halves_release(struct halves *h);

#endif
