#ifndef KDCSYNC_READING_H
#define KDCSYNC_READING_H

#include "../config.h"
#include "../../format/manifest.h"

#include <stdbool.h>

/*
 * The reading of an archive to its end: each signature, at its own time; each
 * member's digest; each dump, made again from what is there.
 */
struct reading {
	const struct config *cf;
	const char *realm;		/* it must be of this one */
	const char *scratch;		/* directory for unnamed files */
	bool keep;			/* the newest dump is wanted */

	/* What it holds. */
	size_t generations;
	struct manifest newest, oldest;
	bool stash;
	unsigned recipients;		/* of the stash */
	int dump;			/* the newest, if wanted; the caller's */
};

/* Reads what stands in fd, from where it stands; name is for messages.  EX_OK,
 * or the exit status that fits, said in one line, and dump is -1 then: EX_DATAERR
 * what is wrong with it, EX_IOERR with this host. */
int	reading_run(struct reading *x, int fd, const char *name);

/* "EXAMPLE.COM: 42 generations, 1.1 to 1.42 as of ..., stash for 2
 * recipients" */
#define READING_WORDS 512
void	reading_words(const struct reading *x, char words[READING_WORDS]);

#endif
