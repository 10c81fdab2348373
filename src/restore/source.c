#include "source.h"

#include "../format/when.h"
#include "../sys/file.h"
#include "../sys/say.h"
#include "../store/archive/reading.h"
#include "../store/past/stock.h"
#include "../store/show.h"
#include "../store/sign.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

/*
 * An archive.
 */
static void
not_in_it(const struct source *s, const struct reading *x)
{
	char newest[SHOW_ID], oldest[SHOW_ID], taken[WHEN_TEXT] = "";

	show_id(&x->newest, newest);
	show_id(&x->oldest, oldest);
	(void)when_encode(x->oldest.taken, taken);
	if (s->generation != NULL)
		say("%s: generation %s is not in it; it has %zu, %s to %s",
		    s->archive, s->generation, x->generations, oldest, newest);
	else
		say("%s: no generation in it is as old as %s; the oldest is "
		    "%s, taken %s",
		    s->archive, s->at, oldest, taken);
}

static int
take_archived(struct source *s, struct reading *x)
{
	if (x->dump == -1) {
		not_in_it(s, x);
		return EX_DATAERR;
	}
	s->seal = x->seal;
	s->dump = x->dump;
	s->archived_stash = x->stash;
	s->stash_age = x->stash_age;
	x->seal = (struct seal)SEAL_NONE;
	x->dump = -1;
	x->stash_age = (struct bytes)BYTES_NONE;
	return EX_OK;
}

static int
open_archive(struct source *s, int64_t at)
{
	bool any =
	    s->generation == NULL || strcmp(s->generation, "current") == 0;
	struct reading x = { .cf = s->cf,
		.realm = s->realm,
		.scratch = s->state->dir,
		.keep = true,
		.name = any ? NULL : s->generation,
		.at = at };
	bool in = strcmp(s->archive, "-") == 0;
	int fd = in ? STDIN_FILENO : file_open(s->archive), rc;

	if (fd == -1) {
		if (errno == ENOENT)
			say("%s: no such file", s->archive);
		return EX_NOINPUT;
	}
	rc = reading_run(&x, fd, in ? "stdin" : s->archive);
	if (!in)
		(void)close(fd);
	if (rc == EX_OK)
		rc = take_archived(s, &x);
	reading_release(&x);
	return rc;
}

/*
 * This host.
 */
static int
check_seal(const struct source *s)
{
	char why[SIGN_WHY], id[SHOW_ID];

	show_id(&s->seal.m, id);
	switch (
	    sign_check_seal(s->cf, s->realm, &s->seal, SIGN_STANDING, why)) {
	case SIGN_GOOD:
		return EX_OK;
	case SIGN_FAILED:
		return EX_CONFIG;
	default:
		say("generation %s: %s; take another, or one of an archive", id,
		    why);
		return EX_DATAERR;
	}
}

static int
open_kept(struct source *s)
{
	struct stock k = STOCK_NONE;
	const struct manifest *m = NULL;
	int rc = EX_DATAERR;

	if (stock_read(s->state, s->realm, &k) == 0)
		m = s->at != NULL
		    ? stock_at(&k, s->at)
		    : stock_named(&k,
			  s->generation == NULL ? "current" : s->generation);
	if (m != NULL && stock_seal(&k, m, &s->seal) == 0)
		rc = check_seal(s);
	if (rc == EX_OK) {
		s->dump = stock_open(&k, m);
		rc = s->dump == -1 ? EX_IOERR : EX_OK;
	}
	stock_release(&k);
	return rc;
}

int
source_open(struct source *s)
{
	int64_t at = 0;

	if (s->at != NULL && !stock_is_time(s->at, &at)) {
		say("%s: not a time; write it in UTC, like "
		    "2026-11-22T07:35:00Z or 2026-11-22",
		    s->at);
		return EX_USAGE;
	}
	if (s->generation != NULL && !stock_is_name(s->generation)) {
		say("%s: not a generation; write it like 1.42, or current",
		    s->generation);
		return EX_USAGE;
	}
	return s->archive != NULL ? open_archive(s, at) : open_kept(s);
}

void
source_release(struct source *s)
{
	seal_release(&s->seal);
	bytes_release(&s->stash_age);
	if (s->dump != -1)
		(void)close(s->dump);
	s->dump = -1;
}

void
source_words(const struct source *s, char words[SOURCE_WORDS])
{
	char id[SHOW_ID], taken[WHEN_TEXT] = "";

	show_id(&s->seal.m, id);
	(void)when_encode(s->seal.m.taken, taken);
	(void)snprintf(words, SOURCE_WORDS,
	    "generation %s, taken %s, from %.300s", id, taken,
	    s->archive == NULL		       ? s->state->dir
		: strcmp(s->archive, "-") == 0 ? "stdin"
					       : s->archive);
}
