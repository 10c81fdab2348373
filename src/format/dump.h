#ifndef KDCSYNC_DUMP_H
#define KDCSYNC_DUMP_H

#include "bytes.h"
#include "digest.h"
#include "record.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The canonical dump: MIT's header line, then principals, then policies, each
 * in strictly ascending byte order of their names.  `kdb5_util load` takes it.
 * It has no end mark (MIT's has none): only size and digest, kept outside, say
 * that it is whole.  Full grammar: kdcsync-bundle(5).
 */
#define DUMP_HEADER "kdb5_util load_dump version 7\n"
#define DUMP_NAME_MAX 2000	/* bytes; past 2,024 libdb2's btree breaks */
#define DUMP_MKEYS 32		/* master keys we can name in a manifest */

/* What a dump says about itself.  Everything but size and digest is gathered
 * by dump_note_*, from all zeros; mkey_kvno are the kvnos of K/M@REALM,
 * ascending, the newest if they are too many. */
struct dump_facts {
	uint64_t size;			/* bytes */
	struct digest digest;
	uint64_t principals, policies;
	uint64_t mangled;		/* records kdb5_util load would change */
	uint32_t mkey_kvno[DUMP_MKEYS];
	unsigned n_mkey;		/* 0: no K/M of this realm */
	uint32_t krbtgt_kvno;		/* newest of krbtgt/REALM@REALM, or 0 */
	bool krbtgt;			/* krbtgt/REALM@REALM is there */
};

void	dump_note_princ(struct dump_facts *f, const char *realm,
	    const struct princ *p);
void	dump_note_policy(struct dump_facts *f, const struct policy *p);

/* All of them the same? */
bool	dump_same_facts(const struct dump_facts *a,
	    const struct dump_facts *b);

/* Adds to f what was noted of other records; size and digest stay. */
void	dump_note_more(struct dump_facts *f, const struct dump_facts *more);

/* Steps through the lines of a dump in memory. */
struct dump_cursor {
	struct span rest;
};
enum dump_line { DUMP_END, DUMP_PRINC, DUMP_POLICY, DUMP_BAD };

/* Checks the header and stands before the first record.  0 or -1. */
int	dump_open(struct span dump, struct dump_cursor *c);

/* The next line, newline included, told apart by its tag only; DUMP_BAD when
 * it has no newline or another tag, and then c stays where it is. */
enum dump_line dump_next(struct dump_cursor *c, struct span *line);

/* The name inside a line of that kind, found by its fields without decoding
 * the rest; an empty span when it has none. */
struct span dump_name(enum dump_line kind, struct span line);

/* Is this, to the last byte, a canonical dump?  Fills f, digest and size
 * included.  0; or -1 with the number of the first bad line (1: the header; 0:
 * it is not the dump's fault) in *line and a phrase in *why ("principals out
 * of order"). */
int	dump_check(struct span dump, const char *realm, struct dump_facts *f,
	    uint64_t *line, const char **why);

/* The same but for the digest, which f then lacks. */
int	dump_read(struct span dump, const char *realm, struct dump_facts *f,
	    uint64_t *line, const char **why);

/* What differs between two canonical dumps. */
enum dump_change { DUMP_ADDED, DUMP_REMOVED, DUMP_CHANGED };

/* Calls fn for every record that differs, in order; from is empty for an added
 * one, to for a removed one.  A non-zero answer of fn ends the walk and is
 * returned.  0 at the end, -1 when either is not shaped like a dump or not in
 * order. */
int	dump_diff(struct span from, struct span to,
	    int (*fn)(void *arg, enum dump_change what, enum dump_line kind,
	    struct span name, struct span from, struct span to), void *arg);

#endif
