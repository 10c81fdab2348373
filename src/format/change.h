#ifndef KDCSYNC_CHANGE_H
#define KDCSYNC_CHANGE_H

#include "record.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What is different in two versions of a record, by the names of its fields:
 * never what is in them, which may be a key, a salt or the hash of a password.
 */
enum change_field {
	/* of principals, the first three of policies, too */
	CHANGE_ATTRIBUTES, CHANGE_MAX_LIFE, CHANGE_MAX_RENEWABLE_LIFE,
	CHANGE_EXPIRATION, CHANGE_PW_EXPIRATION,
	CHANGE_POLICY,			/* which one it has */
	CHANGE_PW_HISTORY,		/* the keys it must not have again */
	CHANGE_STRINGS,			/* kadmin's setstr */
	CHANGE_KEYS,			/* others, of the same kvno */
	CHANGE_MKVNO,			/* the master key they are under */
	CHANGE_MASTER_KEYS,		/* of K/M: the list of them */
	CHANGE_UNLOCKED,		/* kadmin's modprinc -unlock */
	CHANGE_TL_DATA,			/* any that is not above or below */
	CHANGE_LAST_PW_CHANGE,
	CHANGE_LAST_MODIFIED,		/* when and by whom */
	/* of policies */
	CHANGE_PW_MIN_LIFE, CHANGE_PW_MAX_LIFE, CHANGE_PW_MIN_LENGTH,
	CHANGE_PW_MIN_CLASSES, CHANGE_PW_HISTORY_NUM, CHANGE_PW_MAX_FAIL,
	CHANGE_PW_FAILCNT_INTERVAL, CHANGE_PW_LOCKOUT_DURATION,
	CHANGE_KEYSALTS,
	CHANGE_FIELDS
};

struct change {
	uint32_t fields;		/* bits, 1 << enum change_field */
	bool rekeyed;			/* it has another key: */
	uint16_t kvno_from, kvno_to;	/* the newest, 0: none */
};

/* "pw_expiration" */
const char *change_word(enum change_field field);

/* Keys that are only encrypted anew, under another master key, or are fewer, are
 * a field that changed; a newest key that is another one is a new key.
 * last_modified is named only when nothing else is, last_pw_change not beside a
 * new key: all administration moves the one, every new key the other. */
void	change_princ(const struct princ *from, const struct princ *to,
	    struct change *c);
void	change_policy(const struct policy *from, const struct policy *to,
	    struct change *c);

#endif
