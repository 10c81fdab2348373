#ifndef KDCSYNC_MANIFEST_H
#define KDCSYNC_MANIFEST_H

#include "bytes.h"
#include "digest.h"
#include "dump.h"

#include <stdbool.h>
#include <stdint.h>

/* The text that names and describes a generation; see kdcsync-bundle(5). */
#define MANIFEST_VERSION 1
#define MANIFEST_MAX 4096	/* bytes of text, no NUL */
#define REALM_MAX 256		/* characters and a NUL */
#define HELD_MAX 256

struct manifest {
	char realm[REALM_MAX];
	uint64_t epoch, generation;	/* from 1 */
	int64_t taken;			/* when the locks were held, UTC */
	int64_t as_of;			/* last confirmed current, UTC */
	uint64_t interval;		/* seconds between runs, 1 to 1 year */
	struct dump_facts dump;
	bool held;			/* publication is held: */
	int64_t held_since;		/* UTC */
	char held_why[HELD_MAX];
	char source[256];		/* host name of the primary */
	char krb5[64];			/* version of its libkrb5 */
	char kdcsync[64];		/* version of the tool that signed */
};

/* Writes m as text into text.  Returns its length in bytes, or 0 if m has no
 * spelling (a realm with a newline, say). */
size_t	manifest_encode(const struct manifest *m, char text[MANIFEST_MAX]);

/* Accepts exactly what manifest_encode writes.  0; or -1 with a phrase in *why
 * that tells an unknown format version ("format version 2, not 1: upgrade
 * kdcsync here first") from a damaged text. */
int	manifest_decode(struct span text, struct manifest *m, const char **why);

/* Which is newer, by epoch, generation and as-of?  <0, 0 or >0. */
int	manifest_compare(const struct manifest *a, const struct manifest *b);

#endif
