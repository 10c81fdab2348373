/* kdc-snapshot: takes a generation of the primary's database and ships it to
 * every replica.  See kdc-snapshot(8). */

#include "pack.h"
#include "ship.h"
#include "take.h"

#include "../sys/file.h"
#include "../sys/newfile.h"
#include "../sys/proc.h"
#include "../sys/say.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

struct options {
	const char *config, *realm, *output;
	const char **to; /* names; all when none is given */
	size_t n_to;
	bool no_ship, full, allow_shrink, quiet, debug, check;
};

static void
usage(FILE *f)
{
	fprintf(f,
	    "usage: kdc-snapshot [-c FILE] [-r REALM] [-t NAME]... "
	    "[--full] [--no-ship]\n"
	    "                    [-o FILE] [--allow-shrink] [-q] [-d] "
	    "[--check-config]\n"
	    "  -c, --config FILE    instead of " CONFIG_PATH "\n"
	    "  -r, --realm REALM    instead of the configured or default one\n"
	    "  -t, --to NAME        ship to this replica only; repeatable\n"
	    "      --full           send the whole dump, not a delta\n"
	    "      --no-ship        take a generation, send it to nobody\n"
	    "  -o, --output FILE    write a full bundle; - is stdout\n"
	    "      --allow-shrink   publish even if many principals are gone\n"
	    "  -q, --quiet          speak only of what went wrong\n"
	    "  -d, --debug          say more, principal names included\n"
	    "      --check-config   show the configuration as understood\n"
	    "  -V, --version        -h, --help\n");
}

enum { OPT_FULL = 256, OPT_NO_SHIP, OPT_SHRINK, OPT_CHECK };

/* 0: go on; else the exit status, less one. */
static int
parse(int argc, char *argv[], struct options *o)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "realm", required_argument, NULL, 'r' },
		{ "to", required_argument, NULL, 't' },
		{ "output", required_argument, NULL, 'o' },
		{ "full", no_argument, NULL, OPT_FULL },
		{ "no-ship", no_argument, NULL, OPT_NO_SHIP },
		{ "allow-shrink", no_argument, NULL, OPT_SHRINK },
		{ "check-config", no_argument, NULL, OPT_CHECK },
		{ "quiet", no_argument, NULL, 'q' },
		{ "debug", no_argument, NULL, 'd' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while (
	    (c = getopt_long(argc, argv, "c:r:t:o:qdVh", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
			o->config = optarg;
			break;
		case 'r':
			o->realm = optarg;
			break;
		case 't':
			o->to[o->n_to++] = optarg;
			break;
		case 'o':
			o->output = optarg;
			break;
		case OPT_FULL:
			o->full = true;
			break;
		case OPT_NO_SHIP:
			o->no_ship = true;
			break;
		case OPT_SHRINK:
			o->allow_shrink = true;
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
			printf("kdc-snapshot %s, krb5 %s\n", KDCSYNC_VERSION,
			    place_krb5_version());
			return 1 + EX_OK;
		case 'h':
			usage(stdout);
			return 1 + EX_OK;
		default:
			usage(stderr);
			return 1 + EX_USAGE;
		}
	}
	if (optind < argc) {
		say("%s: what is that? it takes options only", argv[optind]);
		usage(stderr);
		return 1 + EX_USAGE;
	}
	return 0;
}

static const struct config_replica *
find(const struct config *cf, const char *name)
{
	for (size_t i = 0; i < cf->n_replicas; i++)
		if (strcmp(cf->replicas[i].name, name) == 0)
			return &cf->replicas[i];
	return NULL;
}

static bool
wanted(const struct options *o, const char *name)
{
	for (size_t i = 0; i < o->n_to; i++)
		if (strcmp(o->to[i], name) == 0)
			return true;
	return o->n_to == 0;
}

static int
check_names(const struct config *cf, const struct options *o)
{
	for (size_t i = 0; i < o->n_to; i++)
		if (find(cf, o->to[i]) == NULL) {
			say("%s: no replica of that name in %s", o->to[i],
			    cf->path);
			return -1;
		}
	return 0;
}

static int
ship_all(const struct config *cf, struct state *s, const struct options *o,
    const struct seal *now)
{
	size_t tried = 0, sealed = 0, reached = 0;

	for (size_t i = 0; i < cf->n_replicas; i++) {
		if (!wanted(o, cf->replicas[i].name))
			continue;
		tried++;
		switch (ship(cf, s, &cf->replicas[i], now, o->full)) {
		case SHIP_SEALED:
			sealed++;
			reached++;
			break;
		case SHIP_BEHIND:
			reached++;
			break;
		case SHIP_UNREACHED:
			break;
		case SHIP_SUPERSEDED:
			return EX_DATAERR;
		}
	}
	if (tried > 0 && sealed == tried)
		(void)state_remove(s, STATE_SUPERSEDED);
	if (tried > 0 && reached == 0) {
		say("no replica could be reached");
		return EX_UNAVAILABLE;
	}
	return sealed == tried ? EX_OK : 1;
}

static int
write_fd(void *arg, const void *p, size_t n)
{
	return file_write(*(int *)arg, "bundle", p, n);
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
	if (pack_choose(s, now, NULL, true, &k) == 0)
		rc = pack_write(&k, now, write_fd, file ? &n.fd : &out);
	if (rc == 0 && file)
		rc = newfile_commit(&n);
	newfile_abandon(&n);
	pack_release(&k);
	return rc;
}

static int
publish(const struct config *cf, struct state *s, const struct options *o,
    enum take_answer took, const struct seal *now)
{
	int rc = EX_OK;

	if (took == TAKE_FAILED)
		return EX_IOERR;
	if (took == TAKE_BUSY)
		return EX_TEMPFAIL;
	/* Held before there was ever a generation: nothing to send. */
	if (now->m.epoch == 0)
		return EX_DATAERR;
	if (o->output != NULL && write_bundle(s, now, o->output) == -1)
		return EX_CANTCREAT;
	if (!o->no_ship)
		rc = ship_all(cf, s, o, now);
	return took == TAKE_HELD ? EX_DATAERR : rc;
}

static int
run(const struct config *cf, const struct options *o)
{
	const char *realm = o->realm;
	struct seal now = SEAL_NONE;
	struct place place;
	struct state s;
	enum take_answer took;
	int lock = -1, rc;

	if (realm == NULL && cf->realm[0] != '\0')
		realm = cf->realm;
	if (check_names(cf, o) == -1)
		return EX_USAGE;
	if (place_find(realm, &place) == -1)
		return EX_CONFIG;
	if (state_open(cf, true, &s) == -1)
		return EX_CANTCREAT;
	if (state_take_role(&s, ROLE_PRIMARY) == -1)
		return EX_CONFIG;
	rc = state_lock(&s, "snapshot", 0, &lock);
	if (rc != 0)
		return rc == LOCK_BUSY ? EX_TEMPFAIL : EX_CANTCREAT;
	took = take(cf, &place, &s, o->allow_shrink, &now);
	(void)close(lock);
	rc = publish(cf, &s, o, took, &now);
	seal_release(&now);
	return rc;
}

int
main(int argc, char *argv[])
{
	struct options o = { 0 };
	struct config cf;
	int rc;

	say_program("kdc-snapshot");
	proc_harden();
	o.to = calloc((size_t)argc, sizeof(*o.to));
	if (o.to == NULL)
		return EX_OSERR;
	rc = parse(argc, argv, &o);
	if (rc != 0) {
		free(o.to);
		return rc - 1;
	}
	say_level(o.quiet, o.debug);
	rc = EX_CONFIG;
	if (config_read(o.config, &cf) == 0) {
		if (o.check)
			config_print(&cf);
		rc = o.check ? EX_OK : run(&cf, &o);
	}
	config_release(&cf);
	free(o.to);
	return rc;
}
