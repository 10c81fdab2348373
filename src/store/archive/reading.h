#ifndef KDCSYNC_READING_H
#define KDCSYNC_READING_H

#include "../../format/manifest.h"
#include "../config.h"
#include "../seal.h"

#include <stdbool.h>

/*
 * The reading of an archive to its end: each signature, at its own time; each
 * member's digest; each dump, made again from what is there.
 */
struct reading {
	const struct config *cf;
	const char *realm;		/* it must be of this one */
	const char *scratch;		/* directory for unnamed files */
	/* A dump that is wanted: of the newest generation that has this name
	 * ("1.42"; NULL: any) and was taken then or before (UTC; 0: ever). */
	bool keep;
	const char *name;
	int64_t at;

	/* What it holds. */
	size_t generations;
	struct manifest newest, oldest;
	bool stash;
	unsigned recipients;		/* of the stash */
	/* The caller's, to be released by reading_release. */
	int dump;			/* what was wanted, or -1 */
	struct seal seal;		/* of that */
	struct bytes stash_age;		/* the stash as it lies in it */
};

/* Reads what stands in fd, from where it stands; name is for messages.  EX_OK,
 * or the exit status that fits, said in one line, and nothing is to be released
 * then: EX_DATAERR what is wrong with it, EX_IOERR with this host. */
int	reading_run(struct reading *x, int fd, const char *name);
void	reading_release(struct reading *x);

/* "EXAMPLE.COM: 42 generations, 1.1 to 1.42 as of ..., stash for 2
 * recipients" */
#define READING_WORDS 512
void	reading_words(const struct reading *x, char words[READING_WORDS]);

#endif
