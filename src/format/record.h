#ifndef KDCSYNC_RECORD_H
#define KDCSYNC_RECORD_H

#include "bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One line of a dump: a principal or a policy, as `kdb5_util dump` of krb5 1.11
 * and later writes it ("version 7").  Source: MIT krb5 1.20.1,
 * src/kadmin/dbutil/dump.c, k5beta7_common() and dump_r1_11_policy().
 *
 * The canonical form differs from MIT's bytes in two places: the non-replicated
 * attributes (last_success, last_failed, fail_auth_count) are written as 0, and
 * tl_data stand in stable order of their types.
 */

/* A tagged datum of a principal or a policy ("tl_data"). */
struct tl {
	int16_t type;
	uint16_t len;			/* bytes */
	const uint8_t *data;
};

/* One key: ver 1 has the key alone, ver 2 the key and its salt, 0 neither. */
struct key {
	int16_t ver;			/* 0, 1 or 2: how many parts */
	uint16_t kvno;
	struct {
		int16_t type;		/* enctype, then salt type */
		uint16_t len;		/* bytes */
		const uint8_t *data;	/* key: under the master key */
	} part[2];
};

/* Times are seconds since 1970, unsigned, good until 2106; lives are seconds.
 * The arrays and pool belong to the struct, grow and are used again; name and
 * data of a decoded record point into the line or the pool. */
struct princ {
	struct span name;		/* krb5_unparse_name, with realm */
	int32_t attributes, max_life, max_renewable_life;
	uint32_t expiration, pw_expiration;
	uint32_t last_success, last_failed, fail_auth_count;
	struct tl *tl;
	size_t n_tl, cap_tl;
	struct key *key;
	size_t n_key, cap_key;
	struct bytes pool;
};
#define PRINC_NONE { .tl = NULL }

struct policy {
	struct span name;
	/* In the order of the line; printed as MIT does, %d. */
	int32_t min_life, max_life, min_length, min_classes, history;
	int32_t max_fail, failcnt_interval, lockout_duration;
	int32_t attributes, ticket_max_life, ticket_max_renewable_life;
	struct span keysalts;		/* p == NULL: none, written as "-" */
	struct tl *tl;
	size_t n_tl, cap_tl;
	struct bytes pool;
};
#define POLICY_NONE { .tl = NULL }

/* Room for n tl_data or keys; -1 when memory is short. */
int	princ_reserve(struct princ *p, size_t n_tl, size_t n_key);
int	policy_reserve(struct policy *p, size_t n_tl);

/* Wipe and free what the struct owns; it is as new afterwards. */
void	princ_release(struct princ *p);
void	policy_release(struct policy *p);

/* Appends the canonical line, newline included, to out.  Sorts p's tl in
 * place.  0, or -1: memory, or a record that no line can carry (a name with a
 * TAB, newline or NUL, an empty name, more than 32,767 tl or keys); out->len
 * is unchanged then. */
int	princ_encode(struct princ *p, struct bytes *out);
int	policy_encode(struct policy *p, struct bytes *out);

/* line is one whole line, its newline included.  Accepts exactly what the
 * encoder writes: every field, one TAB each, one spelling of each number, tl
 * in order, counters 0.  The policy decoder also takes the ten-field policy
 * line of krb5 1.8 (as MIT's loader does inside a version 7 dump); its missing
 * fields are 0, none and none.  0 or -1 (not such a line, or memory). */
int	princ_decode(struct span line, struct princ *p);
int	policy_decode(struct span line, struct policy *p);

/* Would `kdb5_util load` change or refuse this record?  It skips white space
 * before a principal's name, and takes tl_data of type 32767 for arguments to
 * the database; it reads a policy's name (at most 1,023 bytes) and its keysalts
 * (at most 512) up to the first white space, so that an empty keysalts list
 * shifts every field behind it. */
bool	princ_mangled(const struct princ *p);
bool	policy_mangled(const struct policy *p);

/* The same keys, byte for byte?  Re-encrypted keys are different keys. */
bool	princ_same_keys(const struct princ *a, const struct princ *b);

#endif
