/* kdc-status: what the primary knows of its replicas, by what they proved.  See
 * kdc-status(8). */

#include "fleet.h"
#include "gauges.h"
#include "json.h"
#include "sealed.h"
#include "table.h"
#include "watch.h"

#include "../sys/proc.h"
#include "../sys/say.h"
#include "../sys/stop.h"
#include "../store/program.h"
#include "../store/show.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define SECONDS_MAX 86400

struct options {
	struct program program;
	bool json, watch;
	int seconds;
	const char *metrics; /* or NULL */
};

static void
usage(FILE *f)
{
	fprintf(f,
	    "usage: kdc-status [-c FILE] [-r REALM] [--json] "
	    "[--metrics FILE] [-q] [-d]\n"
	    "       kdc-status [-c FILE] [-r REALM] --watch [SECONDS]\n"
	    "       kdc-status [-c FILE] --check-config\n"
	    "      --json           one JSON object instead of a table\n"
	    "      --metrics FILE   write Prometheus metrics\n"
	    "  -w, --watch          look again every 2, or SECONDS, "
	    "until ^C\n" PROGRAM_USAGE
	    "exit status: 0 good, 1 warning, 2 critical, 3 could not look\n");
}

enum { OPT_JSON = 256, OPT_METRICS };

/* PROGRAM_GO, or the exit status. */
static int
take_option(struct options *o, int c, const char *arg)
{
	switch (c) {
	case OPT_JSON:
		o->json = true;
		return PROGRAM_GO;
	case OPT_METRICS:
		o->metrics = arg;
		return PROGRAM_GO;
	case 'w':
		o->watch = true;
		return PROGRAM_GO;
	default:
		return program_option(&o->program, c, arg);
	}
}

/* NULL, or what is wrong with these together. */
static const char *
complaint(const struct options *o)
{
	if (!o->watch)
		return NULL;
	if (o->json || o->metrics != NULL || o->program.quiet)
		return "not with --json, --metrics or --quiet";
	if (o->seconds < 1)
		return "how many seconds? 1 to 86400";
	return isatty(STDOUT_FILENO) ? NULL : "stdout is no terminal";
}

/* What may follow --watch. */
static int
take_seconds(const char *text)
{
	size_t n = strspn(text, "0123456789");
	long s = n > 0 && n < 7 && text[n] == '\0' ? strtol(text, NULL, 10) : 0;

	return s <= SECONDS_MAX ? (int)s : 0;
}

static int
parse(int argc, char *argv[], struct options *o)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, OPT_JSON },
		{ "metrics", required_argument, NULL, OPT_METRICS },
		{ "watch", no_argument, NULL, 'w' },
		PROGRAM_OPTIONS,
	};
	const char *why;
	int c, rc = PROGRAM_GO;

	while (rc == PROGRAM_GO &&
	    (c = getopt_long(argc, argv, "w" PROGRAM_LETTERS, longs, NULL)) !=
		-1)
		rc = take_option(o, c, optarg);
	if (rc != PROGRAM_GO)
		return rc;
	o->seconds = 2;
	if (o->watch && optind < argc)
		o->seconds = take_seconds(argv[optind++]);
	why = complaint(o);
	if (why == NULL && optind == argc)
		return PROGRAM_GO;
	if (why != NULL)
		say("--watch: %s", why);
	usage(stderr);
	return LEVEL_UNKNOWN;
}

/* One look, printed to f.  A level. */
static int
look_primary(
    const struct options *o, const struct state *s, FILE *out, struct paint *p)
{
	const struct program *pr = &o->program;
	struct fleet f = FLEET_NONE;
	enum level l;

	if (fleet_read(&f, &pr->config, s, pr->place.realm) == -1)
		return LEVEL_UNKNOWN;
	l = fleet_level(&f);
	p->f = out;
	if (o->json)
		json(&f, out);
	else if (!pr->quiet || l != LEVEL_GOOD)
		table(&f, p, pr->quiet);
	if (o->metrics != NULL && gauges(&f, o->metrics) == -1)
		l = LEVEL_UNKNOWN;
	fleet_release(&f);
	return (int)l;
}

static int
look_other(
    const struct options *o, const struct state *s, FILE *out, struct paint *p)
{
	const struct program *pr = &o->program;
	struct sealed x;
	enum level l;

	if (o->metrics != NULL) {
		say("--metrics: this host is not the primary; of it "
		    "kdc-verify --metrics tells");
		return LEVEL_UNKNOWN;
	}
	sealed_read(&x, &pr->config, s, pr->place.realm);
	l = notes_level(&x.notes);
	p->f = out;
	if (o->json)
		sealed_json(&x, out);
	else if (!pr->quiet || l != LEVEL_GOOD)
		sealed_lines(&x, p);
	sealed_release(&x);
	return (int)l;
}

static int
look(const struct options *o, FILE *out, struct paint *p)
{
	struct state s;

	if (state_open(&o->program.config, false, &s) == -1)
		return LEVEL_UNKNOWN;
	switch (s.role) {
	case ROLE_PRIMARY:
		return look_primary(o, &s, out, p);
	case ROLE_REPLICA:
	case ROLE_RESTORE:
		return look_other(o, &s, out, p);
	case ROLE_NONE:
		break;
	}
	say("%s: kdcsync has not run here yet", s.dir);
	return LEVEL_UNKNOWN;
}

/* What is said meanwhile stands below the picture. */
static int
watch(const struct options *o)
{
	struct bytes said = BYTES_NONE;
	struct paint p;
	size_t rows, size;
	char *text;
	FILE *f;
	int rc;

	do {
		watch_begin();
		paint_measure(&p, &rows);
		p.rows = 0;
		text = NULL;
		f = open_memstream(&text, &size);
		if (f == NULL)
			return LEVEL_UNKNOWN;
		say_capture(&said);
		rc = look(o, f, &p);
		say_capture(NULL);
		(void)fwrite(said.p, 1, said.len, f);
		said.len = 0;
		if (fclose(f) == 0)
			watch_draw(text, rows);
		free(text);
	} while (watch_wait(o->seconds));
	bytes_release(&said);
	return rc;
}

static int
run(const struct options *o)
{
	struct paint p;
	size_t rows;
	int rc;

	if (o->watch) {
		stop_watch();
		return watch(o);
	}
	paint_measure(&p, &rows);
	p.rows = isatty(STDOUT_FILENO) ? rows : 0;
	rc = look(o, stdout, &p);
	return show_end() == 0 ? rc : LEVEL_UNKNOWN;
}

int
main(int argc, char *argv[])
{
	struct options o = { .program = { .name = "kdc-status",
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
		rc = run(&o);
	program_end(&o.program);
	return rc;
}
