#include "direct.h"

#include "../../sys/file.h"
#include "../../sys/say.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define PAGES_MIN 1000 /* of a file that two processes are worth */
#define BLOCK (128 * 1024)
#define DROP (512 * 1024)

/* How far the second has come. */
struct told {
	uint64_t size; /* of the file */
	size_t leaves;
	int rc;
	struct dump_facts facts;
};

/* Some lines more, in the file, which is d->size bytes long then. */
static int
write_lines(struct direct *d)
{
	struct exam *x = d->x;
	struct leaves *l = &d->leaves;
	int rc;

	rc = leaves_lines(l);
	if (rc != 0)
		return rc;
	if (file_write(x->out, "dump", l->lines.p, l->lines.len) == -1)
		return EXAM_HOST;
	d->size += l->lines.len;
	if (x->kept)
		outward_begin(&x->outward, x->out, d->size);
	return 0;
}

static bool
at_end(const struct direct *d)
{
	return d->leaves.next == d->x->tree.leaves;
}

/*
 * The second.
 */
static int
second(void *arg, int from, int to)
{
	struct direct *d = arg;
	struct told t;

	(void)from;
	do {
		t.rc = write_lines(d);
		t.size = d->size;
		t.leaves = d->leaves.next;
		t.facts = d->x->e->facts;
		if (!beside_tell(to, &t, sizeof(t)))
			break;
	} while (t.rc == 0 && !at_end(d));
	return 0;
}

/*
 * The first.
 */
static int
judge_leaves(struct direct *d, size_t to)
{
	for (; d->judged < to; d->judged++)
		if (tree_leaf(&d->x->tree, d->judged) != TREE_SOUND)
			return EXAM_OTHERWISE;
	return 0;
}

/* Memory that is given back is there for the lines that come next, as fast as it
 * was; new memory may be far away.  What the filesystem cannot do is no loss. */
static void
drop_read(struct direct *d)
{
	const uint64_t at = d->x->e->facts.size;

	if (!d->x->unread || at - d->dropped < DROP)
		return;
	(void)fallocate(d->x->out, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
	    (off_t)d->dropped, (off_t)(at - d->dropped));
	d->dropped = at;
}

/* What stands in the file, up to size. */
static int
digest_file(struct direct *d, uint64_t size)
{
	uint64_t *at = &d->x->e->facts.size;
	ssize_t n;

	if (bytes_reserve(&d->block, BLOCK) == -1)
		return EXAM_HOST;
	while (*at < size) {
		n = pread(d->x->out, d->block.p,
		    size - *at < BLOCK ? (size_t)(size - *at) : BLOCK,
		    (off_t)*at);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0) {
			say("dump: read: %s",
			    n == 0 ? "too short" : strerror(errno));
			return EXAM_HOST;
		}
		if (digest_add(d->x->digest, d->block.p, (size_t)n) == -1)
			return EXAM_HOST;
		*at += (uint64_t)n;
		drop_read(d);
	}
	return 0;
}

static int
follow(struct direct *d)
{
	struct exam *x = d->x;
	struct told t = { .leaves = 0 };
	bool crashed;
	int rc = 0;

	while (rc == 0 && t.leaves < x->tree.leaves) {
		/* What crashes it may crash libkdb5, too: that is for the
		 * examination by libkdb5 to say. */
		if (!beside_hear(d->beside.from, &t, sizeof(t)))
			return EXAM_OTHERWISE;
		rc = t.rc;
		if (rc == 0)
			rc = digest_file(d, t.size);
		if (rc == 0)
			rc = judge_leaves(d, t.leaves);
	}
	if (rc != 0)
		return rc;
	t.facts.size = x->e->facts.size;
	x->e->facts = t.facts;
	x->outward.from = t.facts.size;
	return beside_end(&d->beside, &crashed) == 0 ? 0 : EXAM_OTHERWISE;
}

static int
alone(struct direct *d)
{
	struct exam *x = d->x;
	int rc = 0;

	while (rc == 0 && !at_end(d)) {
		rc = write_lines(d);
		if (rc != 0)
			break;
		if (digest_add(x->digest, d->leaves.lines.p,
			d->leaves.lines.len) == -1)
			return EXAM_HOST;
		x->e->facts.size = d->size;
		rc = judge_leaves(d, d->leaves.next);
	}
	return rc;
}

int
direct_dump(struct direct *d)
{
	struct exam *x = d->x;
	int rc;

	rc = d->two ? follow(d) : alone(d);
	if (rc != 0)
		return rc;
	if (tree_finish(&x->tree) != TREE_SOUND ||
	    x->tree.records != x->e->facts.principals)
		return EXAM_OTHERWISE;
	x->sound = true;
	return 0;
}

/*
 * Both.
 */
static bool
worth(const struct exam *x)
{
	if (x->how == EXAMINE_DIRECT_ALONE)
		return false;
	return x->how == EXAMINE_DIRECT_BOTH ||
	    (x->tree.b.pages >= PAGES_MIN && beside_cpus() > 1);
}

void
direct_begin(struct direct *d, struct exam *x)
{
	const int keep[] = { x->out, -1 };

	*d = (struct direct){ .x = x,
		.leaves = { .x = x },
		.beside = BESIDE_NONE,
		.size = x->e->facts.size };
	if (worth(x))
		d->two = beside_begin(&d->beside, x->db, second, d, keep) == 0;
}

void
direct_release(struct direct *d)
{
	beside_drop(&d->beside);
	leaves_release(&d->leaves);
	bytes_release(&d->block);
}
