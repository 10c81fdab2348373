#include "twin.h"

#include "../../format/leaf.h"
#include "../../sys/file.h"
#include "../../sys/say.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Opening.
 */
static int
open_in(struct twin *t)
{
	struct stat st;

	t->in = file_open(t->from);
	if (t->in == -1) {
		if (errno == ENOENT)
			say("%s: missing", t->from);
		return -1;
	}
	if (fstat(t->in, &st) == -1) {
		say("%s: stat: %s", t->from, strerror(errno));
		return -1;
	}
	t->dev = st.st_dev;
	t->ino = st.st_ino;
	return 0;
}

static int
make_out(struct twin *t)
{
	t->out = open(
	    t->to, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (t->out == -1) {
		say("%s: %s", t->to, strerror(errno));
		return -1;
	}
	return 0;
}

/* Something else of that name is no copy of ours. */
static int
open_out(struct twin *t)
{
	struct stat st;

	t->out = open(t->to, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (t->out == -1 || fstat(t->out, &st) == -1 || !S_ISREG(st.st_mode) ||
	    st.st_uid != geteuid() || (st.st_mode & 077) != 0 ||
	    st.st_nlink != 1)
		return FILES_NONE;
	return 0;
}

int
twin_open(struct twin *t, const char *db, const char *copy,
    enum place_file which, bool again)
{
	place_path(db, which, t->from);
	place_path(copy, which, t->to);
	t->which = which;
	t->again = again;
	if (open_in(t) == -1)
		return -1;
	return again ? open_out(t) : make_out(t);
}

int
twin_close(struct twin *t)
{
	int rc = 0;

	pages_unmap(&t->pages);
	if (t->out != -1 && close(t->out) == -1) {
		say("%s: %s", t->to, strerror(errno));
		rc = -1;
	}
	if (t->in != -1)
		(void)close(t->in);
	t->in = t->out = -1;
	return rc;
}

/*
 * Copying.
 */
int
twin_copy(struct twin *t)
{
	int64_t size = file_size(t->in, t->from);

	t->pages.other = true;
	if (size == -1)
		return -1;
	t->cloned = file_clone(t->in, t->out) == 0;
	if (t->cloned)
		return 0;
	return file_copy_rest(t->in, t->out, 0, (uint64_t)size, t->to);
}

int
twin_prepare(struct twin *t)
{
	uint64_t moved = 0;

	if (!t->again) {
		t->cloned = file_clone(t->in, t->out) == 0;
		t->pages.from = t->in;
		t->pages.to = t->out;
		return t->cloned ? 0
				 : file_copy_restless(t->in, t->out, 0, t->to);
	}
	if (t->which == PLACE_PRINCIPALS)
		t->pages.same = leaf_same_but_counters;
	if (pages_map(&t->pages, t->in, t->out, t->to) == -1)
		return -1;
	return pages_level_restless(&t->pages, t->to, &moved);
}

int
twin_look(struct twin *t)
{
	return t->cloned ? 0 : pages_look(&t->pages, t->to);
}

int
twin_level(struct twin *t, const struct stamp *now, int i)
{
	uint64_t moved = 0;

	if (t->dev == now->file[i].dev && t->ino == now->file[i].ino &&
	    !t->cloned)
		return pages_level(&t->pages, now->file[i].size, t->to, &moved);
	/* Another file took its name, as kdb5_util load does it. */
	if (t->dev != now->file[i].dev || t->ino != now->file[i].ino) {
		(void)close(t->in);
		if (open_in(t) == -1)
			return -1;
	}
	return twin_copy(t);
}
