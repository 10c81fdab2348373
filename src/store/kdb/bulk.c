#include "bulk.h"

#include "../../sys/say.h"
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <kdb.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DESCRIPTORS                                                            \
	256 /* of a child that has just been made, more than enough */

/* libkdb5 does not tell which descriptor it has; only one is that file. */
static int
find(const char *path)
{
	struct stat lock, st;

	if (stat(path, &lock) == -1)
		return -1;
	for (int fd = STDERR_FILENO + 1; fd < DESCRIPTORS; fd++)
		if (fstat(fd, &st) == 0 && st.st_dev == lock.st_dev &&
		    st.st_ino == lock.st_ino)
			return fd;
	return -1;
}

/* Where it stays, each put is slower, and as good. */
static void
put_aside(const char *db, struct bulk *b)
{
	char path[PATH_MAX];

	place_path(db, PLACE_LOCK, path);
	b->number = find(path);
	if (b->number == -1)
		return;
	b->aside = fcntl(b->number, F_DUPFD_CLOEXEC, DESCRIPTORS);
	if (b->aside == -1)
		b->number = -1;
	else
		(void)close(b->number);
}

int
bulk_begin(krb5_context ctx, const char *db, struct bulk *b)
{
	*b = (struct bulk)BULK_NONE;
	if (krb5_db_lock(ctx, KRB5_DB_LOCKMODE_EXCLUSIVE) != 0)
		return -1;
	put_aside(db, b);
	return 0;
}

/* Nobody's descriptor is closed for it. */
static int
put_back(const struct bulk *b)
{
	if (fcntl(b->number, F_GETFD) != -1) {
		errno = EEXIST;
		return -1;
	}
	return dup3(b->aside, b->number, O_CLOEXEC) == -1 ? -1 : 0;
}

int
bulk_end(krb5_context ctx, const char *db, struct bulk *b)
{
	int rc = b->number == -1 ? 0 : put_back(b);

	if (rc == -1)
		say("%s: its lock: %s", db, strerror(errno));
	if (b->aside != -1)
		(void)close(b->aside);
	/* Answers 0 even when its flush failed: the proof reads it back. */
	(void)krb5_db_unlock(ctx);
	*b = (struct bulk)BULK_NONE;
	return rc;
}
