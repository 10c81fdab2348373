#include "fleet.h"

#include "../format/when.h"
#include "../sys/say.h"
#include "../store/generation.h"
#include "../store/superseded.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/*
 * This host.
 */
static void
note_age(struct fleet *f)
{
	const struct manifest *m = &f->seal.m;
	int64_t age = f->now - m->as_of;
	char text[16];

	when_span(age, text);
	if (age > 3 * (int64_t)m->interval)
		notes_add(&f->notes, LEVEL_WARNING, "age",
		    "the last kdc-snapshot was %s ago, more than 3 intervals; "
		    "is its timer or cron line there?",
		    text);
}

static void
note_held(struct fleet *f)
{
	const struct manifest *m = &f->seal.m;
	char since[WHEN_TEXT] = "";

	if (!m->held)
		return;
	(void)when_encode(m->held_since, since);
	notes_add(&f->notes, LEVEL_WARNING, "held",
	    "publication is held since %s: %s", since, m->held_why);
}

static void
note_superseded(struct fleet *f)
{
	char line[SUPERSEDED_LINE];

	if (superseded_line(f->state, line) == 1)
		notes_add(&f->notes, LEVEL_CRITICAL, "superseded", "%s", line);
}

/* A generation that nobody is making any more. */
static void
note_cut_short(struct fleet *f, const struct generation_id *newest)
{
	const struct manifest *m = &f->seal.m;

	if (f->running || newest->epoch < m->epoch ||
	    (newest->epoch == m->epoch && newest->n <= m->generation))
		return;
	notes_add(&f->notes, LEVEL_WARNING, "cut-short",
	    "kdc-snapshot did not come to the end of generation %" PRIu64
	    ".%" PRIu64 "; run it again",
	    newest->epoch, newest->n);
}

static void
read_primary(struct fleet *f)
{
	struct generation_id newest = { 0, 0 };
	struct generations all;
	char path[PATH_MAX];
	int rc;

	/* In this order: what is made while we look is not taken for cut
	 * short. */
	all = generation_list(f->state);
	if (all.n > 0)
		newest = all.v[0];
	generation_list_release(&all);
	state_path(f->state, "snapshot.lock", path);
	f->running = lock_held(path) != 0;
	state_path(f->state, STATE_CURRENT, path);
	rc = seal_read(path, &f->seal);
	f->sealed = rc == 1;
	(void)proof_read(f->state, &f->proof);
	note_superseded(f);
	if (rc == -1)
		notes_add(&f->notes, LEVEL_CRITICAL, "seal",
		    "%s: damaged; a replica's seal.tar can take its place",
		    path);
	if (rc == 0 && !f->running)
		notes_add(&f->notes, LEVEL_WARNING, "seal",
		    "there is no generation yet; type: kdc-snapshot");
	if (rc == 1) {
		note_cut_short(f, &newest);
		note_held(f);
		note_age(f);
	}
}

/*
 * The replicas.
 */
static bool
is_configured(const struct config *cf, const char *name)
{
	for (size_t i = 0; i < cf->n_replicas; i++)
		if (strcmp(cf->replicas[i].name, name) == 0)
			return true;
	return false;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int
add_stray(struct strays *s, const char *name)
{
	char **v = reallocarray(s->name, s->n + 1, sizeof(*v));

	if (v == NULL)
		return -1;
	s->name = v;
	v[s->n] = strdup(name);
	if (v[s->n] == NULL)
		return -1;
	s->n++;
	return 0;
}

/* 0 or -1. */
static int
find_strays(struct fleet *f)
{
	char path[PATH_MAX];
	struct dirent *e;
	int rc = 0;
	DIR *d;

	state_path(f->state, LEDGER_DIR, path);
	d = opendir(path);
	if (d == NULL)
		return 0;
	while (rc == 0 && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.' && !is_configured(f->cf, e->d_name))
			rc = add_stray(&f->strays, e->d_name);
	(void)closedir(d);
	if (f->strays.n > 1)
		qsort(f->strays.name, f->strays.n, sizeof(char *), by_name);
	return rc;
}

/* The worst first; of those, what is not current; then by name, kdc9 before kdc10
 * (libprofile does not keep the order of the configuration); then the strays. */
static int
worst_first(const void *a, const void *b)
{
	const struct replica *x = a, *y = b;
	int wx = level_weight(notes_level(&x->notes)),
	    wy = level_weight(notes_level(&y->notes));

	if (x->configured != y->configured)
		return x->configured ? -1 : 1;
	if (wx != wy)
		return wy - wx;
	if (x->configured && x->equal != y->equal)
		return x->equal ? 1 : -1;
	return strverscmp(x->name, y->name);
}

static void
read_replicas(struct fleet *f)
{
	for (size_t i = 0; i < f->n; i++) {
		struct replica *r = &f->replica[i];

		r->configured = i < f->cf->n_replicas;
		r->name = r->configured ? f->cf->replicas[i].name
					: f->strays.name[i - f->cf->n_replicas];
		replica_read(r, f->state);
	}
}

static void
judge_replicas(struct fleet *f)
{
	struct basis b = { f->state, f->cf->path, f->realm,
		f->sealed ? &f->seal.m : NULL, f->now, f->cf->interval,
		f->cf->max_age };

	if (f->sealed)
		b.interval = (int64_t)f->seal.m.interval;
	for (size_t i = 0; i < f->n; i++)
		replica_judge(&f->replica[i], &b);
	qsort(f->replica, f->n, sizeof(*f->replica), worst_first);
}

int
fleet_read(struct fleet *f, const struct config *cf, const struct state *s,
    const char *realm)
{
	memset(f, 0, sizeof(*f));
	f->cf = cf;
	f->state = s;
	f->realm = realm;
	if (find_strays(f) == -1)
		goto fail;
	f->n = cf->n_replicas + f->strays.n;
	f->replica = calloc(f->n + 1, sizeof(*f->replica));
	if (f->replica == NULL)
		goto fail;
	/* `current` after them: a verdict that a run brings while we look is
	 * then not ahead of it. */
	read_replicas(f);
	f->now = time(NULL);
	read_primary(f);
	judge_replicas(f);
	return 0;
fail:
	say("no memory for %zu replicas", cf->n_replicas + f->strays.n);
	return -1;
}

void
fleet_release(struct fleet *f)
{
	for (size_t i = 0; i < f->strays.n; i++)
		free(f->strays.name[i]);
	free(f->strays.name);
	free(f->replica);
	seal_release(&f->seal);
	memset(f, 0, sizeof(*f));
}

enum level
fleet_level(const struct fleet *f)
{
	enum level worst = notes_level(&f->notes), l;

	for (size_t i = 0; i < f->n; i++) {
		l = notes_level(&f->replica[i].notes);
		if (level_weight(l) > level_weight(worst))
			worst = l;
	}
	return worst;
}

size_t
fleet_count(const struct fleet *f, enum level l)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		n += f->replica[i].configured &&
		    notes_level(&f->replica[i].notes) == l;
	return n;
}

size_t
fleet_count_current(const struct fleet *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++) {
		const struct replica *r = &f->replica[i];

		n += r->configured && r->equal && r->behind == 0;
	}
	return n;
}

size_t
fleet_configured(const struct fleet *f)
{
	return f->cf->n_replicas;
}
