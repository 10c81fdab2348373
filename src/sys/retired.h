#ifndef KDCSYNC_RETIRED_H
#define KDCSYNC_RETIRED_H

/*
 * A large file that is about to lose its name, held open so that its blocks are
 * freed when there is time for it, and a few at a time: freeing hundreds of
 * megabytes at once makes everybody wait who writes to the same filesystem.
 */
struct retired {
	int fd;
};
#define RETIRED_NONE { -1 }

/* While it still has its name.  One that cannot be held is freed when it loses
 * that, as ever. */
void	retired_open(const char *path, struct retired *r);

/* Closes it.  If it has no name by then and nobody else has it open (a backup may,
 * and reads on in what was there), it is emptied in steps before.  Accepts
 * RETIRED_NONE. */
void	retired_free(struct retired *r);

/* Opens such a file again, to be written over: memory and blocks that are there are
 * sooner had than new ones.  Nobody else may know the name.  The descriptor; -1, not
 * said: there is none, or it has another name, or somebody has it open: then it has
 * lost this one. */
int	retired_reuse(const char *path);

#endif
