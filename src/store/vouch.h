#ifndef KDCSYNC_VOUCH_H
#define KDCSYNC_VOUCH_H

#include "../format/manifest.h"
#include "../format/verdict.h"
#include "../sys/beside.h"

/*
 * Is a dump what a manifest describes?  A second process reads it, beside which we
 * go on working: first its digest, which it tells before it looks at a line, then
 * every line.
 */
struct vouch {
	struct beside reader;
	int dump;			/* borrowed */
	const struct manifest *m;
};
#define VOUCH_NONE { .reader = BESIDE_NONE, .dump = -1 }

/* 0; -1, said. */
int	vouch_begin(struct vouch *v, int dump, const struct manifest *m);

/* Waits for the answer.  SEALED (go on); REFUSED, said: another dump, or one that
 * the manifest says other things of than its lines do; FAILED, said. */
enum verdict_outcome vouch_end(struct vouch *v);

void	vouch_drop(struct vouch *v);	/* accepts VOUCH_NONE */

#endif
