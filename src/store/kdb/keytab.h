#ifndef KDCSYNC_KEYTAB_H
#define KDCSYNC_KEYTAB_H

#define KEYTAB_NAME 1024

/* A principal of realm that has a key in a keytab: want (its realm may be left
 * out), or the first if want is NULL.  name gets it whole, "canary@REALM".  0;
 * -1, said. */
int	keytab_find(const char *path, const char *realm, const char *want,
	    char name[KEYTAB_NAME]);

#endif
