/* kdc-restore: makes a KDC again from a kept generation or an archive, a replica
 * the primary, an old primary a replica; and rehearses it.  See kdc-restore(8).
 */

#include "demote.h"
#include "drill.h"
#include "into.h"
#include "restore.h"

#include "../sys/proc.h"
#include "../sys/say.h"
#include "../sys/stop.h"
#include "../store/program.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

struct options {
	struct program program;
	const char *archive, *generation, *at; /* or NULL, all of them */
	const char *grant, *identity;
	const char *into;
	const char *drill, *canary, *principal, *metrics;
	bool promote, demote;
	bool dry_run, force;
};

static void
usage(FILE *f)
{
	fprintf(f,
	    "usage: kdc-restore [--archive FILE] [--generation E.N | --at "
	    "TIME]\n"
	    "                   [--identity FILE] [--grant FILE] [--dry-run] "
	    "[--force]\n"
	    "       kdc-restore --into DIR [--archive FILE] [--generation E.N "
	    "| --at TIME]\n"
	    "                   [--identity FILE]\n"
	    "       kdc-restore --drill ARCHIVE --canary KEYTAB [--principal "
	    "NAME]\n"
	    "                   [--identity FILE] [--metrics FILE]\n"
	    "       kdc-restore --promote [--grant FILE] [--dry-run] "
	    "[--force]\n"
	    "       kdc-restore --demote [--grant FILE] [--dry-run] [--force]\n"
	    "       kdc-restore [-c FILE] --check-config\n"
	    "      --archive FILE   from that archive; -: stdin\n"
	    "      --generation E.N  that one; current: the newest\n"
	    "      --at TIME        the one that was current then, UTC\n"
	    "      --grant FILE     of the new epoch, signed: FILE.sig\n"
	    "      --identity FILE  secret key that opens the archive's stash\n"
	    "      --dry-run        say what would be done\n"
	    "      --force          even if a KDC uses the database\n"
	    "      --into DIR       into an empty directory, no live KDC\n"
	    "      --drill ARCHIVE  rehearse: restore it, start a KDC, log "
	    "in;\n"
	    "                       a directory: the newest in it\n"
	    "      --canary KEYTAB  who logs in\n"
	    "      --principal NAME  ... if not the first one in it\n"
	    "      --metrics FILE   write how that went for Prometheus\n"
	    "      --promote        make this replica the primary\n"
	    "      --demote         make this old primary a "
	    "replica\n" PROGRAM_USAGE);
}

enum {
	OPT_ARCHIVE = 256,
	OPT_GENERATION,
	OPT_AT,
	OPT_GRANT,
	OPT_IDENTITY,
	OPT_INTO,
	OPT_DRILL,
	OPT_CANARY,
	OPT_PRINCIPAL,
	OPT_METRICS,
	OPT_PROMOTE,
	OPT_DEMOTE,
	OPT_DRY_RUN,
	OPT_FORCE
};

static const struct option longs[] = {
	{ "archive", required_argument, NULL, OPT_ARCHIVE },
	{ "generation", required_argument, NULL, OPT_GENERATION },
	{ "at", required_argument, NULL, OPT_AT },
	{ "grant", required_argument, NULL, OPT_GRANT },
	{ "identity", required_argument, NULL, OPT_IDENTITY },
	{ "into", required_argument, NULL, OPT_INTO },
	{ "drill", required_argument, NULL, OPT_DRILL },
	{ "canary", required_argument, NULL, OPT_CANARY },
	{ "principal", required_argument, NULL, OPT_PRINCIPAL },
	{ "metrics", required_argument, NULL, OPT_METRICS },
	{ "promote", no_argument, NULL, OPT_PROMOTE },
	{ "demote", no_argument, NULL, OPT_DEMOTE },
	{ "dry-run", no_argument, NULL, OPT_DRY_RUN },
	{ "force", no_argument, NULL, OPT_FORCE },
	PROGRAM_OPTIONS,
};

/* Where the argument of an option goes; NULL: it has none. */
static const char **
word_of(struct options *o, int c)
{
	switch (c) {
	case OPT_ARCHIVE:
		return &o->archive;
	case OPT_GENERATION:
		return &o->generation;
	case OPT_AT:
		return &o->at;
	case OPT_GRANT:
		return &o->grant;
	case OPT_IDENTITY:
		return &o->identity;
	case OPT_INTO:
		return &o->into;
	case OPT_DRILL:
		return &o->drill;
	case OPT_CANARY:
		return &o->canary;
	case OPT_PRINCIPAL:
		return &o->principal;
	case OPT_METRICS:
		return &o->metrics;
	default:
		return NULL;
	}
}

static bool *
flag_of(struct options *o, int c)
{
	switch (c) {
	case OPT_PROMOTE:
		return &o->promote;
	case OPT_DEMOTE:
		return &o->demote;
	case OPT_DRY_RUN:
		return &o->dry_run;
	case OPT_FORCE:
		return &o->force;
	default:
		return NULL;
	}
}

/* PROGRAM_GO, or the exit status. */
static int
take_option(struct options *o, int c, const char *arg)
{
	const char **word = word_of(o, c);
	bool *flag = flag_of(o, c);

	if (word != NULL)
		*word = arg;
	else if (flag != NULL)
		*flag = true;
	else
		return program_option(&o->program, c, arg);
	return PROGRAM_GO;
}

/* NULL, or what is wrong with these together. */
static const char *
complaint(const struct options *o)
{
	bool source =
	    o->archive != NULL || o->generation != NULL || o->at != NULL;
	int modes =
	    o->promote + o->demote + (o->into != NULL) + (o->drill != NULL);

	if (modes > 1)
		return "--promote, --demote, --into and --drill exclude each "
		       "other";
	if (o->generation != NULL && o->at != NULL)
		return "--generation and --at exclude each other";
	if ((o->promote || o->demote || o->drill != NULL) && source)
		return "--archive, --generation and --at do not go with "
		       "--promote, --demote and --drill";
	if (o->drill != NULL && o->canary == NULL)
		return "--drill: who logs in? --canary names a keytab";
	if (o->drill == NULL &&
	    (o->canary != NULL || o->principal != NULL || o->metrics != NULL))
		return "--canary, --principal and --metrics belong to --drill";
	if ((o->into != NULL || o->drill != NULL) &&
	    (o->grant != NULL || o->dry_run || o->force))
		return "--grant, --dry-run and --force do not go with --into "
		       "and --drill";
	if ((o->promote || o->demote) && o->identity != NULL)
		return "--identity: there is no archive to open with it";
	if (modes == 0 && !source && !o->program.check)
		return "what is to be restored? --generation, --at or "
		       "--archive says; kdc-archive list shows what there is";
	return NULL;
}

static int
parse(int argc, char *argv[], struct options *o)
{
	const char *why;
	int c, rc = PROGRAM_GO;

	while (rc == PROGRAM_GO &&
	    (c = getopt_long(argc, argv, PROGRAM_LETTERS, longs, NULL)) != -1)
		rc = take_option(o, c, optarg);
	if (rc != PROGRAM_GO)
		return rc;
	why = optind < argc ? "what is that? it takes options only"
			    : complaint(o);
	if (why == NULL)
		return PROGRAM_GO;
	if (optind < argc)
		say("%s: %s", argv[optind], why);
	else
		say("%s", why);
	usage(stderr);
	return EX_USAGE;
}

static int
run_into(const struct options *o, struct source *from)
{
	static const char *const name[] = { "read", "build", "prove" };
	struct stages stages;
	struct into x = { .cf = &o->program.config,
		.place = &o->program.place,
		.identity = o->identity,
		.dir = o->into,
		.stages = &stages };
	int rc;

	stages_begin(&stages, name, INTO_STAGES, o->program.quiet);
	rc = source_open(from);
	if (rc == EX_OK)
		rc = into_make(&x, from);
	stages_end(&stages);
	if (rc == EX_OK && !o->program.quiet && into_show(&x, from) == -1)
		rc = EX_IOERR;
	source_release(from);
	return rc;
}

static int
run_drill(const struct options *o, const struct state *s)
{
	struct drill d = { .cf = &o->program.config,
		.place = &o->program.place,
		.state = s,
		.archive = o->drill,
		.canary = o->canary,
		.principal = o->principal,
		.identity = o->identity,
		.metrics = o->metrics,
		.quiet = o->program.quiet };

	return drill_run(&d);
}

static int
run_demote(const struct options *o, struct state *s)
{
	struct demote d = { .cf = &o->program.config,
		.place = &o->program.place,
		.state = s,
		.grant = o->grant,
		.dry_run = o->dry_run,
		.force = o->force,
		.quiet = o->program.quiet };

	return demote_run(&d);
}

static int
run_restore(const struct options *o, struct state *s, struct source *from)
{
	struct restore r = { .cf = &o->program.config,
		.place = &o->program.place,
		.state = s,
		.source = from,
		.grant = o->grant,
		.identity = o->identity,
		.promote = o->promote,
		.dry_run = o->dry_run,
		.force = o->force,
		.quiet = o->program.quiet };
	int rc = restore_run(&r);

	source_release(from);
	return rc;
}

static int
run(const struct options *o)
{
	struct state s;
	struct source from = { SOURCE_NONE, .cf = &o->program.config,
		.realm = o->program.place.realm, .state = &s,
		.archive = o->archive, .generation = o->generation,
		.at = o->at };

	if (state_open(&o->program.config, true, &s) == -1)
		return EX_CANTCREAT;
	if (o->into != NULL)
		return run_into(o, &from);
	if (o->drill != NULL)
		return run_drill(o, &s);
	if (o->demote)
		return run_demote(o, &s);
	return run_restore(o, &s, &from);
}

int
main(int argc, char *argv[])
{
	struct options o = { .program = { .name = "kdc-restore",
				 .usage = usage,
				 .bad_usage = EX_USAGE } };
	int rc;

	say_program(o.program.name);
	proc_harden();
	stop_watch();
	rc = parse(argc, argv, &o);
	if (rc == PROGRAM_GO)
		rc = program_begin(&o.program);
	if (rc == PROGRAM_GO)
		rc = run(&o);
	program_end(&o.program);
	stop_die();
	return rc;
}
