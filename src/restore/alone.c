#include "alone.h"

#include "../format/when.h"
#include "../sys/file.h"
#include "../sys/say.h"
#include "../store/past/history.h"
#include "../store/show.h"

#include <inttypes.h>
#include <sysexits.h>
#include <unistd.h>

/* Why it cannot be given back was said.  A full disk is mended, a lost generation
 * is not. */
static int
give_up(const struct alone *a, const struct manifest *m)
{
	char id[SHOW_ID];

	if (a->d->force)
		return EX_OK;
	show_id(m, id);
	say("generation %s is needed to list what this host alone has; mend "
	    "that, or --force: then it is listed from the next one that can "
	    "be had, or not at all; nothing was changed",
	    id);
	return EX_IOERR;
}

/* m, or else, if need be, the next newer one that can be given back. */
static int
open_from(struct alone *a, const struct history *h, const struct manifest *m)
{
	for (;; m--) {
		a->from_dump = history_open(a->d->state, m);
		a->comparable = a->from_dump != -1;
		if (!a->comparable && give_up(a, m) != EX_OK)
			return EX_IOERR;
		if (a->comparable || m == h->m)
			break;
		a->basis = ORIGIN_NEAR;
	}
	a->from = *m;
	return EX_OK;
}

/* Where the database cannot be read. */
static int
open_newest(struct alone *a, const struct manifest *m)
{
	a->newest = *m;
	a->newest_dump = history_open(a->d->state, m);
	a->has_newest = a->newest_dump != -1;
	return a->has_newest ? EX_OK : give_up(a, m);
}

static int
open_generations(struct alone *a)
{
	struct history h = { NULL, 0 };
	const struct manifest *m;
	int rc = history_read(a->d->state, &h) == 0 ? EX_OK : EX_IOERR;

	if (rc == EX_OK && !a->whole && h.n > 0)
		rc = open_newest(a, &h.m[0]);
	if (rc == EX_OK) {
		m = origin_find(a->d->state, a->by, &h, &a->basis);
		if (m != NULL)
			rc = open_from(a, &h, m);
	}
	history_release(&h);
	return rc;
}

static int
open_database(struct alone *a)
{
	const struct demote *d = a->d;
	int n = files_exist(d->place->db), rc;

	live_copy_sweep(d->place, "demote");
	if (n == -1)
		return EX_IOERR;
	if (n < PLACE_DATA) {
		(void)snprintf(a->why, sizeof(a->why), "%s",
		    n == 0 ? "is not there" : "lacks one of its files");
		return EX_OK;
	}
	rc = live_copy_take(
	    d->cf, d->place, "demote", EXAMINE_LIBKDB5, &a->copy);
	if (rc != 0)
		return rc == LOCK_BUSY ? EX_TEMPFAIL : EX_IOERR;
	a->whole = a->copy.e.flaw == EXAMINE_NONE;
	if (!a->whole)
		(void)snprintf(
		    a->why, sizeof(a->why), "is damaged: %s", a->copy.e.why);
	return EX_OK;
}

int
alone_find(struct alone *a)
{
	int rc = open_database(a);

	return rc == EX_OK ? open_generations(a) : rc;
}

void
alone_release(struct alone *a)
{
	live_copy_drop(&a->copy);
	if (a->from_dump != -1)
		(void)close(a->from_dump);
	if (a->newest_dump != -1)
		(void)close(a->newest_dump);
	a->from_dump = a->newest_dump = -1;
}

/*
 * What a person reads.
 */
static void
write_heading(const struct alone *a, FILE *f)
{
	char from[SHOW_ID], newest[SHOW_ID], then[WHEN_TEXT] = "";
	uint64_t epoch = successor_epoch(a->by);

	show_id(&a->from, from);
	show_id(&a->newest, newest);
	(void)when_encode(a->from.taken, then);
	if (!a->whole)
		fprintf(f, "the database here %s%s%s\n", a->why,
		    a->has_newest ? "; what is listed is of its newest "
				    "generation, "
				  : "",
		    a->has_newest ? newest : "");
	if (!a->comparable)
		fprintf(f, "there is no generation here to compare with\n");
	else if (a->basis == ORIGIN_BASE)
		fprintf(f,
		    "what this host alone has: changed since generation %s, "
		    "taken %s, which epoch %" PRIu64 " starts from:\n",
		    from, then, epoch);
	else
		fprintf(f,
		    "what the primary of epoch %" PRIu64
		    " started from is not kept here; changed since generation "
		    "%s, taken %s, %s:\n",
		    epoch, from, then,
		    a->basis == ORIGIN_HAD
			? "which every replica had, or a later one"
			: "the nearest that can be had (older changes may "
			  "have reached no other host, either)");
}

static void
write_end(const struct alone *a, FILE *f)
{
	char words[DIFFERENCE_WORDS];

	difference_words(&a->found, words);
	if (difference_total(&a->found) == 0)
		fprintf(f, "nothing: no record differs\n");
	else
		fprintf(f,
		    "%s; what is still wanted of it is done again by hand, "
		    "with kadmin on the new primary\n",
		    words);
}

int
alone_write(struct alone *a, FILE *f)
{
	struct span from = { NULL, 0 }, to = { NULL, 0 };
	int dump = a->whole ? a->copy.dump : a->newest_dump;
	int rc = EX_IOERR;

	write_heading(a, f);
	if (!a->comparable || dump == -1)
		return EX_OK;
	if (file_map(a->from_dump, "dump", &from) == 0 &&
	    file_map(dump, "dump", &to) == 0 &&
	    difference_print(f, from, to, false, &a->found) == 0) {
		write_end(a, f);
		rc = EX_OK;
	}
	file_unmap(&from);
	file_unmap(&to);
	return rc;
}
