#ifndef KDCSYNC_JOB_H
#define KDCSYNC_JOB_H

#include "parting.h"

#include "../format/verdict.h"
#include "../sys/newfile.h"
#include "../store/config.h"
#include "../store/digested.h"
#include "../store/floor.h"
#include "../store/kdb/place.h"
#include "../store/seal.h"
#include "../store/state.h"

#include <stdbool.h>

/* One bundle, and what is sealed here when it comes.  Inside src/apply only; the
 * caller holds the apply lock, for which it waits so long. */
#define JOB_LOCK_WAIT_MS 2000

struct job {
	const struct config *cf;
	const struct place *place;
	struct state *state;
	int bundle;
	const struct seal *said;	/* what it said when it came, checked; NULL */
	struct seal now;		/* what the bundle says */
	struct seal was;		/* the seal here */
	bool heartbeat;			/* it has no payload */
	bool sealed;			/* was is there, and good */
	struct floor floor;		/* how far we were */
	int base;			/* the sealed dump; -1 */
	bool damaged;			/* it is there, but not what was sealed: said */
	struct digested digested;	/* base, when it was read whole */
	bool payload;
	struct newfile dump;		/* what the payload gives */
	int kept;			/* the same, in its place; -1 */
	bool unread;			/* nobody has looked at that */
	struct parting parting;
};

void	job_begin(struct job *j, const struct config *cf,
	    const struct place *p, struct state *s);

/* Reads the seal here, opens the bundle in file path, whose texts must be of our
 * realm, signed, and no older than what is sealed, and opens the sealed dump.
 * SEALED (go on), REFUSED or FAILED, said. */
enum verdict_outcome job_open(struct job *j, const char *path);

/* Is the sealed dump still what was sealed?  Else (said) it is closed. */
void	job_check_base(struct job *j);

/* The same for a heartbeat, which makes nothing of that dump: it is read only when
 * its stamp cannot tell. */
void	job_look_at_base(struct job *j);

/* There is no sealed dump, and without one it cannot be done: says so. */
enum verdict_outcome job_need_base(const struct job *j);

/* The payload, if there is one, as a dump, digest checked, in the empty file
 * out.  SEALED (go on), NEED_FULL, REFUSED or FAILED, said. */
enum verdict_outcome job_unpack(struct job *j, int out);

/* The same of a whole dump, digest not checked, nor its lines: live_install_dump
 * does that. */
enum verdict_outcome job_unpack_unread(struct job *j, int out);

void	job_release(struct job *j);

#endif
