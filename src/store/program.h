#ifndef KDCSYNC_PROGRAM_H
#define KDCSYNC_PROGRAM_H

#include "config.h"
#include "kdb/place.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

/* What every program of kdcsync begins with: its name, the options they share,
 * its configuration, the KDC's place.  Exit and usage stay with main. */
struct program {
	const char *name;
	void (*usage)(FILE *f);
	int bad_usage;			/* exit status for a wrong option */
	const char *config_path;	/* -c, or NULL */
	const char *realm;		/* -r, or NULL */
	bool quiet, debug;		/* -q, -d */
	bool check;			/* --check-config */
	struct config config;
	struct place place;
};

#define PROGRAM_LETTERS "c:r:qdVh"
#define PROGRAM_CHECK 255
#define PROGRAM_OPTIONS \
	{ "config", required_argument, NULL, 'c' }, \
	{ "realm", required_argument, NULL, 'r' }, \
	{ "check-config", no_argument, NULL, PROGRAM_CHECK }, \
	{ "quiet", no_argument, NULL, 'q' }, \
	{ "debug", no_argument, NULL, 'd' }, \
	{ "version", no_argument, NULL, 'V' }, \
	{ "help", no_argument, NULL, 'h' }, \
	{ NULL, 0, NULL, 0 }
#define PROGRAM_USAGE \
	"  -c, --config FILE    instead of " CONFIG_PATH "\n" \
	"  -r, --realm REALM    instead of the configured or default one\n" \
	"  -q, --quiet          speak only of what went wrong\n" \
	"  -d, --debug          say more, principal names included\n" \
	"      --check-config   show the configuration as understood\n" \
	"  -V, --version        -h, --help\n"

/* An answer of the two below that means: go on. */
#define PROGRAM_GO (-1)

/* Takes one of the shared options, or a wrong one.  PROGRAM_GO, or the exit
 * status. */
int	program_option(struct program *p, int option, const char *arg);

/* Reads the configuration and finds the place; with --check-config prints it.
 * PROGRAM_GO, or the exit status (failure is EX_CONFIG). */
int	program_begin(struct program *p);

/* The first half of that: without a place, which only who may read kdc.conf can
 * find. */
int	program_configure(struct program *p);
void	program_end(struct program *p);

#endif
