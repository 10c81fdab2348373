#ifndef KDCSYNC_PLACE_H
#define KDCSYNC_PLACE_H

#include "../../format/manifest.h"

#include <limits.h>

/*
 * Where the KDC keeps its realm, as its own krb5.conf and kdc.conf say
 * (KRB5_CONFIG and KRB5_KDC_PROFILE honoured).  src/store/kdb is the only user
 * of libkdb5 and the only home of MIT's file names.
 */
struct place {
	char realm[REALM_MAX];
	char db[PATH_MAX];		/* database_name */
	char db_dir[PATH_MAX];		/* the directory it is in */
	char stash[PATH_MAX];		/* key_stash_file */
	char mkey_name[256];		/* master_key_name, or "" for K/M */
	char room[PATH_MAX];		/* <database_name>.kdcsync, ours */
	char krb5_conf[PATH_MAX];	/* the first of KRB5_CONFIG's that is
					 * there, or the last */
	char kdc_conf[PATH_MAX];	/* it need not be there */
	char acl[PATH_MAX];		/* acl_file; nor need that */
	char ulog[PATH_MAX];		/* iprop_logfile; "": no iprop_enable */
};

/* realm NULL: the default realm.  -1 (said): no realm, an unreadable profile,
 * a back end other than DB2. */
int	place_find(const char *realm, struct place *p);

/* The version of MIT krb5 that we were built for, "1.20.1". */
const char *place_krb5_version(void);

/* The files of a DB2 database called db; the first two hold the data, the
 * others are empty, are locked, and must keep their inodes. */
enum place_file { PLACE_PRINCIPALS, PLACE_POLICIES, PLACE_LOCK,
	PLACE_POLICY_LOCK };
#define PLACE_DATA 2
#define PLACE_FILES 4
void	place_path(const char *db, enum place_file which, char path[PATH_MAX]);

#endif
