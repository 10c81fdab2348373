/* kdc-apply: takes a bundle, from a primary over ssh or from a file, and makes
 * it the live database of this replica.  See kdc-apply(8). */

#include "apply.h"
#include "dry.h"
#include "on_sealed.h"
#include "relay.h"
#include "session.h"

#include "../sys/proc.h"
#include "../sys/say.h"
#include "../store/program.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

struct options {
	struct program program;
	const char *file;
	bool dry, receive, serve;
};

enum { OPT_RECEIVE = 256, OPT_SERVE };

static void
usage(FILE *f)
{
	fprintf(f,
	    "usage: kdc-apply [-c FILE] [-r REALM] [--serve] [-q] [-d]\n"
	    "       kdc-apply [-c FILE] --receive [-q] [-d]\n"
	    "       kdc-apply [-c FILE] [-r REALM] [-n] [-q] [-d] BUNDLE\n"
	    "       kdc-apply [-c FILE] --check-config\n"
	    "  -n, --dry-run        say what the bundle would change, by "
	    "name\n"
	    "      --receive        as user kdcsync: check what comes, hand "
	    "it over\n"
	    "      --serve          ... to this one, behind a "
	    "socket\n" PROGRAM_USAGE);
}

/* Which realm a bundle is for the serving half says. */
static bool
are_together(const struct options *o)
{
	if (o->receive || o->serve)
		return o->file == NULL && !o->dry &&
		    !(o->receive && o->serve) &&
		    !(o->receive && o->program.realm != NULL);
	return !o->dry || o->file != NULL;
}

/* PROGRAM_GO, or the exit status. */
static int
parse(int argc, char *argv[], struct options *o)
{
	static const struct option longs[] = {
		{ "dry-run", no_argument, NULL, 'n' },
		{ "receive", no_argument, NULL, OPT_RECEIVE },
		{ "serve", no_argument, NULL, OPT_SERVE },
		PROGRAM_OPTIONS,
	};
	int c, rc = PROGRAM_GO;

	while (rc == PROGRAM_GO &&
	    (c = getopt_long(argc, argv, "n" PROGRAM_LETTERS, longs, NULL)) !=
		-1) {
		if (c == 'n')
			o->dry = true;
		else if (c == OPT_RECEIVE)
			o->receive = true;
		else if (c == OPT_SERVE)
			o->serve = true;
		else
			rc = program_option(&o->program, c, optarg);
	}
	if (rc != PROGRAM_GO)
		return rc;
	if (optind < argc)
		o->file = argv[optind++];
	if (optind == argc && are_together(o))
		return PROGRAM_GO;
	usage(stderr);
	return EX_USAGE;
}

static int
by_hand(const struct config *cf, const struct place *p, struct state *s,
    const struct options *o)
{
	enum verdict_outcome out;
	struct verdict v;

	if (access(o->file, R_OK) == -1) {
		say("%s: %s", o->file, strerror(errno));
		return EX_NOINPUT;
	}
	if (o->dry)
		out = dry_run(cf, p, s, o->file);
	else
		out = apply(cf, p, s, o->file, NULL, &v);
	return session_status(out);
}

static int
run(const struct program *p, const struct options *o)
{
	const struct config *cf = &p->config;
	struct state s;
	int rc;

	if (state_open(cf, true, &s) == -1)
		return EX_CANTCREAT;
	/* Another primary that ships here shall learn of this one. */
	if (!o->dry && (s.role != ROLE_PRIMARY || o->file != NULL) &&
	    state_take_role(&s, ROLE_REPLICA) == -1)
		return EX_CONFIG;
	/* In a session our stderr is the primary's, who has the verdict; behind
	 * a socket it is the journal. */
	if (o->file == NULL && !o->serve)
		say_level(!p->debug, p->debug);
	rc = o->file == NULL ? session(cf, &p->place, &s, o->serve)
			     : by_hand(cf, &p->place, &s, o);
	if (rc == EX_OK && !o->dry)
		on_sealed(cf, &s);
	return rc;
}

int
main(int argc, char *argv[])
{
	struct options o = { .program = { .name = "kdc-apply",
				 .usage = usage,
				 .bad_usage = EX_USAGE } };
	int rc;

	say_program(o.program.name);
	proc_harden();
	rc = parse(argc, argv, &o);
	if (rc == PROGRAM_GO)
		rc = o.receive ? program_configure(&o.program)
			       : program_begin(&o.program);
	if (rc == PROGRAM_GO)
		rc = o.receive ? relay(&o.program.config) : run(&o.program, &o);
	program_end(&o.program);
	return rc;
}
