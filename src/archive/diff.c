#include "diff.h"

#include "../format/when.h"
#include "../sys/file.h"
#include "../sys/say.h"
#include "../store/archive/reading.h"
#include "../store/difference.h"
#include "../store/live/live_copy.h"
#include "../store/show.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define LOCK_WAIT_MS (30 * 1000)

struct side {
	struct manifest m; /* of a live database: taken, principals, policies */
	bool live;
	int dump;
	struct span map;
};

struct job {
	const struct diff *d;
	struct side from, to;
	struct difference found;
};

/*
 * What is compared.
 */
static int
open_archive(const struct diff *d, const char *path, struct side *s)
{
	struct reading x = { .cf = d->cf,
		.realm = d->realm,
		.scratch = d->state->dir,
		.keep = true };
	int fd = file_open(path), rc;

	if (fd == -1) {
		if (errno == ENOENT)
			say("%s: no generation (1.42, current), no time "
			    "(2026-11-22T07:35:00Z), and no such file",
			    path);
		return EX_DATAERR;
	}
	rc = reading_run(&x, fd, path);
	(void)close(fd);
	s->m = x.newest;
	s->dump = x.dump;
	x.dump = -1;
	reading_release(&x);
	return rc;
}

static int
open_generation(const struct diff *d, const char *name, struct side *s)
{
	struct stock k = STOCK_NONE;
	const struct manifest *m = NULL;
	int rc = EX_DATAERR;

	if (stock_read(d->state, d->realm, &k) == 0)
		m = stock_is_name(name) ? stock_named(&k, name)
					: stock_at(&k, name);
	if (m != NULL) {
		s->m = *m;
		s->dump = stock_open(&k, m);
		rc = s->dump == -1 ? EX_IOERR : EX_OK;
	}
	stock_release(&k);
	return rc;
}

/* Under the lock of its copy. */
static int
copy_live(const struct diff *d, struct side *s)
{
	struct live_copy c = LIVE_COPY_NONE;
	int rc;

	live_copy_sweep(d->place, LIVE_COPY_DIFF);
	rc = live_copy_take(d->cf, d->place, LIVE_COPY_DIFF, EXAMINE_BEST, &c);
	if (rc != 0)
		return rc == LOCK_BUSY ? EX_TEMPFAIL : EX_IOERR;
	rc = EX_DATAERR;
	if (c.e.flaw != EXAMINE_NONE) {
		say("%s: damaged: %s; kdc-verify says what to do", d->place->db,
		    c.e.why);
	} else {
		s->live = true;
		s->m.taken = c.stamp.read / 1000000000;
		s->m.dump = c.e.facts;
		s->dump = c.dump;
		c.dump = -1;
		rc = EX_OK;
	}
	live_copy_drop(&c);
	return rc;
}

static int
open_live(const struct diff *d, struct side *s)
{
	int lock = -1, rc;

	if (files_exist(d->place->db) < PLACE_DATA) {
		say("%s: there is no whole database here", d->place->db);
		return EX_NOINPUT;
	}
	rc = state_lock(d->state, LIVE_COPY_DIFF, LOCK_WAIT_MS, &lock);
	if (rc != 0)
		return rc == LOCK_BUSY ? EX_TEMPFAIL : EX_CANTCREAT;
	rc = copy_live(d, s);
	(void)close(lock);
	return rc;
}

static int
open_side(const struct diff *d, const char *what, struct side *s)
{
	int64_t t;
	int rc;

	*s = (struct side){ .dump = -1 };
	if (strcmp(what, "live") == 0)
		rc = open_live(d, s);
	else if (stock_is_name(what) || stock_is_time(what, &t))
		rc = open_generation(d, what, s);
	else
		rc = open_archive(d, what, s);
	if (rc == EX_OK && file_map(s->dump, what, &s->map) == -1)
		rc = EX_IOERR;
	return rc;
}

static void
close_side(struct side *s)
{
	file_unmap(&s->map);
	if (s->dump != -1)
		(void)close(s->dump);
}

/*
 * What is printed.
 */
static void
text_side(const char *word, const struct side *s)
{
	char id[SHOW_ID] = "what is live", taken[WHEN_TEXT] = "";

	if (!s->live)
		show_id(&s->m, id);
	(void)when_encode(s->m.taken, taken);
	printf("%s %s, %s%s", word, id, s->live ? "" : "taken ", taken);
}

static void
text_begin(const struct job *j)
{
	text_side("from", &j->from);
	text_side(", to", &j->to);
	printf(":\n");
}

static void
text_end(const struct job *j)
{
	char words[DIFFERENCE_WORDS];

	if (difference_total(&j->found) == 0) {
		printf("the same: %" PRIu64 " principals, %" PRIu64
		       " policies\n",
		    j->to.m.dump.principals, j->to.m.dump.policies);
		return;
	}
	difference_words(&j->found, words);
	printf("%s\n", words);
}

/* A live database has no number, and nobody confirmed it. */
static void
json_side(const char *name, const struct side *s)
{
	char taken[WHEN_TEXT] = "";

	printf(",\"%s\":{", name);
	(void)when_encode(s->m.taken, taken);
	if (s->live)
		printf("\"live\":true,\"taken\":\"%s\",\"principals\":%" PRIu64
		       ",\"policies\":%" PRIu64,
		    taken, s->m.dump.principals, s->m.dump.policies);
	else
		show_json_manifest(stdout, &s->m);
	printf("}");
}

static void
json_begin(const struct job *j)
{
	const char *realm = j->d->realm;

	printf("{\"schema\":1,\"realm\":");
	show_json_text(stdout, (struct span){ realm, strlen(realm) });
	json_side("from", &j->from);
	json_side("to", &j->to);
	printf(",\"changes\":[");
}

static void
json_end(const struct job *j)
{
	const struct difference *n = &j->found;

	printf("],\"added\":%" PRIu64 ",\"removed\":%" PRIu64
	       ",\"rekeyed\":%" PRIu64 ",\"changed\":%" PRIu64 "}\n",
	    n->added, n->removed, n->rekeyed, n->changed);
}

static int
print(struct job *j)
{
	if (j->d->json)
		json_begin(j);
	else
		text_begin(j);
	if (difference_print(
		stdout, j->from.map, j->to.map, j->d->json, &j->found) == -1)
		return EX_IOERR;
	if (j->d->json)
		json_end(j);
	else
		text_end(j);
	if (show_end() == -1)
		return EX_IOERR;
	return difference_total(&j->found) > 0;
}

int
diff_run(const struct diff *d)
{
	struct job j = { .d = d, .from = { .dump = -1 }, .to = { .dump = -1 } };
	int rc = open_side(d, d->from, &j.from);

	if (rc == EX_OK)
		rc = open_side(d, d->to, &j.to);
	if (rc == EX_OK)
		rc = print(&j);
	close_side(&j.from);
	close_side(&j.to);
	return rc;
}
