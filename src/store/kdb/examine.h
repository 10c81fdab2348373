#ifndef KDCSYNC_EXAMINE_H
#define KDCSYNC_EXAMINE_H

#include "../../format/dump.h"
#include "place.h"

/*
 * The proof of a database that nobody writes to (a copy, a shadow).
 *
 * A btree: its structure is proved page by page (format/tree.h); then libkdb5
 * walks it, each record must be the one that the tree has there, under its own
 * name, and becomes a line of the canonical dump.  A bad sibling pointer hides
 * most of a btree from one walk, a bad separator key hides records from lookups,
 * and each passes the other's test: the structure has neither.  Two processes
 * share the walk where that is worth it (halves.h).
 *
 * What has no such structure (a hash database, a btree of a machine of the other
 * byte order) is walked twice -- a btree backwards the second time -- and every
 * name is looked up.
 */
enum examine_flaw {
	EXAMINE_NONE,
	EXAMINE_UNREADABLE,		/* libkdb5 failed, crashed or hung */
	EXAMINE_ORDER,			/* names out of order, twice, too long */
	EXAMINE_RECORD,			/* a record no dump can carry */
	EXAMINE_TREE,			/* the btree's pages do not fit together */
	EXAMINE_WALK,			/* a walk misses records, or two differ */
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

/* The same, of a dump that is to stay: it goes to the disk while it is made, and
 * who flushes it waits less. */
int	examine_kept(const struct place *p, const char *db, int out,
	    struct examination *e);

/* examine in a given way, for tests: by lookups as if it had no structure; the
 * walk by one process, or by two on any machine, the second of them with little
 * room. */
enum examine_how { EXAMINE_BEST, EXAMINE_BY_LOOKUPS, EXAMINE_ALONE,
	EXAMINE_IN_HALVES, EXAMINE_NARROW };
int	examine_as(const struct place *p, const char *db, int out,
	    struct examination *e, enum examine_how how);

#endif
