#ifndef KDCSYNC_SEAL_H
#define KDCSYNC_SEAL_H

#include "../format/bytes.h"
#include "../format/grant.h"
#include "../format/manifest.h"
#include "../sys/archive.h"

/*
 * A signed manifest in one file: a tar of `manifest` and `manifest.sig`, and of
 * the grant that names its key when there is one, `grant` and `grant.sig`.  The
 * shape of a heartbeat bundle, so that one rename replaces them all and tar(1)
 * and ssh-keygen(1) open it.
 */
struct seal {
	struct manifest m;		/* text, decoded */
	struct bytes text, sig;
	bool granted;			/* g, grant and grant_sig are there */
	struct grant g;			/* grant, decoded */
	struct bytes grant, grant_sig;
};
#define SEAL_NONE { .granted = false }

/* 1: read; 0: no such file; -1, said: damaged or unreadable.  No signature is
 * verified here, nor that the grant is for this manifest. */
int	seal_read(const char *path, struct seal *s);

/* The same of a generation's directory, where each text is a file. */
int	seal_read_dir(const char *dir, struct seal *s);

/* Takes what another has, decoded.  0; -1 (not said): no manifest, why tells. */
int	seal_from(struct span text, struct span sig, struct seal *s,
	    const char **why);

/* Adds the grant that its key comes from, in place of the one it had.  0; -1
 * (not said): no grant, why tells, and s has none. */
int	seal_add_grant(struct seal *s, struct span grant, struct span sig,
	    const char **why);

/* What is to be remembered of its epoch and grant.  0 or -1, said. */
int	seal_mark(const struct seal *s, struct grant_mark *mark);

/* Have both the same texts and signatures, to the byte? */
bool	seal_same(const struct seal *a, const struct seal *b);

/* Have both the same grant and signature of it, to the byte, or both none? */
bool	seal_same_grant(const struct seal *a, const struct seal *b);

/* Writes it, whole or not at all, on disk when it returns. */
int	seal_write(const char *path, const struct seal *s);

/* Adds its texts to a tar: what a bundle begins with. */
int	seal_put(struct archive_out *a, const struct seal *s);

void	seal_release(struct seal *s);

#endif
