#include "trail.h"

#include "back.h"

#include "../../sys/file.h"
#include "../../sys/newfile.h"
#include "../../sys/say.h"
#include "../../sys/stop.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
trail_dir(const struct trail *t, size_t i, char dir[PATH_MAX])
{
	generation_dir(t->s, t->v[i].id.epoch, t->v[i].id.n, dir);
}

void
trail_path(const struct trail *t, size_t i, const struct trail_file *f,
    char path[PATH_MAX])
{
	char dir[PATH_MAX], name[BACK_NAME_MAX] = "dump";

	if (f->kind == TRAIL_WHOLE)
		(void)snprintf(name, sizeof(name), "dump.zst");
	else if (f->kind == TRAIL_BACK)
		back_name(&f->base, name);
	trail_dir(t, i, dir);
	generation_file(dir, name, path);
}

/*
 * What there is.
 */
static void
add_file(struct trail_stop *x, const char *name)
{
	struct trail_file f = { .kind = TRAIL_DUMP };

	if (strcmp(name, "dump.zst") == 0)
		f.kind = TRAIL_WHOLE;
	else if (back_decode(name, &f.base))
		f.kind = TRAIL_BACK;
	else if (strcmp(name, "dump") != 0)
		return;
	if (x->n_file < TRAIL_FILES)
		x->file[x->n_file++] = f;
}

static void
read_stop(struct trail *t, size_t i)
{
	struct trail_stop *x = &t->v[i];
	char dir[PATH_MAX];
	struct dirent *e;
	DIR *d;

	trail_dir(t, i, dir);
	x->known = generation_manifest(dir, &x->m) == 0 &&
	    x->m.epoch == x->id.epoch && x->m.generation == x->id.n;
	d = opendir(dir);
	while (d != NULL && (e = readdir(d)) != NULL)
		add_file(x, e->d_name);
	if (d != NULL)
		(void)closedir(d);
}

/* Can this file be used?  Its base is the nearest that will do. */
static bool
leads(const struct trail *t, size_t i, const struct trail_file *f, size_t *from)
{
	if (f->bad || f->kind != TRAIL_BACK)
		return !f->bad;
	for (*from = i; (*from)-- > 0;) {
		const struct trail_stop *x = &t->v[*from];

		if (x->way != NULL && digest_equal(&x->m.dump.digest, &f->base))
			return true;
	}
	return false;
}

/* The way to each, a whole dump first. */
static void
find_ways(struct trail *t)
{
	for (size_t i = 0; i < t->n; i++) {
		struct trail_stop *x = &t->v[i];
		size_t from = 0;

		x->way = NULL;
		for (size_t j = 0; j < x->n_file && x->known; j++) {
			const struct trail_file *f = &x->file[j];

			if ((x->way != NULL && x->way->kind <= f->kind) ||
			    !leads(t, i, f, &from))
				continue;
			x->way = f;
			x->from = from;
		}
	}
}

/* A generation newer than `current` is in the making, or was given up. */
static size_t
skip_newer(const struct state *s, const struct generations *l)
{
	struct seal now = SEAL_NONE;
	struct generation_id id;
	char path[PATH_MAX];
	size_t i = 0;

	state_path(s, STATE_CURRENT, path);
	if (seal_read(path, &now) == 1) {
		id = (struct generation_id){ now.m.epoch, now.m.generation };
		while (i < l->n && generation_newest_first(&l->v[i], &id) < 0)
			i++;
	}
	seal_release(&now);
	return i;
}

int
trail_read(const struct state *s, struct trail *t)
{
	struct generations l = generation_list(s);
	size_t newer = skip_newer(s, &l);

	*t = (struct trail){ .s = s, .held = { { 0, -1 }, { 0, -1 } } };
	t->v = calloc(l.n + 1, sizeof(*t->v));
	if (t->v == NULL) {
		say("%s: no memory for %zu generations", s->dir, l.n);
		generation_list_release(&l);
		return -1;
	}
	for (; newer + t->n < l.n; t->n++) {
		t->v[t->n].id = l.v[newer + t->n];
		read_stop(t, t->n);
	}
	generation_list_release(&l);
	find_ways(t);
	return 0;
}

void
trail_release(struct trail *t)
{
	for (int k = 0; k < 2; k++)
		if (t->held[k].fd != -1)
			(void)close(t->held[k].fd);
	free(t->v);
	*t = (struct trail){ .held = { { 0, -1 }, { 0, -1 } } };
}

void
trail_set(struct trail *t, size_t i, const struct trail_file *f, size_t from)
{
	struct trail_stop *x = &t->v[i];

	x->file[0] = *f;
	x->n_file = 1;
	x->way = &x->file[0];
	x->from = from;
}

/*
 * The dumps at hand.
 */
static int
held(struct trail *t, size_t i)
{
	struct trail_held second = t->held[1];

	if (t->held[0].fd != -1 && t->held[0].i == i)
		return t->held[0].fd;
	if (second.fd == -1 || second.i != i)
		return -1;
	t->held[1] = t->held[0];
	t->held[0] = second;
	return second.fd;
}

static void
hold(struct trail *t, size_t i, int fd)
{
	if (t->held[1].fd != -1)
		(void)close(t->held[1].fd);
	t->held[1] = t->held[0];
	t->held[0] = (struct trail_held){ i, fd };
}

/*
 * Opening.
 */
/* What in gives, by the base where it needs one: a descriptor, or -1.  in is
 * closed, unless it is that. */
static int
give(const struct trail *t, size_t i, int in, int base)
{
	const struct trail_stop *x = &t->v[i];
	int out = in, rc, e;

	if (x->way->kind == TRAIL_DUMP) {
		rc = back_check(in, &x->m);
	} else {
		out = newfile_scratch(t->s->dir);
		rc =
		    out == -1 ? -1 : back_take(in, base, &x->m, t->s->dir, out);
	}
	e = errno;
	if (in != out)
		(void)close(in);
	if (rc == -1 && out != -1)
		(void)close(out);
	errno = e;
	return rc == -1 ? -1 : out;
}

/* The dump of stop i, by its way; base is that of x->from, or -1.  -1: the way
 * may be marked bad; if not, the machine fails. */
static int
step(struct trail *t, size_t i, int base)
{
	struct trail_stop *x = &t->v[i];
	struct trail_file *f = &x->file[x->way - x->file];
	struct bytes unheard = BYTES_NONE, *was;
	char path[PATH_MAX], said[200];
	int fd, e;

	trail_path(t, i, f, path);
	fd = file_open(path);
	if (fd == -1 && errno == ENOENT) {
		/* Whoever moves it to another base has removed this one. */
		f->bad = t->found_bad = t->moved = true;
		return -1;
	}
	if (fd == -1)
		return -1;
	was = say_capture(&unheard);
	fd = give(t, i, fd, base);
	e = errno;
	(void)say_capture(was);
	bytes_release(&unheard);
	if (fd != -1)
		return fd;
	say_last(said, sizeof(said));
	if (e == 0)
		f->bad = t->found_bad = true;
	if (e == 0)
		say("%s: damaged: %s; look at the disk", path, said);
	else
		say("%s: cannot be read: %s", path, said);
	return -1;
}

/* From what is at hand, or kept whole, to stop i.  -1: with a file found bad, or
 * not. */
static int
walk(struct trail *t, size_t i)
{
	size_t at = i;
	int fd = held(t, at), last;
	bool own;

	while (fd == -1 && t->v[at].way->kind == TRAIL_BACK) {
		t->v[t->v[at].from].next = at;
		at = t->v[at].from;
		fd = held(t, at);
	}
	own = fd == -1;
	if (own)
		fd = step(t, at, -1);
	while (fd != -1 && at != i) {
		last = fd;
		at = t->v[at].next;
		fd = stop_asked() ? -1 : step(t, at, last);
		if (own)
			(void)close(last);
		own = true;
	}
	if (fd != -1 && own)
		hold(t, i, fd);
	return fd;
}

int
trail_open(struct trail *t, size_t i)
{
	int fd = -1;

	while (fd == -1 && t->v[i].way != NULL) {
		t->found_bad = false;
		fd = walk(t, i);
		if (fd == -1 && !t->found_bad)
			return -1;
		if (t->found_bad)
			find_ways(t);
	}
	return fd;
}

/* One between, or the base itself, of which nothing more is known. */
static void
say_gone(const struct trail *t, size_t i, const struct trail_file *f)
{
	char path[PATH_MAX], dir[PATH_MAX];

	trail_path(t, i, f, path);
	for (size_t k = i; k-- > 0;) {
		if (t->v[k].known)
			continue;
		trail_dir(t, k, dir);
		say("%s: it needs a dump that no generation here has; that may "
		    "be the one of %s/manifest, which is damaged or not there",
		    path, dir);
		return;
	}
	say("%s: it needs a dump that no generation here has: one was removed, "
	    "or its manifest is damaged",
	    path);
}

void
trail_lost(const struct trail *t, size_t i)
{
	const struct trail_file *f = NULL;
	const struct trail_stop *x;
	char dir[PATH_MAX];
	size_t k;

	for (;;) {
		x = &t->v[i];
		trail_dir(t, i, dir);
		for (k = 0; k < x->n_file && x->file[k].bad; k++)
			;
		if (x->way != NULL ||
		    (x->known && x->n_file > 0 && k == x->n_file))
			return;
		if (!x->known || x->n_file == 0)
			break;
		f = &x->file[k];
		for (k = i; k-- > 0;)
			if (t->v[k].known &&
			    digest_equal(&t->v[k].m.dump.digest, &f->base))
				break;
		if (k == SIZE_MAX) {
			say_gone(t, i, f);
			return;
		}
		i = k;
	}
	if (!x->known)
		say("%s/manifest: damaged or not there", dir);
	else
		say("%s: neither dump nor back.* of it is there", dir);
}
