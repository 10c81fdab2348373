#include "history.h"

#include "expiry.h"
#include "trail.h"

#include "../../sys/file.h"
#include "../../sys/newfile.h"
#include "../../sys/say.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WAIT_MS (5 * 60 * 1000)

/* Is it one that is kept to be given back? */
static bool
is_past(const struct trail_stop *x)
{
	return x->known && x->n_file > 0;
}

int
history_read(const struct state *s, struct history *h)
{
	struct trail t;
	int rc = -1;

	*h = (struct history){ NULL, 0 };
	if (trail_read(s, &t) == -1)
		goto out;
	h->m = calloc(t.n + 1, sizeof(*h->m));
	if (h->m == NULL) {
		say("%s: no memory for %zu generations", s->dir, t.n);
		goto out;
	}
	for (size_t i = 0; i < t.n; i++)
		if (is_past(&t.v[i]))
			h->m[h->n++] = t.v[i].m;
	rc = 0;
out:
	trail_release(&t);
	return rc;
}

void
history_release(struct history *h)
{
	free(h->m);
	h->m = NULL;
	h->n = 0;
}

const struct manifest *
history_named(const struct history *h, const char *name)
{
	char have[64];

	for (size_t i = 0; i < h->n; i++) {
		(void)snprintf(have, sizeof(have), "%" PRIu64 ".%" PRIu64,
		    h->m[i].epoch, h->m[i].generation);
		if (strcmp(have, name) == 0)
			return &h->m[i];
	}
	return strcmp(name, "current") == 0 && h->n > 0 ? &h->m[0] : NULL;
}

const struct manifest *
history_at(const struct history *h, int64_t t)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->m[i].taken <= t)
			return &h->m[i];
	return NULL;
}

/* A copy without a name of what a trail has in its hands. */
static int
copy(const struct state *s, int from, const struct manifest *m)
{
	int to = newfile_scratch(s->dir);

	if (to != -1 && file_copy(from, to, m->dump.size, "dump") == -1) {
		(void)close(to);
		to = -1;
	}
	return to;
}

static size_t
find(const struct trail *t, const struct manifest *m)
{
	size_t i = 0;

	while (i < t->n &&
	    (t->v[i].id.epoch != m->epoch || t->v[i].id.n != m->generation))
		i++;
	return i;
}

/* What else one might take. */
static void
say_others(const struct trail *t, const struct manifest *m)
{
	struct generation_id id = { m->epoch, m->generation };
	size_t k = 0;

	while (k < t->n && generation_newest_first(&t->v[k].id, &id) < 0)
		k++;
	while (k > 0 && t->v[k - 1].way == NULL)
		k--;
	if (k > 0)
		say("generation %" PRIu64 ".%" PRIu64 " cannot be given back; "
		    "the nearest newer one that may be is %" PRIu64 ".%" PRIu64,
		    m->epoch, m->generation, t->v[k - 1].id.epoch,
		    t->v[k - 1].id.n);
	else
		say("generation %" PRIu64 ".%" PRIu64 " cannot be given back, "
		    "nor any newer one; the replicas have the newest",
		    m->epoch, m->generation);
}

struct history_walk {
	const struct state *s;
	struct trail t;
	bool read;
};

static void
forget(struct history_walk *w)
{
	if (w->read)
		trail_release(&w->t);
	w->read = false;
}

/* *again: what it went by was moved meanwhile. */
static int
open_once(
    struct history_walk *w, const struct manifest *m, bool last, bool *again)
{
	struct trail *t = &w->t;
	int fd = -1;
	size_t i;

	*again = false;
	if (!w->read && trail_read(w->s, t) == -1) {
		trail_release(t);
		return -1;
	}
	w->read = true;
	i = find(t, m);
	if (i < t->n)
		fd = trail_open(t, i);
	if (fd != -1)
		return copy(w->s, fd, m);
	*again = t->moved && !last;
	if (*again || (i < t->n && t->v[i].way != NULL))
		return -1;
	if (t->moved)
		say("%s: something removes files there", w->s->dir);
	else if (i < t->n)
		trail_lost(t, i);
	say_others(t, m);
	return -1;
}

struct history_walk *
history_begin(const struct state *s)
{
	struct history_walk *w = calloc(1, sizeof(*w));

	if (w == NULL)
		say("%s: no memory", s->dir);
	else
		w->s = s;
	return w;
}

int
history_next(struct history_walk *w, const struct manifest *m)
{
	bool again;
	int fd = open_once(w, m, false, &again), lock = -1;

	if (fd != -1 || !again)
		return fd;
	/* Until it is done, then. */
	forget(w);
	(void)state_lock(w->s, EXPIRY_LOCK, WAIT_MS, &lock);
	fd = open_once(w, m, true, &again);
	if (lock != -1)
		(void)close(lock);
	return fd;
}

void
history_end(struct history_walk *w)
{
	if (w != NULL)
		forget(w);
	free(w);
}

int
history_open(const struct state *s, const struct manifest *m)
{
	struct history_walk *w = history_begin(s);
	int fd = w == NULL ? -1 : history_next(w, m);

	history_end(w);
	return fd;
}

/* Can stop i be given back?  1; 0, said; -1: the machine fails. */
static int
verify_stop(struct trail *t, size_t i)
{
	int fd;

	if (t->v[i].known && trail_open(t, i) != -1)
		return 1;
	if (t->v[i].way != NULL)
		return -1;
	if (!t->moved) {
		trail_lost(t, i);
		return 0;
	}
	fd = history_open(t->s, &t->v[i].m);
	if (fd != -1)
		(void)close(fd);
	return fd != -1;
}

int
history_verify(const struct state *s, size_t *n, size_t *good)
{
	struct trail t;
	int rc, one = 0;

	*n = *good = 0;
	rc = trail_read(s, &t);
	for (size_t i = 0; rc == 0 && one != -1 && i < t.n; i++) {
		if (t.v[i].n_file == 0)
			continue;
		one = verify_stop(&t, i);
		++*n;
		*good += one == 1;
	}
	trail_release(&t);
	return one == -1 ? -1 : rc;
}
