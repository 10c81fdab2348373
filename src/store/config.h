#ifndef KDCSYNC_CONFIG_H
#define KDCSYNC_CONFIG_H

#include "../format/manifest.h"
#include "past/keep.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

/* kdcsync.conf(5), read afresh at each run.  The only home of libkrb5's
 * profile.h outside src/store/kdb. */
#define CONFIG_PATH "/etc/kdcsync/kdcsync.conf"
#define CONFIG_GRANT "/etc/kdcsync/grant"
#define CONFIG_TEXT 1024		/* longest command, with its NUL */

enum on_stale { STALE_REFUSE, STALE_REFUSE_IF_PRIMARY_ANSWERS };

struct config_replica {
	char *name;
	char *command;			/* as written; words_split */
	int64_t deadline;		/* seconds without progress */
	int64_t max_transfer;		/* seconds in all */
};

struct config {
	char path[PATH_MAX];		/* where it was read */
	char realm[REALM_MAX];		/* "": the default realm */
	char state_dir[PATH_MAX];
	int64_t interval, max_age, expire, lock_wait;	/* seconds */
	int64_t deadline, max_transfer;	/* a replica's, seconds; see above */
	unsigned max_shrink;		/* per cent, 0 to 100 */
	char signing_key[PATH_MAX];	/* "": none (a replica) */
	char allowed_signers[PATH_MAX];
	char signer[320];		/* "": primary@REALM */
	char operator[320];		/* "": operator@REALM */
	char grant[PATH_MAX];		/* "": CONFIG_GRANT, if it is there */
	struct keep keep;
	enum on_stale on_stale;
	char primary[256];		/* HOST:PORT, or "" */
	char on_sealed[CONFIG_TEXT], on_verdict[CONFIG_TEXT];	/* or "" */
	char stop_kdc[CONFIG_TEXT];
	char apply_socket[PATH_MAX];	/* of kdc-apply --serve */
	struct config_replica *replicas;
	size_t n_replicas;
};

/* path NULL: KDCSYNC_CONFIG, else CONFIG_PATH.  0; -1, said: unreadable,
 * writable by others, a key that does not exist or is there twice, a value
 * out of range.  config_release in both cases. */
int	config_read(const char *path, struct config *c);
void	config_release(struct config *c);

/* Prints every setting as it is understood, one "name = value" a line, for
 * --check-config. */
void	config_print(const struct config *c);

/* "5m", "1h30m", "2d", "90": seconds.  0, or -1 when it is no such thing. */
int	config_duration(const char *text, int64_t *seconds);

#endif
