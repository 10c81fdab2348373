#ifndef KDCSYNC_TRAIL_H
#define KDCSYNC_TRAIL_H

#include "../generation.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The ways back through the generations: for each, from which file its dump
 * comes, and from which newer one's dump, until there is one that is kept whole.
 * Any file of any of them may be missing or rotten; a run that was killed while
 * it moved one to another base leaves two.
 */
#define TRAIL_FILES 8

enum trail_kind { TRAIL_DUMP, TRAIL_WHOLE, TRAIL_BACK };

struct trail_file {
	enum trail_kind kind;		/* dump, dump.zst, back.* */
	struct digest base;		/* of back.* */
	bool bad;			/* found so when it was used */
};

struct trail_stop {
	struct generation_id id;
	bool known;			/* m: its manifest can be read */
	struct manifest m;
	struct trail_file file[TRAIL_FILES];
	size_t n_file;
	const struct trail_file *way;	/* the one to use; NULL: no way */
	size_t from;			/* with back.*: the stop of its base */
	size_t next;			/* while it is walked */
};

struct trail {
	const struct state *s;
	struct trail_stop *v;		/* the newest first */
	size_t n;
	struct trail_held {
		size_t i;
		int fd;			/* or -1 */
	} held[2];			/* dumps at hand, the last used first */
	bool found_bad;			/* a file, at the last opening */
	bool moved;			/* one of them went away meanwhile */
};

/* All generations up to `current`, all when there is none.  0; -1, said.
 * trail_release in both cases. */
int	trail_read(const struct state *s, struct trail *t);
void	trail_release(struct trail *t);

/* Its directory, and the file in it. */
void	trail_dir(const struct trail *t, size_t i, char dir[PATH_MAX]);
void	trail_path(const struct trail *t, size_t i, const struct trail_file *f,
	    char path[PATH_MAX]);

/* The dump of stop i, its digest that of the manifest; read only, the trail's,
 * and good until two others have been opened.  The last ones opened are what it
 * starts from, so that one walk from the newest on makes each dump once.  A file
 * that proves bad is said, and another way taken if there is one.  -1, said: see
 * trail_lost; or not said: asked to stop. */
int	trail_open(struct trail *t, size_t i);

/* Says why there is no way to stop i, unless that was the badness of a file,
 * which was said. */
void	trail_lost(const struct trail *t, size_t i);

/* What stop i has is this file now, and its base is of stop from. */
void	trail_set(struct trail *t, size_t i, const struct trail_file *f,
	    size_t from);

#endif
