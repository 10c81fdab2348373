/* kdc-verify: judges whether the database of this host is what was signed, and
 * stands between bad data and krb5kdc.  See kdc-verify(8). */

#include "face.h"
#include "gate.h"
#include "judge.h"

#include "../sys/proc.h"
#include "../sys/say.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

struct options {
	const char *config, *realm, *metrics, *override, *reason;
	bool quick, gate, repair, json, quiet, debug, check;
	char **command; /* what the gate becomes, or NULL */
};

static void
usage(FILE *f)
{
	fprintf(f,
	    "usage: kdc-verify [-c FILE] [-r REALM] [--deep | --quick] "
	    "[--repair] [--json]\n"
	    "                  [--metrics FILE] [-q] [-d]\n"
	    "       kdc-verify [-c FILE] [-r REALM] --gate [--repair] "
	    "[-- COMMAND...]\n"
	    "       kdc-verify [-c FILE] --override DURATION --reason TEXT\n"
	    "  -c, --config FILE    instead of " CONFIG_PATH "\n"
	    "  -r, --realm REALM    instead of the configured or default one\n"
	    "      --deep           walk every record (the default)\n"
	    "      --quick          only if a file changed since the last "
	    "walk\n"
	    "  -g, --gate           for ExecStartPre, or become COMMAND\n"
	    "      --repair         rebuild the database from the sealed dump\n"
	    "      --json           one JSON object instead of lines\n"
	    "      --metrics FILE   write Prometheus metrics\n"
	    "      --override TIME  let the gate pass for that long in spite "
	    "of age,\n"
	    "                       clock or signer; with --reason TEXT\n"
	    "  -q, --quiet          print nothing while all is good\n"
	    "  -d, --debug          say more, principal names included\n"
	    "      --check-config   show the configuration as understood\n"
	    "  -V, --version        -h, --help\n"
	    "exit status: 0 good, 1 warning, 2 critical, 3 could not check\n");
}

enum {
	OPT_DEEP = 256,
	OPT_QUICK,
	OPT_REPAIR,
	OPT_JSON,
	OPT_METRICS,
	OPT_OVERRIDE,
	OPT_REASON,
	OPT_CHECK
};

/* 0: go on; else the exit status, less one. */
static int
parse(int argc, char *argv[], struct options *o)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "realm", required_argument, NULL, 'r' },
		{ "deep", no_argument, NULL, OPT_DEEP },
		{ "quick", no_argument, NULL, OPT_QUICK },
		{ "gate", no_argument, NULL, 'g' },
		{ "repair", no_argument, NULL, OPT_REPAIR },
		{ "json", no_argument, NULL, OPT_JSON },
		{ "metrics", required_argument, NULL, OPT_METRICS },
		{ "override", required_argument, NULL, OPT_OVERRIDE },
		{ "reason", required_argument, NULL, OPT_REASON },
		{ "check-config", no_argument, NULL, OPT_CHECK },
		{ "quiet", no_argument, NULL, 'q' },
		{ "debug", no_argument, NULL, 'd' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	/* "+": COMMAND's own options are its own. */
	while ((c = getopt_long(argc, argv, "+c:r:gqdVh", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
			o->config = optarg;
			break;
		case 'r':
			o->realm = optarg;
			break;
		case OPT_DEEP:
			o->quick = false;
			break;
		case OPT_QUICK:
			o->quick = true;
			break;
		case 'g':
			o->gate = true;
			break;
		case OPT_REPAIR:
			o->repair = true;
			break;
		case OPT_JSON:
			o->json = true;
			break;
		case OPT_METRICS:
			o->metrics = optarg;
			break;
		case OPT_OVERRIDE:
			o->override = optarg;
			break;
		case OPT_REASON:
			o->reason = optarg;
			break;
		case OPT_CHECK:
			o->check = true;
			break;
		case 'q':
			o->quiet = true;
			break;
		case 'd':
			o->debug = true;
			break;
		case 'V':
			printf("kdc-verify %s, krb5 %s\n", KDCSYNC_VERSION,
			    place_krb5_version());
			return 1 + 0;
		case 'h':
			usage(stdout);
			return 1 + 0;
		default:
			usage(stderr);
			return 1 + LEVEL_UNKNOWN;
		}
	}
	if (optind < argc)
		o->command = &argv[optind];
	if ((o->command != NULL && !o->gate) ||
	    (o->override == NULL) != (o->reason == NULL)) {
		usage(stderr);
		return 1 + LEVEL_UNKNOWN;
	}
	return 0;
}

/* 0; -1 when nobody could be told: that must not look like a good verdict. */
static int
show(const struct options *o, const struct report *r)
{
	if (o->json)
		face_json(r, stdout);
	else if (!o->quiet || report_level(r, NULL) != LEVEL_GOOD)
		face_lines(r, stdout);
	if (fflush(stdout) == 0)
		return 0;
	say("stdout: %s", strerror(errno));
	return -1;
}

static int
run_judge(const struct config *cf, const struct place *p, struct state *s,
    const struct options *o, struct report *r)
{
	struct judge j = { cf, p, s, !o->quick, o->gate, o->repair };
	int lock = -1;

	/* Two of us would meet in one copy. */
	if (state_lock(s, "verify", (int)(cf->lock_wait * 1000), &lock) != 0)
		return -1;
	judge(&j, r);
	if (!r->gate_only)
		gate_tell(cf, s, r);
	(void)close(lock);
	return 0;
}

static int
run(const struct config *cf, const struct options *o)
{
	const char *realm = o->realm;
	struct report r;
	struct place place;
	struct state s;

	if (realm == NULL && cf->realm[0] != '\0')
		realm = cf->realm;
	if (place_find(realm, &place) == -1 || state_open(cf, false, &s) == -1)
		return LEVEL_UNKNOWN;
	if (o->override != NULL)
		return gate_override(cf, &s, o->override, o->reason) == EX_OK
		    ? 0
		    : LEVEL_UNKNOWN;
	if (run_judge(cf, &place, &s, o, &r) == -1)
		return LEVEL_UNKNOWN;
	if (show(o, &r) == -1 ||
	    (o->metrics != NULL && face_metrics(&r, o->metrics) == -1))
		return LEVEL_UNKNOWN;
	if (o->gate && gate_pass(cf, o->realm, &s, &r) && o->command != NULL) {
		proc_become(o->command);
		return LEVEL_UNKNOWN;
	}
	return (int)report_level(&r, NULL);
}

int
main(int argc, char *argv[])
{
	struct options o = { 0 };
	struct config cf;
	int rc;

	say_program("kdc-verify");
	proc_harden();
	rc = parse(argc, argv, &o);
	if (rc != 0)
		return rc - 1;
	say_level(o.quiet, o.debug);
	rc = LEVEL_UNKNOWN;
	if (config_read(o.config, &cf) == 0) {
		if (o.check)
			config_print(&cf);
		rc = o.check ? 0 : run(&cf, &o);
	}
	config_release(&cf);
	return rc;
}
