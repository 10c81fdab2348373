#ifndef KDCSYNC_ISSUE_H
#define KDCSYNC_ISSUE_H

#include "live/standing.h"
#include "proof.h"
#include "take.h"

/* One take(), shared by its two halves: take.c, which looks at the database and
 * judges, and this, which signs.  Inside src/store only. */
struct taking {
	const struct config *cf;
	const struct place *place;
	struct state *state;
	bool allow_shrink;
	enum examine_how how;		/* by libkdb5: whatever the stamps say */
	struct seal last;		/* `current` as it was */
	bool first;			/* there was none */
	bool opens;			/* another epoch than the last one's */
	int64_t as_of;			/* of what is signed now */
	struct proof proof;		/* where walked() */
	struct live_copy copy;
	char held[HELD_MAX];		/* why, or "" */
	int64_t delta_ms, sign_ms;
	struct take_soon soon;
};

/* Signs the current generation again, as of now, with or without a reason why it
 * is still that one.  TAKE_SAME, TAKE_HELD or TAKE_FAILED. */
enum take_answer issue_heartbeat(struct taking *t, struct seal *now);

/* Makes the copy's dump the next generation.  TAKE_NEW or TAKE_FAILED. */
enum take_answer issue_generation(struct taking *t, struct seal *now);

/* Of a current generation whose dump rotted, or is not here because the seal is a
 * replica's, nobody could get the whole dump; the copy has it, too. */
void	issue_dump_again(struct taking *t, const struct seal *now);

#endif
