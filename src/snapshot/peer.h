#ifndef KDCSYNC_PEER_H
#define KDCSYNC_PEER_H

#include "chatter.h"
#include "shelf.h"

#include "../format/hello.h"
#include "../format/verdict.h"
#include "../store/config.h"
#include "../store/ledger.h"
#include "../store/seal.h"
#include "../store/state.h"
#include "../sys/proc.h"

#include <poll.h>
#include <stdbool.h>

/*
 * One replica's session, a step at a time: its hello, our bundle, its verdict.
 * Nothing here waits; ship.c has the loop.  The other side is not trusted: what
 * it says is bounded in size and time, and nothing in it is obeyed but need-full,
 * once.
 */
enum peer_stage {
	PEER_WAITING,			/* it is not begun with */
	PEER_HELLO,			/* it is to say hello */
	PEER_HELD,			/* it has; exchange_begin lets it on */
	PEER_SENDING,
	PEER_VERDICT,
	PEER_ENDING,			/* all is known; its command ends */
	PEER_DONE
};

/* What all sessions of a run share. */
struct run {
	const struct config *cf;
	struct state *state;
	const struct seal *now;
	struct shelf shelf;
	bool full;			/* to everybody */
	bool superseded;		/* a replica is ahead: nothing more goes */
};

struct peer {
	const struct config_replica *to;
	struct run *run;
	enum peer_stage stage;
	bool skipped;			/* another run ships to it, or did */
	enum ledger_answer answer;
	char why[256];			/* unless sealed */
	bool said;			/* the one line about it has been */
	bool lost;			/* its ledger could not be written */

	int lock;
	char **words;			/* of its command */
	struct proc proc;
	int64_t start, moved, until;	/* proc_now */
	bool full;			/* the whole dump, the second time */

	char text[HELLO_MAX];		/* hello, then verdict */
	size_t len;
	struct hello hello;		/* its spans are not kept */
	bool greeted;			/* hello tells */
	bool needs_grant;
	const struct parcel *parcel;
	uint64_t sent;			/* bytes of it */
	struct verdict verdict;
	bool answered;			/* verdict tells */

	struct chatter chatter;		/* its stderr */
};

/* WAITING, with no descriptor open. */
void	peer_init(struct peer *p, struct run *r,
	    const struct config_replica *to);

/* Starts its command, unless another run is at work with it (said).  The peer is
 * in HELLO, or DONE with its answer said and in its ledger. */
void	peer_start(struct peer *p);

/* Its time counts from now, where it is in HELLO; with anew its command is started
 * again. */
void	peer_go(struct peer *p, bool anew);

/* What it waits for, in four descriptors; and until when (proc_now).  It has one
 * more open, and its bundle may be a file of its own. */
#define PEER_FDS 4
#define PEER_OPEN (PEER_FDS + 2)
void	peer_wants(const struct peer *p, struct pollfd v[PEER_FDS]);
int64_t	peer_due(const struct peer *p);

/* What poll found; what the clock says.  Either may lead to any later stage. */
void	peer_serve(struct peer *p, const struct pollfd v[PEER_FDS]);
void	peer_late(struct peer *p, int64_t now);

/* All is known about it, in answer and why: its command has so long to end by
 * itself. */
void	peer_end(struct peer *p, int wait_ms);
#define PEER_END_MS 10000		/* after its verdict */
#define PEER_FAIL_MS 1000		/* it broke off: its exit status tells */

/* It needs the whole dump: a second session. */
void	peer_again(struct peer *p);

/* Lets go of a peer that is DONE: until then no other run ships to it. */
void	peer_release(struct peer *p);

/* Ends one in any stage, as if it had not begun. */
void	peer_drop(struct peer *p);

/* Ends one that is not DONE where it stands, for a reason that is not its own.
 * One that is WAITING keeps its ledger: nothing was tried. */
void	peer_stop(struct peer *p, const char *why);

/* How far it is, for people: "sending 3 deltas, 12 of 40 KB". */
void	peer_words(const struct peer *p, char *text, size_t size);

#endif
