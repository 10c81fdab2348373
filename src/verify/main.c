/* kdc-verify: judges whether the database of this host is what was signed, and
 * stands between bad data and krb5kdc.  See kdc-verify(8). */

#include "enforce.h"
#include "face.h"
#include "gate.h"
#include "judge.h"
#include "repair.h"

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
	const char *metrics, *override, *reason;
	bool quick, gate, primary, repair, enforce, json;
	char **command; /* what the gate becomes, or NULL */
};

static void
usage(FILE *f)
{
	fprintf(f,
	    "usage: kdc-verify [-c FILE] [-r REALM] [--deep | --quick] "
	    "[--repair | --enforce]\n"
	    "                  [--json] [--metrics FILE] [-q] [-d]\n"
	    "       kdc-verify [-c FILE] [-r REALM] --gate [--primary] "
	    "[--repair]\n"
	    "                  [-- COMMAND...]\n"
	    "       kdc-verify [-c FILE] --override DURATION --reason TEXT\n"
	    "       kdc-verify [-c FILE] --check-config\n"
	    "      --deep           walk every record (the default)\n"
	    "      --quick          only if a file changed since the last "
	    "walk\n"
	    "  -g, --gate           for ExecStartPre, or become COMMAND\n"
	    "      --primary        ... of kadmind: refuse on a replica, too\n"
	    "      --repair         rebuild the database from the sealed dump\n"
	    "      --enforce        ... and stop krb5kdc when that fails\n"
	    "      --json           one JSON object instead of lines\n"
	    "      --metrics FILE   write Prometheus metrics\n"
	    "      --override TIME  let the gate pass for that long in spite "
	    "of age,\n"
	    "                       clock or signer; with --reason "
	    "TEXT\n" PROGRAM_USAGE
	    "exit status: 0 good, 1 warning, 2 critical, 3 could not check\n");
}

enum {
	OPT_DEEP = 256,
	OPT_QUICK,
	OPT_PRIMARY,
	OPT_REPAIR,
	OPT_ENFORCE,
	OPT_JSON,
	OPT_METRICS,
	OPT_OVERRIDE,
	OPT_REASON
};

/* PROGRAM_GO, or the exit status. */
static int
take_option(struct options *o, int c, const char *arg)
{
	switch (c) {
	case OPT_DEEP:
		o->quick = false;
		return PROGRAM_GO;
	case OPT_QUICK:
		o->quick = true;
		return PROGRAM_GO;
	case 'g':
		o->gate = true;
		return PROGRAM_GO;
	case OPT_PRIMARY:
		o->primary = true;
		return PROGRAM_GO;
	case OPT_REPAIR:
		o->repair = true;
		return PROGRAM_GO;
	case OPT_ENFORCE:
		o->repair = o->enforce = true;
		return PROGRAM_GO;
	case OPT_JSON:
		o->json = true;
		return PROGRAM_GO;
	case OPT_METRICS:
		o->metrics = arg;
		return PROGRAM_GO;
	case OPT_OVERRIDE:
		o->override = arg;
		return PROGRAM_GO;
	case OPT_REASON:
		o->reason = arg;
		return PROGRAM_GO;
	default:
		return program_option(&o->program, c, arg);
	}
}

static int
parse(int argc, char *argv[], struct options *o)
{
	static const struct option longs[] = {
		{ "deep", no_argument, NULL, OPT_DEEP },
		{ "quick", no_argument, NULL, OPT_QUICK },
		{ "gate", no_argument, NULL, 'g' },
		{ "primary", no_argument, NULL, OPT_PRIMARY },
		{ "repair", no_argument, NULL, OPT_REPAIR },
		{ "enforce", no_argument, NULL, OPT_ENFORCE },
		{ "json", no_argument, NULL, OPT_JSON },
		{ "metrics", required_argument, NULL, OPT_METRICS },
		{ "override", required_argument, NULL, OPT_OVERRIDE },
		{ "reason", required_argument, NULL, OPT_REASON },
		PROGRAM_OPTIONS,
	};
	int c, rc = PROGRAM_GO;

	/* "+": COMMAND's own options are its own. */
	while (rc == PROGRAM_GO &&
	    (c = getopt_long(argc, argv, "+g" PROGRAM_LETTERS, longs, NULL)) !=
		-1)
		rc = take_option(o, c, optarg);
	if (rc != PROGRAM_GO)
		return rc;
	if (optind < argc)
		o->command = &argv[optind];
	if (((o->command == NULL && !o->primary) || o->gate) &&
	    !(o->gate && o->enforce) &&
	    (o->override == NULL) == (o->reason == NULL))
		return PROGRAM_GO;
	usage(stderr);
	return LEVEL_UNKNOWN;
}

/* 0; -1 when nobody could be told: that must not look like a good verdict. */
static int
show(const struct options *o, const struct report *r)
{
	if (o->json)
		face_json(r, stdout);
	else if (!o->program.quiet || report_level(r, NULL) != LEVEL_GOOD)
		face_lines(r, !o->gate && !isatty(STDOUT_FILENO), stdout);
	if (fflush(stdout) == 0)
		return 0;
	say("stdout: %s", strerror(errno));
	return -1;
}

static int
run_judge(const struct program *p, struct state *s, const struct options *o,
    struct report *r)
{
	struct judge j = { .cf = &p->config,
		.place = &p->place,
		.state = s,
		.deep = !o->quick,
		.gate = o->gate,
		.primary = o->primary };
	int lock = -1;

	/* Two of us would meet in one copy. */
	if (state_lock(s, "verify", (int)(p->config.lock_wait * 1000), &lock) !=
	    0)
		return -1;
	judge(&j, r);
	if (o->repair)
		repair(&j, r);
	(void)close(lock);
	if (o->enforce)
		enforce(&p->config, s, r);
	/* The hook may well start a KDC, whose gate wants that lock. */
	if (!r->gate_only)
		gate_tell(&p->config, s, r);
	return 0;
}

static int
pass(const struct program *p, struct state *s, const struct options *o,
    const struct report *r)
{
	if (!gate_pass(&p->config, p->realm, s, o->primary, r))
		return (int)report_level(r, NULL);
	/* A warning, too: systemd takes any other status of an ExecStartPre for
	 * a refusal. */
	if (o->command == NULL)
		return LEVEL_GOOD;
	proc_become(o->command);
	gate_refuse(s, o->primary, "its command could not be started");
	return LEVEL_UNKNOWN;
}

static int
run(const struct program *p, const struct options *o)
{
	const struct config *cf = &p->config;
	struct report r;
	struct state s;
	int rc;

	if (state_open(cf, false, &s) == -1)
		return LEVEL_UNKNOWN;
	if (o->override != NULL)
		return gate_override(cf, &s, o->override, o->reason) == EX_OK
		    ? 0
		    : LEVEL_UNKNOWN;
	if (run_judge(p, &s, o, &r) == -1) {
		if (o->gate)
			gate_refuse(&s, o->primary, "could not be checked");
		return LEVEL_UNKNOWN;
	}
	rc = show(o, &r);
	if (o->metrics != NULL && face_metrics(&r, o->metrics) == -1)
		rc = -1;
	/* A full disk under the metrics is no reason to keep a KDC down. */
	if (!o->gate)
		return rc == -1 ? LEVEL_UNKNOWN : (int)report_level(&r, NULL);
	return pass(p, &s, o, &r);
}

int
main(int argc, char *argv[])
{
	struct options o = { .program = { .name = "kdc-verify",
				 .usage = usage,
				 .bad_usage = LEVEL_UNKNOWN } };
	int rc;

	say_program(o.program.name);
	proc_harden();
	rc = parse(argc, argv, &o);
	if (rc == PROGRAM_GO) {
		rc = program_begin(&o.program);
		if (rc == EX_CONFIG)
			rc = LEVEL_UNKNOWN;
	}
	if (rc == PROGRAM_GO)
		rc = run(&o.program, &o);
	program_end(&o.program);
	return rc;
}
