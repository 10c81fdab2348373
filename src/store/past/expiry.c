#include "expiry.h"

#include "back.h"
#include "parts.h"
#include "trail.h"

#include "../../format/when.h"
#include "../../sys/newfile.h"
#include "../../sys/proc.h"
#include "../../sys/retired.h"
#include "../../sys/say.h"
#include "../../sys/stop.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOUR 3600
#define DAY 86400
#define DUMPS 2 /* whole ones that a run may leave */

static const struct keep all = { 1, { { 0, INT64_MAX } } };

struct work {
	struct trail t;
	bool *stays;
	size_t moved, gone; /* ways, generations */
	/* Whole dumps that lost their name: freed when the trail has let them
	 * go. */
	struct retired old[DUMPS];
	size_t n_old;
	bool spared; /* one of them is the state's spare now */
};

static int
remember(const struct state *s, int64_t now)
{
	char text[WHEN_TEXT];

	if (when_encode(now, text) == -1)
		return -1;
	return state_set_line(s, STATE_EXPIRED, text);
}

/* Is it time to look?  Without a memory of the last time it is: a full disk is
 * where room is needed. */
static bool
is_due(const struct state *s, int64_t now)
{
	char text[WHEN_TEXT];
	int64_t last;

	if (state_line(s, STATE_EXPIRED, text, sizeof(text)) != 1 ||
	    when_decode(text, strlen(text), &last) == -1)
		return true;
	if (now >= last && now - last < HOUR)
		return false;
	return now >= last && now - last < DAY ? true : remember(s, now) == -1;
}

/* Where others cannot be given back for the moment, the one before them may be
 * what they miss. */
static void
keep_bases(struct work *w)
{
	const struct trail_stop *v = w->t.v;

	for (size_t i = w->t.n, k; i-- > 1;) {
		if (!w->stays[i] || v[i].way != NULL)
			continue;
		for (k = i - 1; k > 0 && v[k].way == NULL; k--)
			;
		w->stays[k] = true;
	}
}

/* Which stay: of those that can be given back what the rules say, of the others
 * what is younger than all rules, because a person may put back what they
 * miss.  Where there is no file, a run was killed that let it go. */
static int
mark(struct work *w, const struct keep *k, int64_t now)
{
	struct trail *t = &w->t;
	int64_t *taken = calloc(t->n + 1, sizeof(*taken)), newer = now;
	bool *stays = calloc(t->n + 1, sizeof(*stays));
	size_t n = 0;

	if (taken == NULL || stays == NULL) {
		say("%s: no memory for %zu generations", t->s->dir, t->n);
		free(taken);
		free(stays);
		return -1;
	}
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].way != NULL)
			taken[n++] = t->v[i].m.taken;
	keep_mark(k, now, taken, n, stays);
	n = 0;
	for (size_t i = 0; i < t->n; i++) {
		const struct trail_stop *x = &t->v[i];

		if (x->known && x->m.taken < newer)
			newer = x->m.taken;
		if (x->way != NULL)
			w->stays[i] = stays[n++];
		else
			w->stays[i] =
			    x->n_file > 0 && now - newer < keep_longest(k);
	}
	/* The newest is the newest, whatever is wrong with it. */
	w->stays[0] = true;
	keep_bases(w);
	free(taken);
	free(stays);
	return 0;
}

/*
 * Ways back.
 */

/* What proved bad is put aside, for a person to look at; nobody trips over it
 * again.  It goes with its directory. */
static void
put_aside(struct trail *t)
{
	char path[PATH_MAX], to[PATH_MAX], dir[PATH_MAX];

	for (size_t i = 0; i < t->n; i++)
		for (size_t j = 0; j < t->v[i].n_file; j++) {
			const struct trail_file *f = &t->v[i].file[j];

			if (!f->bad)
				continue;
			trail_path(t, i, f, path);
			trail_dir(t, i, dir);
			generation_file(dir,
			    f->kind == TRAIL_BACK ? "damaged.back"
						  : "damaged.dump",
			    to);
			if (access(path, F_OK) == 0 &&
			    newfile_move(path, to) == 0)
				say("%s: what was damaged is %s now", path, to);
		}
}

/* Does it need a new way, and a newer one that stays to come from? */
static bool
needs_way(const struct work *w, size_t i)
{
	const struct trail_stop *x = &w->t.v[i];

	return x->way->kind == TRAIL_DUMP || x->n_file > 1 ||
	    (x->way->kind == TRAIL_BACK && !w->stays[x->from]);
}

/* Removes all its files but that one. */
static int
remove_others(struct work *w, size_t i, const struct trail_file *but)
{
	const struct trail *t = &w->t;
	const struct trail_stop *x = &t->v[i];
	char path[PATH_MAX], stays[PATH_MAX];
	int rc = 0;

	trail_path(t, i, but, stays);
	for (size_t j = 0; rc == 0 && j < x->n_file; j++) {
		trail_path(t, i, &x->file[j], path);
		if (strcmp(path, stays) == 0)
			continue;
		if (x->file[j].kind == TRAIL_DUMP && !w->spared) {
			w->spared = state_spare_put(t->s, path);
			if (w->spared)
				continue;
		}
		if (x->file[j].kind == TRAIL_DUMP && w->n_old < DUMPS)
			retired_open(path, &w->old[w->n_old++]);
		rc = newfile_remove(path);
	}
	return rc;
}

static int
give_way(struct work *w, size_t i, size_t base)
{
	struct trail *t = &w->t;
	const struct trail_stop *x = &t->v[i], *b = &t->v[base];
	struct trail_file f = { .kind = TRAIL_WHOLE };
	char dir[PATH_MAX], name[BACK_NAME_MAX];
	int from = trail_open(t, base), own = -1, rc = -1;

	trail_dir(t, i, dir);
	if (from != -1)
		own = trail_open(t, i);
	if (own != -1)
		rc = back_put(dir, &x->m, own, from, &b->m.dump.digest, name);
	if (rc == 0 && back_decode(name, &f.base))
		f.kind = TRAIL_BACK;
	if (rc == 0)
		rc = remove_others(w, i, &f);
	parts_sweep(dir);
	if (rc == 0)
		trail_set(t, i, &f, base);
	else if (!t->found_bad && !stop_asked())
		say("%s: keeps what it has; the next run tries again", dir);
	return rc;
}

/* 1: some are lost, and nothing is let go before the next look; -1: the machine
 * fails, or is to stop. */
static int
give_ways(struct work *w)
{
	struct trail *t = &w->t;
	size_t base = SIZE_MAX;

	for (size_t i = 0; i < t->n; i++) {
		if (t->v[i].way == NULL || !w->stays[i])
			continue;
		if (stop_asked())
			return -1;
		if (base != SIZE_MAX && needs_way(w, i)) {
			if (give_way(w, i, base) == 0) {
				w->moved++;
			} else if (t->found_bad) {
				put_aside(t);
				return 1;
			} else {
				return -1;
			}
		}
		base = i;
	}
	return 0;
}

/*
 * Letting go.
 */

/* By any that is still there: one that is to go may lead to one that is not. */
static bool
is_needed(const struct trail *t, size_t i)
{
	for (size_t k = i + 1; k < t->n; k++)
		if (t->v[k].way != NULL && t->v[k].way->kind == TRAIL_BACK &&
		    t->v[k].from == i)
			return true;
	return false;
}

/* The oldest first: what is left can be given back, whatever fails. */
static int
let_go(struct work *w)
{
	struct trail *t = &w->t;
	char dir[PATH_MAX];

	for (size_t i = t->n; i-- > 0;) {
		struct trail_stop *x = &t->v[i];

		if (w->stays[i] || (x->known && x->n_file == 0) ||
		    is_needed(t, i))
			continue;
		trail_dir(t, i, dir);
		if (stop_asked() || parts_remove(dir, PARTS_PAST) == -1)
			return -1;
		x->way = NULL;
		w->gone += x->n_file > 0;
	}
	return 0;
}

/* How many can be given back. */
static size_t
count(const struct trail *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		n += t->v[i].way != NULL;
	return n;
}

/* Under the lock. */
static int
run(const struct state *s, const struct keep *k, int64_t now)
{
	struct work w = { .stays = NULL };
	int64_t start = proc_now();
	char dir[PATH_MAX];
	int rc = -1;

	if (trail_read(s, &w.t) == -1)
		goto out;
	w.stays = calloc(w.t.n + 1, sizeof(*w.stays));
	if (w.stays == NULL || mark(&w, k, now) == -1)
		goto out;
	for (size_t i = 0; i < w.t.n; i++) {
		trail_dir(&w.t, i, dir);
		parts_sweep(dir);
	}
	/* A full disk is no reason to keep what nothing needs. */
	rc = give_ways(&w);
	if (rc != 1 && let_go(&w) == -1)
		rc = -1;
	if (w.gone > 0)
		say_info("older generations: %zu let go, %zu kept, %zu of them "
			 "by a new way, %" PRId64 " ms",
		    w.gone, count(&w.t), w.moved, proc_now() - start);
	if (rc == 1)
		rc = 0;
out:
	free(w.stays);
	trail_release(&w.t);
	while (w.n_old > 0)
		retired_free(&w.old[--w.n_old]);
	return rc;
}

int
expiry_run(const struct state *s, const struct keep *k, int64_t now)
{
	int lock, rc = state_lock(s, EXPIRY_LOCK, LOCK_SILENT, &lock);
	bool due;

	if (rc != 0)
		return rc == LOCK_BUSY ? 0 : -1;
	due = is_due(s, now);
	rc = run(s, due || k->n == 0 ? k : &all, now);
	/* Also when it failed: it would again, and once an hour will do. */
	if (due && !stop_asked())
		(void)remember(s, now);
	(void)close(lock);
	return rc;
}

int
expiry_backlog(const struct state *s)
{
	size_t dumps = 0;
	struct trail t;
	int lock, rc = trail_read(s, &t);

	for (size_t i = 0; i < t.n; i++)
		dumps += t.v[i].way != NULL && t.v[i].way->kind == TRAIL_DUMP;
	trail_release(&t);
	if (rc == -1 || dumps <= DUMPS)
		return rc;
	rc = state_lock(s, EXPIRY_LOCK, LOCK_SILENT, &lock);
	if (rc != 0)
		return rc == LOCK_BUSY ? 0 : -1;
	rc = run(s, &all, 0);
	(void)close(lock);
	return rc;
}
