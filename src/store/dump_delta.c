#include "dump_delta.h"

#include "../format/merge.h"
#include "../sys/file.h"
#include "../sys/say.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define CHUNK ((size_t)64 * 1024)
#define FAILED 2 /* what a merge_fn answers then */

struct pen {
	int fd;
	struct bytes text; /* not written yet */
};

static int
flush(struct pen *p)
{
	int rc = file_write(p->fd, "delta", p->text.p, p->text.len);

	p->text.len = 0;
	return rc == -1 ? FAILED : 0;
}

static int
put(void *arg, const void *what, size_t n)
{
	struct pen *p = arg;

	if (p->text.len + n > CHUNK && flush(p) != 0)
		return FAILED;
	if (n > CHUNK)
		return file_write(p->fd, "delta", what, n) == -1 ? FAILED : 0;
	if (bytes_add(&p->text, what, n) == 0)
		return 0;
	say("delta: no memory");
	return FAILED;
}

static int
make(struct span from, struct span to, int out)
{
	struct pen p = { out, BYTES_NONE };
	int rc;

	rc = merge_delta(from, to, put, &p);
	if (rc == 0)
		rc = flush(&p);
	bytes_release(&p.text);
	if (rc == -1)
		return 1;
	return rc == 0 ? 0 : -1;
}

/* 1; 0; -1, said. */
static int
prove(struct span from, struct span to, int fd)
{
	struct span delta;
	bool good;

	if (file_map(fd, "delta", &delta) == -1)
		return -1;
	good = merge_proves(from, delta, to);
	file_unmap(&delta);
	return good ? 1 : 0;
}

static int
make_proved(struct span from, struct span to, int out)
{
	int rc = make(from, to, out);

	if (rc != 0)
		return rc;
	rc = prove(from, to, out);
	if (rc == 0)
		say("delta: it does not give the dump; made another way");
	return rc == -1 ? -1 : !rc;
}

int
dump_delta_make(int base, int target, int out)
{
	struct span from = { NULL, 0 }, to = { NULL, 0 };
	int rc = -1;

	if (lseek(out, 0, SEEK_SET) == -1 || ftruncate(out, 0) == -1) {
		say("delta: rewind: %s", strerror(errno));
		return -1;
	}
	if (file_map(base, "delta base", &from) == 0 &&
	    file_map(target, "dump", &to) == 0)
		rc = make_proved(from, to, out);
	file_unmap(&from);
	file_unmap(&to);
	return rc;
}

int
dump_delta_proves(int base, int target, int delta)
{
	struct span from = { NULL, 0 }, to = { NULL, 0 };
	int rc = -1;

	if (file_map(base, "delta base", &from) == 0 &&
	    file_map(target, "dump", &to) == 0)
		rc = prove(from, to, delta);
	file_unmap(&from);
	file_unmap(&to);
	return rc;
}
