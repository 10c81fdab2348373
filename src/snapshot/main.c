/* kdc-snapshot: takes a generation of the primary's database and ships it to
 * every replica.  See kdc-snapshot(8). */

#include "ahead.h"
#include "cron.h"
#include "publish.h"

#include "../sys/proc.h"
#include "../sys/say.h"
#include "../sys/stop.h"
#include "../store/epoch.h"
#include "../store/past/expiry.h"
#include "../store/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

struct options {
	struct program program;
	struct publish publish;
	bool allow_shrink;
	const char *print_grant; /* for this public key, or NULL */
	bool new_epoch;
};

static void
usage(FILE *f)
{
	fprintf(f,
	    "usage: kdc-snapshot [-c FILE] [-r REALM] [-t NAME]... [--full] "
	    "[--no-ship]\n"
	    "                    [-o FILE] [--allow-shrink] [--cron] [-q] "
	    "[-d]\n"
	    "       kdc-snapshot [-c FILE] [-r REALM] --print-grant FILE "
	    "[--new-epoch]\n"
	    "       kdc-snapshot [-c FILE] --check-config\n"
	    "  -t, --to NAME        ship to this replica only; repeatable\n"
	    "      --full           send the whole dump, not a delta\n"
	    "      --no-ship        take a generation, send it to nobody\n"
	    "  -o, --output FILE    write a full bundle; - is stdout\n"
	    "      --allow-shrink   publish even if many principals are gone\n"
	    "      --cron           speak only of what has changed "
	    "since the last run\n"
	    "      --print-grant FILE  print the grant of that public key, to "
	    "be signed\n"
	    "      --new-epoch      ... in the next epoch, not this "
	    "one\n" PROGRAM_USAGE);
}

enum {
	OPT_FULL = 256,
	OPT_NO_SHIP,
	OPT_SHRINK,
	OPT_CRON,
	OPT_PRINT,
	OPT_EPOCH
};

/* PROGRAM_GO, or the exit status. */
static int
take_option(struct options *o, int c, const char *arg)
{
	switch (c) {
	case 't':
		o->publish.to[o->publish.n_to++] = arg;
		return PROGRAM_GO;
	case 'o':
		o->publish.output = arg;
		return PROGRAM_GO;
	case OPT_FULL:
		o->publish.full = true;
		return PROGRAM_GO;
	case OPT_NO_SHIP:
		o->publish.no_ship = true;
		return PROGRAM_GO;
	case OPT_SHRINK:
		o->allow_shrink = true;
		return PROGRAM_GO;
	case OPT_CRON:
		o->publish.cron = true;
		o->program.quiet = true;
		return PROGRAM_GO;
	case OPT_PRINT:
		o->print_grant = arg;
		return PROGRAM_GO;
	case OPT_EPOCH:
		o->new_epoch = true;
		return PROGRAM_GO;
	default:
		return program_option(&o->program, c, arg);
	}
}

static int
parse(int argc, char *argv[], struct options *o)
{
	static const struct option longs[] = {
		{ "to", required_argument, NULL, 't' },
		{ "output", required_argument, NULL, 'o' },
		{ "full", no_argument, NULL, OPT_FULL },
		{ "no-ship", no_argument, NULL, OPT_NO_SHIP },
		{ "allow-shrink", no_argument, NULL, OPT_SHRINK },
		{ "cron", no_argument, NULL, OPT_CRON },
		{ "print-grant", required_argument, NULL, OPT_PRINT },
		{ "new-epoch", no_argument, NULL, OPT_EPOCH },
		PROGRAM_OPTIONS,
	};
	int c, rc = PROGRAM_GO;

	while (rc == PROGRAM_GO &&
	    (c = getopt_long(
		 argc, argv, "t:o:" PROGRAM_LETTERS, longs, NULL)) != -1)
		rc = take_option(o, c, optarg);
	if (rc == PROGRAM_GO && optind < argc) {
		say("%s: what is that? it takes options only", argv[optind]);
		usage(stderr);
		rc = EX_USAGE;
	}
	if (rc == PROGRAM_GO && o->new_epoch && o->print_grant == NULL) {
		say("--new-epoch: belongs to --print-grant");
		usage(stderr);
		rc = EX_USAGE;
	}
	return rc;
}

/* What publish_soon needs. */
struct coming {
	const struct config *cf;
	struct state *s;
	struct publish *publish;
};

static void
begin_soon(void *arg)
{
	struct coming *c = arg;

	publish_soon(c->cf, c->s, c->publish);
}

/* Under the run lock.  PROGRAM_GO, or the exit status. */
static int
take_locked(const struct program *p, struct options *o, struct state *s,
    enum take_answer *took, struct seal *now)
{
	struct coming c = { &p->config, s, &o->publish };
	int lock = -1, rc;

	*took = TAKE_BUSY;
	rc = state_lock(s, "snapshot", 0, &lock);
	if (rc != 0)
		return rc == LOCK_BUSY ? EX_TEMPFAIL : EX_CANTCREAT;
	/* A kdc-restore may have been faster. */
	if (state_take_role(s, ROLE_PRIMARY) == -1) {
		(void)close(lock);
		*took = TAKE_FAILED;
		return EX_CONFIG;
	}
	/* A restored primary that went on counting would overtake the truth. */
	rc = ahead_standing(s);
	*took = rc == 1 ? TAKE_SUPERSEDED : TAKE_FAILED;
	if (rc == 0)
		*took = take(&p->config, &p->place, s, o->allow_shrink,
		    o->publish.full, (struct take_soon){ begin_soon, &c }, now);
	(void)close(lock);
	if (rc == 0)
		return PROGRAM_GO;
	return rc == 1 ? EX_DATAERR : EX_IOERR;
}

/* The same, saying with --cron only what is news. */
static int
take_aloud(const struct program *p, struct options *o, struct state *s,
    enum take_answer *took, struct seal *now)
{
	static const char *const trouble[] = {
		[TAKE_NEW] = NULL,
		[TAKE_SAME] = NULL,
		[TAKE_HELD] = "held",
		[TAKE_BUSY] = "busy",
		[TAKE_FAILED] = "failed",
		[TAKE_SUPERSEDED] = "superseded",
	};
	struct bytes said = BYTES_NONE;
	int rc;

	if (!o->publish.cron)
		return take_locked(p, o, s, took, now);
	say_capture(&said);
	rc = take_locked(p, o, s, took, now);
	say_capture(NULL);
	if (rc == EX_TEMPFAIL)
		cron_busy(s, p->config.interval, &said);
	else if (!stop_asked())
		cron_primary(s, trouble[*took], &said);
	bytes_release(&said);
	return rc;
}

/* What became of older generations than this; the replicas have what they were to
 * get, and that is what the exit status tells of. */
static void
expire(const struct program *p, const struct options *o, const struct state *s)
{
	const struct keep *k = &p->config.keep;
	struct bytes said = BYTES_NONE;
	int rc;

	if (!o->publish.cron) {
		(void)expiry_run(s, k, time(NULL));
		return;
	}
	say_capture(&said);
	rc = expiry_run(s, k, time(NULL));
	say_capture(NULL);
	if (!stop_asked())
		cron_past(s, rc == -1 ? "failed" : NULL, &said);
	bytes_release(&said);
}

/* Signs and takes nothing, whatever this host is. */
static int
print_grant(const struct program *p, const struct options *o)
{
	struct state s;

	if (state_open(&p->config, true, &s) == -1)
		return EX_CANTCREAT;
	return epoch_print_grant(
		   p->place.realm, &s, o->print_grant, o->new_epoch) == 0
	    ? EX_OK
	    : EX_DATAERR;
}

static int
run(const struct program *p, struct options *o)
{
	const struct config *cf = &p->config;
	struct seal now = SEAL_NONE;
	enum take_answer took;
	struct state s;
	int rc;

	if (o->print_grant != NULL)
		return print_grant(p, o);
	if (publish_check(cf, &o->publish) == -1)
		return EX_USAGE;
	if (state_open(cf, true, &s) == -1)
		return EX_CANTCREAT;
	if (state_take_role(&s, ROLE_PRIMARY) == -1)
		return EX_CONFIG;
	rc = take_aloud(p, o, &s, &took, &now);
	if (rc == PROGRAM_GO)
		rc = publish(cf, &s, &o->publish, took, &now);
	if ((took == TAKE_NEW || took == TAKE_SAME || took == TAKE_HELD) &&
	    !stop_asked())
		expire(p, o, &s);
	publish_end(&o->publish);
	seal_release(&now);
	return rc;
}

int
main(int argc, char *argv[])
{
	struct options o = { .program = { .name = "kdc-snapshot",
				 .usage = usage,
				 .bad_usage = EX_USAGE } };
	int rc;

	say_program(o.program.name);
	proc_harden();
	stop_watch();
	o.publish.to = calloc((size_t)argc, sizeof(*o.publish.to));
	if (o.publish.to == NULL)
		return EX_OSERR;
	rc = parse(argc, argv, &o);
	o.publish.quiet = o.program.quiet;
	if (rc == PROGRAM_GO)
		rc = program_begin(&o.program);
	if (rc == PROGRAM_GO)
		rc = run(&o.program, &o);
	program_end(&o.program);
	free(o.publish.to);
	stop_die();
	return rc;
}
