#ifndef KDCSYNC_EXAMINE_H
#define KDCSYNC_EXAMINE_H

#include "../../format/dump.h"
#include "place.h"

/*
 * The proof of a database that nobody writes to (a copy, a shadow): one walk
 * writes its canonical dump, then a walk the other way must meet the same
 * records (hash databases cannot be walked backwards: forward again), and every
 * name must be found by lookup, with the same record.  A bad sibling pointer
 * hides most of a btree from one walk, a bad separator key hides records from
 * lookups, and each passes the other's test.
 */
enum examine_flaw {
	EXAMINE_NONE,
	EXAMINE_UNREADABLE,		/* libkdb5 failed, crashed or hung */
	EXAMINE_ORDER,			/* names out of order, twice, too long */
	EXAMINE_RECORD,			/* a record no dump can carry */
	EXAMINE_WALK,			/* the two walks disagree */
	EXAMINE_LOOKUP			/* a record that lookup does not find */
};

struct examination {
	enum examine_flaw flaw;
	char why[160];			/* no principal names */
	struct dump_facts facts;	/* of the dump, when there is no flaw */
};

/* Examines database db in a child process and writes its canonical dump to
 * out, an empty file open for reading and writing.  0 when e tells; -1 when this
 * host failed (no child, disk full: said). */
int	examine(const struct place *p, const char *db, int out,
	    struct examination *e);

#endif
