#ifndef KDCSYNC_EXAMINE_H
#define KDCSYNC_EXAMINE_H

#include "../../format/dump.h"
#include "place.h"

/*
 * The proof of a database that nobody writes to (a copy, a shadow), and its dump.
 * A bad sibling pointer hides most of a btree from one walk, a bad separator key
 * hides records from lookups, and each passes the other's test; so the structure
 * of a btree is proved page by page (format/tree.h), and it has neither.
 *
 * EXAMINE_BEST reads the records from the proved pages by our own decoder
 * (direct.h), which takes what MIT's encoder writes to the byte and nothing else;
 * whatever is not so, in the structure or in a record, sends the whole to libkdb5.
 * This proves that each record is whole, reachable, under its own name and in the
 * dump; not that libkdb5 would read the same in it.
 *
 * EXAMINE_LIBKDB5 is that proof: libkdb5 walks, each record must be the one that
 * the tree has there, under its own name, becomes a line of the dump, and must be
 * what our decoder reads.  kdc-snapshot does it once a day (store/deep.h), kdc-verify
 * and a restore always do, so that on every KDC the two are held against each other
 * each day.  Two processes share the walk where that is worth it (halves.h).
 *
 * What has no such structure (a hash database, a btree of a machine of the other
 * byte order) is walked by libkdb5 twice -- a btree backwards the second time --
 * and every name is looked up.
 */
enum examine_flaw {
	EXAMINE_NONE,
	EXAMINE_UNREADABLE,		/* libkdb5 failed, crashed or hung */
	EXAMINE_ORDER,			/* names out of order, twice, too long */
	EXAMINE_RECORD,			/* a record no dump can carry */
	EXAMINE_TREE,			/* the btree's pages do not fit together */
	EXAMINE_WALK,			/* a walk misses records, or two differ */
	EXAMINE_LOOKUP,			/* a record that lookup does not find */
	EXAMINE_DECODERS		/* libkdb5 and we do not read the same */
};

struct examination {
	enum examine_flaw flaw;
	char why[160];			/* no principal names */
	struct dump_facts facts;	/* of the dump, when there is no flaw */
};

/* The rest are for tests: by lookups as if it had no structure; libkdb5's walk by
 * one process, or by two on any machine, the second of them with little room; the
 * pages by one process and by two. */
enum examine_how { EXAMINE_BEST, EXAMINE_LIBKDB5, EXAMINE_BY_LOOKUPS,
	EXAMINE_ALONE, EXAMINE_IN_HALVES, EXAMINE_NARROW, EXAMINE_DIRECT_ALONE,
	EXAMINE_DIRECT_BOTH };

/* Examines database db in a child process and writes its canonical dump to
 * out, open for reading and writing at its beginning; what was in it is written over.
 * 0 when e tells; -1 when this host failed (no child, disk full: said). */
int	examine_as(const struct place *p, const char *db, int out,
	    struct examination *e, enum examine_how how);
int	examine(const struct place *p, const char *db, int out,
	    struct examination *e);	/* EXAMINE_LIBKDB5 */

/* The same, of a dump that is to stay: it goes to the disk while it is made, and
 * who flushes it waits less. */
int	examine_kept(const struct place *p, const char *db, int out,
	    struct examination *e, enum examine_how how);

/* The same, of a dump that nobody will read: out is room for it, and may have holes
 * when this returns. */
int	examine_unread(const struct place *p, const char *db, int out,
	    struct examination *e, enum examine_how how);

#endif
