/* kdc-apply: takes a bundle, from a primary over ssh or from a file, and makes
 * it the live database of this replica.  See kdc-apply(8). */

#include "apply.h"
#include "receive.h"

#include "../format/hello.h"
#include "../sys/file.h"
#include "../sys/newfile.h"
#include "../sys/proc.h"
#include "../sys/say.h"
#include "../store/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

struct options {
	const char *config, *realm, *file;
	bool dry, quiet, debug, check;
};

static void
usage(FILE *f)
{
	fprintf(f,
	    "usage: kdc-apply [-c FILE] [-r REALM] [-q] [-d]\n"
	    "       kdc-apply [-c FILE] [-r REALM] [-n] [-q] [-d] BUNDLE\n"
	    "       kdc-apply [-c FILE] --check-config\n"
	    "  -c, --config FILE    instead of " CONFIG_PATH "\n"
	    "  -r, --realm REALM    instead of the configured or default one\n"
	    "  -n, --dry-run        say what the bundle would change, by name\n"
	    "  -q, --quiet          speak only of what went wrong (a session "
	    "does)\n"
	    "  -d, --debug          say more, principal names included\n"
	    "      --check-config   show the configuration as understood\n"
	    "  -V, --version        -h, --help\n");
}

enum { OPT_CHECK = 256 };

/* 0: go on; else the exit status, less one. */
static int
parse(int argc, char *argv[], struct options *o)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "realm", required_argument, NULL, 'r' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "check-config", no_argument, NULL, OPT_CHECK },
		{ "quiet", no_argument, NULL, 'q' },
		{ "debug", no_argument, NULL, 'd' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "c:r:nqdVh", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
			o->config = optarg;
			break;
		case 'r':
			o->realm = optarg;
			break;
		case 'n':
			o->dry = true;
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
			printf("kdc-apply %s, krb5 %s\n", KDCSYNC_VERSION,
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
	if (optind < argc)
		o->file = argv[optind++];
	if (optind < argc || (o->dry && o->file == NULL)) {
		usage(stderr);
		return 1 + EX_USAGE;
	}
	return 0;
}

static int
status(enum verdict_outcome o)
{
	switch (o) {
	case VERDICT_SEALED:
		return EX_OK;
	case VERDICT_NEED_FULL:
	case VERDICT_REFUSED:
		return EX_DATAERR;
	case VERDICT_BUSY:
		return EX_TEMPFAIL;
	case VERDICT_FAILED:
		break;
	}
	return EX_IOERR;
}

/* Is the dump of that manifest here, as far as its size tells? */
static bool
has_dump(const struct state *s, const struct manifest *m)
{
	char path[PATH_MAX];
	struct stat st;

	state_dump(s, &m->dump.digest, path);
	return lstat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    (uint64_t)st.st_size == m->dump.size;
}

static int
say_hello(const struct place *p, const struct state *s)
{
	struct hello h = { .free = file_free(p->db_dir) };
	char path[PATH_MAX], text[HELLO_MAX];
	struct seal seal;
	size_t n;

	(void)snprintf(h.realm, sizeof(h.realm), "%s", p->realm);
	(void)snprintf(h.krb5, sizeof(h.krb5), "%s", place_krb5_version());
	(void)snprintf(h.kdcsync, sizeof(h.kdcsync), "%s", KDCSYNC_VERSION);
	state_path(s, STATE_SEAL, path);
	h.sealed = seal_read(path, &seal) == 1;
	if (h.sealed) {
		h.seal = (struct span){ seal.text.p, seal.text.len };
		h.seal_sig = (struct span){ seal.sig.p, seal.sig.len };
		h.digest = seal.m.dump.digest;
		h.has_dump = has_dump(s, &seal.m);
	}
	n = hello_encode(&h, text);
	seal_release(&seal);
	if (n == 0) {
		say("hello: the realm's name has no spelling as text");
		return -1;
	}
	return file_write(STDOUT_FILENO, "hello", text, n);
}

static int
say_verdict(const struct verdict *v)
{
	char text[VERDICT_MAX];
	size_t n = verdict_encode(v, text);

	if (n == 0) {
		say("verdict: cannot be written as text");
		return -1;
	}
	return file_write(STDOUT_FILENO, "verdict", text, n);
}

/* A primary that finds us ahead of it has gone; anybody else may listen. */
static void
say_nothing_came(const struct verdict *v)
{
	char text[VERDICT_MAX];
	size_t n = verdict_encode(v, text);

	say_info("%s; nothing was changed", v->why);
	if (write(STDOUT_FILENO, text, n) == -1)
		say_info("nor is anybody there");
}

/* hello, bundle, verdict on stdin and stdout. */
static int
session(const struct config *cf, const struct place *p, struct state *s)
{
	enum verdict_outcome o;
	char path[PATH_MAX];
	struct verdict v;
	int64_t start = proc_now(), received;

	if (isatty(STDIN_FILENO)) {
		say("a bundle is expected on stdin, from kdc-snapshot; to "
		    "apply one by hand, name its file");
		return EX_USAGE;
	}
	if (say_hello(p, s) == -1)
		return EX_IOERR;
	o = receive(cf, p->realm, s, STDIN_FILENO, path);
	if (o == VERDICT_REFUSED && path[0] == '\0') {
		apply_report(p, s, o, &v);
		(void)snprintf(v.why, sizeof(v.why), "no bundle came");
		say_nothing_came(&v);
		return EX_DATAERR;
	}
	received = proc_now() - start;
	if (o == VERDICT_SEALED) {
		o = apply(cf, p, s, path, &v);
		(void)newfile_remove(path);
	} else {
		apply_report(p, s, o, &v);
	}
	v.receive_ms = (uint64_t)received;
	if (say_verdict(&v) == -1 && o == VERDICT_SEALED)
		o = VERDICT_FAILED;
	/* The verdict ends where the stream does; on_sealed may take a while. */
	(void)close(STDOUT_FILENO);
	(void)open("/dev/null", O_WRONLY);
	return status(o);
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
		out = apply_dry(cf, p, s, o->file);
	else
		out = apply(cf, p, s, o->file, &v);
	if (out == VERDICT_NEED_FULL)
		say("%s: a delta for another base than this replica's; take "
		    "a full bundle (kdc-snapshot -o FILE)",
		    o->file);
	return status(out);
}

static int
run(const struct config *cf, const struct options *o)
{
	const char *realm = o->realm;
	struct place place;
	struct state s;
	int rc;

	if (realm == NULL && cf->realm[0] != '\0')
		realm = cf->realm;
	if (place_find(realm, &place) == -1)
		return EX_CONFIG;
	if (state_open(cf, true, &s) == -1)
		return EX_CANTCREAT;
	if (state_take_role(&s, ROLE_REPLICA) == -1)
		return EX_CONFIG;
	/* In a session our stderr is the primary's, who has the verdict. */
	if (o->file == NULL)
		say_level(!o->debug, o->debug);
	rc = o->file == NULL ? session(cf, &place, &s)
			     : by_hand(cf, &place, &s, o);
	if (rc == EX_OK && !o->dry)
		apply_on_sealed(cf, &s);
	return rc;
}

int
main(int argc, char *argv[])
{
	struct options o = { 0 };
	struct config cf;
	int rc;

	say_program("kdc-apply");
	proc_harden();
	rc = parse(argc, argv, &o);
	if (rc != 0)
		return rc - 1;
	say_level(o.quiet, o.debug);
	rc = EX_CONFIG;
	if (config_read(o.config, &cf) == 0) {
		if (o.check)
			config_print(&cf);
		rc = o.check ? EX_OK : run(&cf, &o);
	}
	config_release(&cf);
	return rc;
}
