/* kdc-archive: what generations there are, an archive of them for a safe place,
 * and what changed from one to another.  See kdc-archive(8). */

#include "diff.h"
#include "kept.h"
#include "list.h"
#include "write.h"

#include "../sys/age.h"
#include "../sys/file.h"
#include "../sys/proc.h"
#include "../sys/say.h"
#include "../sys/stop.h"
#include "../store/archive/reading.h"
#include "../store/program.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

struct options {
	struct program program;
	const char *generation, *at; /* or NULL */
	bool all, stash, json;
	const char **recipient;
	size_t n_recipients;
	char **arg; /* behind the command */
	const struct command *command;
};

/* What to do, with how many arguments. */
struct command {
	const char *name;
	int (*run)(const struct options *o, struct state *s);
	int args, optional;
	bool role;	   /* only where kdcsync has run */
	bool writes, json; /* takes the options of write, --json */
};

static void
usage(FILE *f)
{
	fprintf(f,
	    "usage: kdc-archive [-c FILE] [-r REALM] list [--json]\n"
	    "       kdc-archive [-c FILE] [-r REALM] write [--generation E.N | "
	    "--at TIME | --all]\n"
	    "                   [--stash --recipient KEY...] FILE\n"
	    "       kdc-archive [-c FILE] [-r REALM] verify [FILE]\n"
	    "       kdc-archive [-c FILE] [-r REALM] diff [--json] A B\n"
	    "       kdc-archive [-c FILE] --check-config\n"
	    "      --generation E.N  write this one, not the current\n"
	    "      --at TIME        write the one that was current then, UTC\n"
	    "      --all            write all, the older ones as deltas\n"
	    "      --stash          and the stash, encrypted\n"
	    "      --recipient KEY  for age1..., \"ssh-ed25519 ...\", "
	    "\"ssh-rsa "
	    "...\",\n"
	    "                       or a file of such lines; repeatable\n"
	    "      --json           one JSON object instead of lines\n"
	    "FILE - is stdout, or stdin; A and B are generations (1.42, "
	    "current),\n"
	    "times, archives, or live: the database as it is "
	    "now\n" PROGRAM_USAGE);
}

static int
run_list(const struct options *o, struct state *s)
{
	struct stock k = STOCK_NONE;
	int rc = EX_DATAERR;

	if (stock_read(s, o->program.place.realm, &k) == 0)
		rc = list(&k, o->json) == 0 ? EX_OK : EX_IOERR;
	stock_release(&k);
	return rc;
}

static int
run_write(const struct options *o, struct state *s)
{
	struct stock k = STOCK_NONE;
	struct write w = { .cf = &o->program.config,
		.place = &o->program.place,
		.stock = &k,
		.older = o->all,
		.stash = o->stash,
		.recipient = o->recipient,
		.n_recipients = o->n_recipients,
		.file = o->arg[0] };
	int rc = EX_DATAERR;

	if (s->role != ROLE_PRIMARY) {
		say("%s: %s", s->dir,
		    s->role == ROLE_RESTORE
			? STATE_CUT_SHORT
			: "this host is a replica, which signs nothing; write "
			  "archives on the primary");
		return EX_CONFIG;
	}
	if (stock_read(s, o->program.place.realm, &k) == 0)
		w.m = o->at != NULL
		    ? stock_at(&k, o->at)
		    : stock_named(&k,
			  o->generation == NULL ? "current" : o->generation);
	if (w.m != NULL)
		rc = write_run(&w);
	stock_release(&k);
	return rc;
}

/* Those that this host keeps. */
static int
verify_kept(const struct options *o, struct state *s)
{
	struct stock k = STOCK_NONE;
	int rc = EX_DATAERR;

	if (stock_read(s, o->program.place.realm, &k) == 0)
		rc = kept_verify(&o->program.config, &k, o->program.quiet);
	stock_release(&k);
	return rc;
}

static int
run_verify(const struct options *o, struct state *s)
{
	struct reading x = { .cf = &o->program.config,
		.realm = o->program.place.realm,
		.scratch = s->dir };
	const char *file = o->arg[0];
	bool in = file != NULL && strcmp(file, "-") == 0;
	int fd, rc;
	char words[READING_WORDS];

	if (file == NULL)
		return verify_kept(o, s);
	fd = in ? STDIN_FILENO : file_open(file);
	if (fd == -1) {
		if (errno == ENOENT)
			say("%s: no such file", file);
		return EX_NOINPUT;
	}
	rc = reading_run(&x, fd, in ? "stdin" : file);
	reading_release(&x);
	if (!in)
		(void)close(fd);
	if (rc != EX_OK || o->program.quiet)
		return rc;
	reading_words(&x, words);
	printf("archive of %s\n", words);
	if (fflush(stdout) == 0)
		return EX_OK;
	say("stdout: %s", strerror(errno));
	return EX_IOERR;
}

static int
run_diff(const struct options *o, struct state *s)
{
	struct diff d = { .cf = &o->program.config,
		.realm = o->program.place.realm,
		.place = &o->program.place,
		.state = s,
		.from = o->arg[0],
		.to = o->arg[1],
		.json = o->json };

	return diff_run(&d);
}

enum {
	OPT_GENERATION = 256,
	OPT_AT,
	OPT_ALL,
	OPT_STASH,
	OPT_RECIPIENT,
	OPT_JSON
};

/* PROGRAM_GO, or the exit status. */
static int
take_option(struct options *o, int c, const char *arg)
{
	switch (c) {
	case OPT_GENERATION:
		o->generation = arg;
		return PROGRAM_GO;
	case OPT_AT:
		o->at = arg;
		return PROGRAM_GO;
	case OPT_ALL:
		o->all = true;
		return PROGRAM_GO;
	case OPT_STASH:
		o->stash = true;
		return PROGRAM_GO;
	case OPT_RECIPIENT:
		o->recipient[o->n_recipients++] = arg;
		return age_check(arg) == 0 ? PROGRAM_GO : EX_USAGE;
	case OPT_JSON:
		o->json = true;
		return PROGRAM_GO;
	default:
		return program_option(&o->program, c, arg);
	}
}

static const struct command commands[] = {
	{ "list", run_list, 0, 0, true, false, true },
	{ "write", run_write, 1, 0, true, true, false },
	{ "verify", run_verify, 0, 1, false, false, false },
	{ "diff", run_diff, 2, 0, false, false, true },
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* NULL, or what is wrong with these together. */
static const char *
complaint(const struct options *o)
{
	const struct command *c = o->command;

	if (!c->writes &&
	    (o->generation != NULL || o->at != NULL || o->all || o->stash ||
		o->n_recipients > 0))
		return "these options are for write";
	if (!c->json && o->json)
		return "--json is for list and diff";
	if ((o->generation != NULL) + (o->at != NULL) + o->all > 1)
		return "--generation, --at and --all exclude each other";
	if (o->stash && o->n_recipients == 0)
		return "--stash: for whom? name at least one --recipient";
	if (!o->stash && o->n_recipients > 0)
		return "--recipient: belongs to --stash";
	return NULL;
}

/* The command and its arguments. */
static int
take_command(int argc, char *argv[], struct options *o)
{
	const char *why = NULL;
	int n;

	if (o->program.check && optind == argc)
		return PROGRAM_GO;
	for (size_t i = 0; optind < argc && i < COMMANDS; i++)
		if (strcmp(argv[optind], commands[i].name) == 0)
			o->command = &commands[i];
	if (o->command == NULL) {
		usage(stderr);
		return EX_USAGE;
	}
	o->arg = &argv[optind + 1];
	why = complaint(o);
	n = argc - optind - 1;
	if (why == NULL && n >= o->command->args &&
	    n <= o->command->args + o->command->optional)
		return PROGRAM_GO;
	if (why != NULL)
		say("%s: %s", o->command->name, why);
	usage(stderr);
	return EX_USAGE;
}

static int
parse(int argc, char *argv[], struct options *o)
{
	static const struct option longs[] = {
		{ "generation", required_argument, NULL, OPT_GENERATION },
		{ "at", required_argument, NULL, OPT_AT },
		{ "all", no_argument, NULL, OPT_ALL },
		{ "stash", no_argument, NULL, OPT_STASH },
		{ "recipient", required_argument, NULL, OPT_RECIPIENT },
		{ "json", no_argument, NULL, OPT_JSON },
		PROGRAM_OPTIONS,
	};
	int c, rc = PROGRAM_GO;

	while (rc == PROGRAM_GO &&
	    (c = getopt_long(argc, argv, PROGRAM_LETTERS, longs, NULL)) != -1)
		rc = take_option(o, c, optarg);
	return rc == PROGRAM_GO ? take_command(argc, argv, o) : rc;
}

static int
run(const struct options *o)
{
	const struct command *c = o->command;
	struct state s;

	if (state_open(&o->program.config, !c->role, &s) == -1)
		return c->role ? EX_CONFIG : EX_CANTCREAT;
	return c->run(o, &s);
}

int
main(int argc, char *argv[])
{
	struct options o = { .program = { .name = "kdc-archive",
				 .usage = usage,
				 .bad_usage = EX_USAGE } };
	int rc;

	say_program(o.program.name);
	proc_harden();
	stop_watch();
	o.recipient = calloc((size_t)argc, sizeof(*o.recipient));
	if (o.recipient == NULL)
		return EX_OSERR;
	rc = parse(argc, argv, &o);
	if (rc == PROGRAM_GO)
		rc = program_begin(&o.program);
	if (rc == PROGRAM_GO)
		rc = run(&o);
	program_end(&o.program);
	free(o.recipient);
	stop_die();
	return rc;
}
