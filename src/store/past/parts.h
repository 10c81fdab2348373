#ifndef KDCSYNC_PARTS_H
#define KDCSYNC_PARTS_H

/*
 * The two kinds of files in a generation's directory that are removed apart,
 * each by whom it is for, without a lock that both hold.
 */
enum {
	PARTS_PAST = 1,			/* dump, dump.zst, back.*: they give
					 * back its dump; expiry.h */
	PARTS_DELTA = 2			/* delta.*: they ship it; chain.h */
};

/* Which are there, as bits; all when the directory cannot be read (said). */
unsigned parts_in(const char *dir);

/* Removes these, and when none of either kind is left, the directory.  0 or -1,
 * said. */
int	parts_remove(const char *dir, unsigned kinds);

/* Removes what a killed process left half written of PARTS_PAST.  The caller
 * holds the lock of expiry.h. */
void	parts_sweep(const char *dir);

#endif
