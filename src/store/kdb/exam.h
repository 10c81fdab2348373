#ifndef KDCSYNC_EXAM_H
#define KDCSYNC_EXAM_H

#include "../../format/digest.h"
#include "../../format/tree.h"
#include "../../sys/outward.h"
#include "examine.h"
#include "lines.h"

#include <krb5.h>
#include <stdbool.h>

/* What the parts of an examination share, in its child.  Inside src/store/kdb
 * only.  Each part answers 0, or one of these. */
enum { EXAM_FLAW = 1,	/* the database's fault: told in e */
	EXAM_HOST,	/* this host's */
	EXAM_OTHERWISE = 4 };	/* not seen so: ask libkdb5 */

struct exam {
	const struct place *place;
	const char *db;
	int out;
	bool kept;		/* out is to stay */
	bool unread;		/* nobody reads out behind us */
	enum examine_how how;
	krb5_context ctx;
	bool hash;
	uint64_t most;		/* records that the file has room for */
	struct span file;	/* of the principals, mapped */
	bool sound;		/* tree holds a tree without a flaw */
	struct tree tree;
	struct examination *e;

	/* The dump as it is written. */
	struct digest_run *digest;
	struct bytes chunk;	/* not flushed yet */
	struct bytes last;	/* the name written last */
	struct outward outward;
};

/* Says in e what is wrong, without names of principals; EXAM_FLAW. */
int	exam_flaw(struct exam *x, enum examine_flaw what, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

/* The answer of a walk (walk.h) as one of ours. */
int	exam_walked(struct exam *x, int rc);

/* Is this name longer than libdb2 can bear?  0 or EXAM_FLAW. */
int	exam_name(struct exam *x, struct span name);

/* The dump, line by line in the order of their names; an order that is not
 * strict is a flaw. */
int	exam_begin(struct exam *x);
int	exam_write(struct exam *x, struct span name, struct span line);
int	exam_flush(struct exam *x);
int	exam_end(struct exam *x);

#endif
