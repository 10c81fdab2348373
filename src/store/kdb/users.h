#ifndef KDCSYNC_USERS_H
#define KDCSYNC_USERS_H

#include "place.h"

#include <stdbool.h>

/*
 * Which processes have the database open?  krb5kdc, kadmind and kadmin.local keep
 * its lock files open as long as they run (plugins/kdb/db2, ctx_init), and so does
 * kdb5_util at work.  Found in /proc by device and inode, in whatever mount
 * namespace they are, or by name when the file was removed meanwhile; not those of users that we may not look at, nor programs of
 * ours, whose locks are in the state directory.
 */
#define USERS_MAX 16

struct users {
	unsigned n;			/* as many as there are, */
	struct user {
		int pid;
		char name[32];		/* "krb5kdc" */
		bool ulog;		/* has the update log of iprop open */
	} v[USERS_MAX];			/* of which these */
};

void	users_find(const struct place *p, struct users *u);

/* Only answers logins: it writes nothing but counters. */
bool	user_is_kdc(const struct user *u);

/* "krb5kdc (pid 12), kadmind (pid 13)"; "nothing". */
#define USERS_WORDS 512
void	users_words(const struct users *u, char words[USERS_WORDS]);

#endif
