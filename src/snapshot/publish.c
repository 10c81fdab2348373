#include "publish.h"

#include "pack.h"
#include "ship.h"

#include "../sys/newfile.h"
#include "../sys/say.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static const struct config_replica *
find(const struct config *cf, const char *name)
{
	for (size_t i = 0; i < cf->n_replicas; i++)
		if (strcmp(cf->replicas[i].name, name) == 0)
			return &cf->replicas[i];
	return NULL;
}

static bool
wanted(const struct publish *o, const char *name)
{
	for (size_t i = 0; i < o->n_to; i++)
		if (strcmp(o->to[i], name) == 0)
			return true;
	return o->n_to == 0;
}

int
publish_check(const struct config *cf, const struct publish *o)
{
	for (size_t i = 0; i < o->n_to; i++)
		if (find(cf, o->to[i]) == NULL) {
			say("%s: no replica of that name in %s", o->to[i],
			    cf->path);
			return -1;
		}
	return 0;
}

void
publish_soon(const struct config *cf, struct state *s, struct publish *o)
{
	struct ship x = { .full = o->full, .cron = o->cron, .quiet = o->quiet };

	if (o->no_ship || o->fleet != NULL)
		return;
	if (o->at == NULL)
		o->at = calloc(
		    cf->n_replicas + 1, sizeof(const struct config_replica *));
	if (o->at == NULL) {
		say("no memory for %zu replicas", cf->n_replicas);
		return;
	}
	for (size_t i = 0; i < cf->n_replicas; i++)
		if (wanted(o, cf->replicas[i].name))
			o->at[x.n++] = &cf->replicas[i];
	x.to = o->at;
	o->fleet = ship_begin(cf, s, &x);
}

static int
ship_all(const struct config *cf, struct state *s, struct publish *o,
    const struct seal *now)
{
	struct ship_count done;

	publish_soon(cf, s, o);
	if (o->fleet == NULL)
		return EX_OSERR;
	ship_go(o->fleet, now, &done);
	if (done.superseded)
		return EX_DATAERR;
	if (done.asked > 0 && done.reached == 0) {
		if (!o->cron)
			say("no replica could be reached");
		return EX_UNAVAILABLE;
	}
	return done.sealed == done.asked ? EX_OK : 1;
}

static int
write_bundle(const struct state *s, const struct seal *now, const char *path)
{
	struct newfile n = NEWFILE_NONE;
	struct pack k = PACK_NONE;
	int out = STDOUT_FILENO, rc = -1;
	bool file = strcmp(path, "-") != 0;

	if (!file && isatty(out)) {
		say("a bundle holds every key of the realm and is not for a "
		    "terminal; name a file");
		return -1;
	}
	if (file && newfile_begin(&n, path) == -1)
		return -1;
	if (pack_choose(s, now, NULL, false, &k) == 0) {
		k.grant = true;
		rc = pack_write(&k, s, now, file ? n.fd : out);
	}
	if (rc == 0 && file)
		rc = newfile_commit(&n);
	newfile_abandon(&n);
	pack_release(&k);
	return rc;
}

void
publish_end(struct publish *o)
{
	ship_end(o->fleet);
	o->fleet = NULL;
	free(o->at);
	o->at = NULL;
}

int
publish(const struct config *cf, struct state *s, struct publish *o,
    enum take_answer took, const struct seal *now)
{
	int rc = EX_OK;

	if (took == TAKE_FAILED)
		return EX_IOERR;
	if (took == TAKE_BUSY)
		return EX_TEMPFAIL;
	if (took == TAKE_SUPERSEDED)
		return EX_DATAERR;
	/* Held before there was ever a generation: nothing to send. */
	if (now->m.epoch == 0)
		return EX_DATAERR;
	if (o->output != NULL && write_bundle(s, now, o->output) == -1)
		return EX_CANTCREAT;
	if (!o->no_ship)
		rc = ship_all(cf, s, o, now);
	return took == TAKE_HELD ? EX_DATAERR : rc;
}
