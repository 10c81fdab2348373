#include "digested.h"

#include "../sys/file.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define DAY (24 * 60 * 60)
#define SECOND INT64_C(1000000000)

/* A write in the same tick of the clock moves no stamp: of the kernel's, at most 10 ms,
 * or of a filesystem that knows only seconds. */
#define TICKS (SECOND / 20)

static int64_t
nanoseconds(struct timespec t)
{
	return (int64_t)t.tv_sec * SECOND + t.tv_nsec;
}

static int64_t
clock_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return nanoseconds(t);
}

int
digested_stamp(
    const char *path, const struct digest *digest, struct digested *d)
{
	struct stat st;

	*d = (struct digested)DIGESTED_NONE;
	if (lstat(path, &st) == -1 || !S_ISREG(st.st_mode))
		return -1;
	d->digest = *digest;
	d->dev = st.st_dev;
	d->ino = st.st_ino;
	d->size = (uint64_t)st.st_size;
	d->mtime = nanoseconds(st.st_mtim);
	d->ctime = nanoseconds(st.st_ctim);
	d->time = clock_now() / SECOND;
	return 0;
}

static bool
same_stamp(const struct digested *a, const struct digested *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	    a->mtime == b->mtime && a->ctime == b->ctime;
}

void
digested_settle(struct digested *d, const char *path)
{
	struct digested now;
	int64_t age;

	if (d->time == 0)
		return;
	/* The clock before the stamp: what is written between the two moves it. */
	age = clock_now() - d->ctime;
	if (digested_stamp(path, &d->digest, &now) == -1 ||
	    !same_stamp(d, &now) ||
	    age <= (d->ctime % SECOND == 0 ? SECOND : TICKS))
		*d = (struct digested)DIGESTED_NONE;
}

bool
digested_holds(const struct digested *d, const char *path,
    const struct digest *digest, int64_t now)
{
	struct digested is;

	return d->time != 0 && d->time <= now && now - d->time < DAY &&
	    digest_equal(&d->digest, digest) &&
	    digested_stamp(path, digest, &is) == 0 && same_stamp(d, &is);
}

bool
digested_read(
    int fd, const char *path, const struct digest *digest, struct digested *d)
{
	struct digest is;

	(void)digested_stamp(path, digest, d);
	if (file_digest(fd, path, &is) == 0 && digest_equal(&is, digest)) {
		digested_settle(d, path);
		return true;
	}
	*d = (struct digested)DIGESTED_NONE;
	return false;
}

bool
digested_equal(const struct digested *a, const struct digested *b)
{
	return a->time == b->time &&
	    (a->time == 0 ||
		(digest_equal(&a->digest, &b->digest) && same_stamp(a, b)));
}

void
digested_put(struct text_out *o, const struct digested *d)
{
	if (d->time == 0)
		return;
	text_put_digest(o, "dump-sha256", &d->digest);
	text_put_u64(o, "dump-dev", d->dev);
	text_put_u64(o, "dump-ino", d->ino);
	text_put_u64(o, "dump-size", d->size);
	text_put_u64(o, "dump-mtime", (uint64_t)d->mtime);
	text_put_u64(o, "dump-ctime", (uint64_t)d->ctime);
	text_put_when(o, "dump-digested", d->time);
}

static int64_t
get_time(struct text_in *in, const char *name)
{
	uint64_t v;

	text_get_u64(in, name, &v, INT64_MAX);
	return (int64_t)v;
}

void
digested_get(struct text_in *in, struct digested *d)
{
	*d = (struct digested)DIGESTED_NONE;
	if (in->failed || !text_next(in, "dump-sha256"))
		return;
	text_get_digest(in, "dump-sha256", &d->digest);
	text_get_u64(in, "dump-dev", &d->dev, UINT64_MAX);
	text_get_u64(in, "dump-ino", &d->ino, UINT64_MAX);
	text_get_u64(in, "dump-size", &d->size, INT64_MAX);
	d->mtime = get_time(in, "dump-mtime");
	d->ctime = get_time(in, "dump-ctime");
	text_get_when(in, "dump-digested", &d->time);
	if (d->time == 0)
		in->failed = true;
}
