#ifndef KDCSYNC_INDEX_H
#define KDCSYNC_INDEX_H

#include "bytes.h"
#include "digest.h"
#include "manifest.h"

/*
 * The index of an archive: what is in it, in the order in which it is there; see
 * kdcsync-bundle(5).  Bundles, the newest first, then krb5.conf, kdc.conf, and
 * perhaps kadm5.acl and stash.age.
 */
#define INDEX_VERSION 1
#define INDEX_MAX (2 * 1024 * 1024)	/* bytes of text */
#define INDEX_MEMBERS 10000
#define INDEX_NAME_MAX 64		/* characters of a name and a NUL */
#define INDEX_CONFIG_MAX (1024 * 1024)	/* bytes of any but a bundle */

enum index_kind {
	INDEX_BUNDLE, INDEX_KRB5_CONF, INDEX_KDC_CONF, INDEX_KADM5_ACL,
	INDEX_STASH
};
#define INDEX_KINDS 5

struct index_member {
	enum index_kind kind;
	uint64_t epoch, generation;	/* of a bundle */
	uint64_t size;			/* bytes */
	struct digest digest;
};

struct index {
	char realm[REALM_MAX];
	int64_t made;			/* UTC */
	char host[256];			/* where */
	struct index_member *member;
	size_t n;
};
#define INDEX_NONE { .member = NULL }

/* Room for one more, which it returns; NULL when memory is short. */
struct index_member *index_add(struct index *x);

/* The name of a member: "1.42.bundle", "kdc.conf". */
void	index_name(const struct index_member *m, char name[INDEX_NAME_MAX]);

/* Appends the text to text.  0, or -1: memory, or it has no spelling. */
int	index_encode(const struct index *x, struct bytes *text);

/* Accepts exactly what index_encode writes.  0; or -1 with a phrase in *why, as
 * manifest_decode.  x is to be released in both cases. */
int	index_decode(struct span text, struct index *x, const char **why);

void	index_release(struct index *x);

#endif
