#include "diff.h"

#include "../format/when.h"
#include "../sys/file.h"
#include "../sys/say.h"
#include "../store/archive/reading.h"
#include "../store/difference.h"
#include "../store/show.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

struct side {
	struct manifest m;
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

static int
open_side(const struct diff *d, const char *what, struct side *s)
{
	int64_t t;
	int rc;

	*s = (struct side){ .dump = -1 };
	if (stock_is_name(what) || stock_is_time(what, &t))
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
text_begin(const struct job *j)
{
	char from[SHOW_ID], to[SHOW_ID];
	char then[WHEN_TEXT] = "", now[WHEN_TEXT] = "";

	show_id(&j->from.m, from);
	show_id(&j->to.m, to);
	(void)when_encode(j->from.m.taken, then);
	(void)when_encode(j->to.m.taken, now);
	printf("from %s, taken %s, to %s, taken %s:\n", from, then, to, now);
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

static void
json_begin(const struct job *j)
{
	const char *realm = j->d->realm;

	printf("{\"schema\":1,\"realm\":");
	show_json_text(stdout, (struct span){ realm, strlen(realm) });
	printf(",\"from\":{");
	show_json_manifest(stdout, &j->from.m);
	printf("},\"to\":{");
	show_json_manifest(stdout, &j->to.m);
	printf("},\"changes\":[");
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
	if (difference_print(j->from.map, j->to.map, j->d->json, &j->found) ==
	    -1)
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
