#ifndef KDCSYNC_SEAL_H
#define KDCSYNC_SEAL_H

#include "../format/bytes.h"
#include "../format/manifest.h"

/*
 * A signed manifest in one file: a tar of `manifest` and `manifest.sig`, the
 * shape of a heartbeat bundle, so that one rename replaces both and tar(1) and
 * ssh-keygen(1) open it.
 */
struct seal {
	struct manifest m;		/* text, decoded */
	struct bytes text, sig;
};
#define SEAL_NONE { .text = BYTES_NONE, .sig = BYTES_NONE }

/* 1: read; 0: no such file; -1, said: damaged or unreadable.  The signature is
 * not verified here. */
int	seal_read(const char *path, struct seal *s);

/* Takes what another has, decoded.  0; -1 (not said): no manifest, why tells. */
int	seal_from(struct span text, struct span sig, struct seal *s,
	    const char **why);

/* Writes it, whole or not at all, on disk when it returns. */
int	seal_write(const char *path, const struct seal *s);

void	seal_release(struct seal *s);

#endif
