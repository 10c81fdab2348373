#ifndef KDCSYNC_BACK_H
#define KDCSYNC_BACK_H

#include "../../format/digest.h"
#include "../../format/manifest.h"

#include <stdbool.h>

/*
 * The way back: back.<sha256 of its base>.zst in a generation's directory is the
 * delta that makes its dump of a newer one's.  Where that is larger than the dump
 * itself, compressed, dump.zst stands there instead.
 */
#define BACK_NAME_MAX 80

void	back_name(const struct digest *base, char name[BACK_NAME_MAX]);
bool	back_decode(const char *name, struct digest *base);

/* Makes it, from base (of that digest) to own, which is the dump that m
 * describes, and reads what was written again to see.  The digests of both were
 * compared with what is signed; so to compare bytes with them will do here.  The
 * name of the file that is there now in name; -1, said, and nothing is. */
int	back_put(const char *dir, const struct manifest *m, int own, int base,
	    const struct digest *base_digest, char name[BACK_NAME_MAX]);

/* Is the file in, as it stands there, a delta that makes exactly own, the dump of
 * m, of base?  1; 0; -1, said: the machine fails. */
int	back_proves(int in, int base, int own, const struct manifest *m,
	    const char *scratch);

/* Is it the dump of m?  0; -1, said without a file's name, errno as below. */
int	back_check(int dump, const struct manifest *m);

/* Writes the dump of m to out (emptied first), of the back delta file in
 * and the base, or, where base is -1, of a compressed dump in.  0, and its digest
 * is m's; -1, said without the names of the files: errno tells what the machine
 * failed in, else 0. */
int	back_take(int in, int base, const struct manifest *m,
	    const char *scratch, int out);

#endif
