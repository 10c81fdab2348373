#ifndef KDCSYNC_TWIN_H
#define KDCSYNC_TWIN_H

#include "../../sys/pages.h"
#include "files.h"

#include <stdbool.h>
#include <stdint.h>

/* One data file of a database, and its copy.  Inside src/store/kdb only. */
struct twin {
	enum place_file which;
	char from[PATH_MAX], to[PATH_MAX];
	int in, out;
	uint64_t dev, ino;		/* of what is open */
	bool again;			/* the copy was there */
	bool cloned;
	struct pages pages;		/* other: more than login counters moved
					 * since then */
};
#define TWIN_NONE { .in = -1, .out = -1, .pages = PAGES_NONE }

/* Opens the file, and its copy: an empty one that it makes, or with again the one
 * that is there.  0; -1, said; FILES_NONE, not said: none is, or none that is ours
 * alone. */
int	twin_open(struct twin *t, const char *db, const char *copy,
	    enum place_file which, bool again);

/* Without the lock: makes the copy what the file is, but what is written to that
 * meanwhile may be in it or not, or half. */
int	twin_prepare(struct twin *t);

/* Without the lock, when something was: gets ready to compare them. */
int	twin_look(struct twin *t);

/* Under the lock: copies the whole file; or, behind twin_look, levels the copy with
 * the file, whose stamps are those of file i of now. */
int	twin_copy(struct twin *t);
int	twin_level(struct twin *t, const struct stamp *now, int i);

/* Accepts TWIN_NONE.  0; -1 (said): the copy could not be written. */
int	twin_close(struct twin *t);

#endif
