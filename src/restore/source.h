#ifndef KDCSYNC_SOURCE_H
#define KDCSYNC_SOURCE_H

#include "../format/bytes.h"
#include "../store/config.h"
#include "../store/seal.h"
#include "../store/state.h"

/*
 * The generation that is to be restored: from an archive, read and checked to
 * its end, or from what this host keeps.
 */
struct source {
	const struct config *cf;
	const char *realm;
	const struct state *state;	/* also for scratch files */
	const char *archive;		/* a file, "-": stdin; NULL: this host */
	const char *generation;		/* "1.42", "current"; NULL */
	const char *at;			/* a time; NULL.  Neither: the newest */

	/* As source_open found it. */
	struct seal seal;		/* signature checked, at its own time */
	int dump;			/* digest checked; no name */
	bool archived_stash;		/* the archive has one, as: */
	struct bytes stash_age;
};
#define SOURCE_NONE .seal = SEAL_NONE, .dump = -1

/* EX_OK, or the exit status that fits, said.  source_release in both cases. */
int	source_open(struct source *s);
void	source_release(struct source *s);

/* "generation 1.42, taken 2026-11-22T07:35:00Z, from realm.archive" */
#define SOURCE_WORDS 512
void	source_words(const struct source *s, char words[SOURCE_WORDS]);

#endif
