#ifndef KDCSYNC_WRITE_H
#define KDCSYNC_WRITE_H

#include "../store/past/stock.h"

#include "../store/config.h"
#include "../store/kdb/place.h"

#include <stdbool.h>

struct write {
	const struct config *cf;
	const struct place *place;
	const struct stock *stock;
	const struct manifest *m;	/* this generation, and */
	bool older;			/* all before it */
	bool stash;
	const char *const *recipient;
	size_t n_recipients;
	const char *file;		/* "-": stdout */
};

/* Writes an archive, reads it back, and only then lets anybody see it.  EX_OK; 1
 * when older generations could not be had and were left out; or the exit status
 * that fits, said, and nothing was written. */
int	write_run(const struct write *w);

#endif
