#ifndef KDCSYNC_GENERATION_H
#define KDCSYNC_GENERATION_H

#include "../format/digest.h"
#include "../format/dump.h"
#include "seal.h"
#include "state.h"

#include <stdbool.h>

/*
 * What the primary keeps of a generation, in generations/<epoch>.<n>/:
 * manifest and manifest.sig as first signed, and the grant and grant.sig that
 * were in force then when there were any;
 * what gives back its dump: of the newest that itself, and dump.zst once
 * somebody needed it, of older ones a file of back.h;
 * what ships it: delta.<sha256 of its base>.zst when there was one before.
 */

void	generation_dir(const struct state *s, uint64_t epoch, uint64_t n,
	    char dir[PATH_MAX]);

/* The generations that have a directory, the newest first; and what sorts them
 * so. */
struct generation_id {
	uint64_t epoch, n;
};
struct generations {
	struct generation_id *v;
	size_t n;
};
struct generations generation_list(const struct state *s);
void	generation_list_release(struct generations *l);
int	generation_newest_first(const void *a, const void *b);

/* What its manifest says.  0; -1: it cannot be read (not said, when it is not
 * there or says something else). */
int	generation_manifest(const char *dir, struct manifest *m);

/* Makes an empty directory for a generation that `current` does not name yet;
 * what a run that was cut short left there is removed. */
int	generation_begin(const struct state *s, uint64_t epoch, uint64_t n,
	    char dir[PATH_MAX]);

/* dir/name. */
void	generation_file(const char *dir, const char *name,
	    char path[PATH_MAX]);

/* Is the dump of that digest in it? */
bool	generation_has_dump(const char *dir, const struct digest *d);

/* Puts the dump into it: the file itself, when it is an unnamed one of that size
 * on this filesystem (newfile_scratch), which nobody may write to from then on;
 * else a copy. */
int	generation_put_dump(const char *dir, int dump, uint64_t size);

/* Makes the compressed delta from base, the dump of another generation, and
 * reads it again to see that it gives the dump.  Answers 0 also when there is
 * no delta: none worth keeping, or the base is not there, or not what it was
 * (said): then the whole dump is sent. */
int	generation_put_delta(const char *dir, const char *base_dir,
	    const struct dump_facts *base, const struct dump_facts *result);

/* Opens the compressed dump, making it first if need be.  -1, said. */
int	generation_open_full(const char *dir);

/* Forgets the compressed dump: the next generation_open_full makes it anew. */
void	generation_drop_full(const char *dir);

/* Opens the delta from base.  -1: there is none (not said). */
int	generation_open_delta(const char *dir, const struct digest *base);

#endif
