#include "permit.h"

#include "../format/bundle.h"
#include "../sys/file.h"
#include "../sys/newfile.h"
#include "../sys/say.h"
#include "../store/epoch.h"
#include "../store/sign.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

/* A primary signs. */
static int
check_signing_key(const struct plan *p)
{
	const struct config *cf = p->r->cf;
	const char *key = cf->signing_key;

	if (key[0] != '\0' && access(key, R_OK) == 0)
		return EX_OK;
	say("%s: signing_key: %s%s; a primary signs: ssh-keygen -t ed25519 -N "
	    "'' -C 'kdcsync signing, %s' -f %s%s",
	    cf->path, key[0] == '\0' ? "not set" : key,
	    key[0] == '\0' ? "" : ": cannot be read", p->r->place->realm,
	    key[0] == '\0' ? "/etc/kdcsync/signing_key" : key,
	    key[0] == '\0' ? ", then name it there" : "");
	return EX_CONFIG;
}

int
permit_ask(const struct plan *p)
{
	char pub[PATH_MAX + 8];
	int rc = check_signing_key(p);

	if (rc != EX_OK)
		return rc;
	(void)snprintf(pub, sizeof(pub), "%s.pub", p->r->cf->signing_key);
	/* On a primary that goes on publishing while the operator signs, what
	 * is current then is no news: it is what is undone. */
	if (epoch_print_next(p->r->place->realm, &p->base, p->newest + 1,
		p->was == ROLE_PRIMARY, pub) == -1)
		return EX_IOERR;
	say("an operator grants that: save what stdout has as grant, sign "
	    "it: " EPOCH_SIGN
	    "grant, then run this again with --grant grant; nothing "
	    "was changed");
	return EX_NOPERM;
}

/* With which key do we sign?  Whoever has the file knows, whatever .pub says. */
static int
check_key(const struct plan *p)
{
	static const char text[] = "kdc-restore tries the key\n";
	struct bytes sig = BYTES_NONE;
	char key[GRANT_KEY] = "";
	struct span span = { text, sizeof(text) - 1 };
	int rc = EX_CONFIG;

	if (sign_make(p->r->cf, span, &sig) == 0 &&
	    sign_key(span, (struct span){ sig.p, sig.len }, key) == SIGN_GOOD)
		rc = EX_OK;
	bytes_release(&sig);
	if (rc != EX_OK || strcmp(key, p->grant.g.key) == 0)
		return rc;
	say("%s: it is for the key %s, signing_key here is %s; have that one "
	    "granted: run this without --grant",
	    p->r->grant, p->grant.g.key, key);
	return EX_DATAERR;
}

/* Is it for an epoch that nobody is in yet?  Only a run that was cut short may
 * have begun it. */
static int
check_new(const struct plan *p)
{
	uint64_t epoch = p->grant.g.epoch;

	if (epoch > p->newest ||
	    (p->again && epoch > p->from &&
		seal_same_grant(&p->grant, &p->base)))
		return EX_OK;
	say("%s: it is for epoch %" PRIu64 ", and epoch %" PRIu64
	    " has begun already; a restore opens a new one: run this without "
	    "--grant, and have that signed",
	    p->r->grant, epoch, p->newest);
	return EX_DATAERR;
}

int
permit_check(struct plan *p)
{
	int rc = check_signing_key(p);

	if (rc != EX_OK)
		return rc;
	if (access(p->r->grant, R_OK) == -1) {
		say("--grant %s: %s", p->r->grant, strerror(errno));
		return EX_NOINPUT;
	}
	if (epoch_choose(&p->cf, p->r->place->realm, &p->base, &p->grant) == -1)
		return EX_DATAERR;
	rc = check_new(p);
	return rc == EX_OK ? check_key(p) : rc;
}

static bool
same_file(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
	    x.st_ino == y.st_ino;
}

int
permit_install(const struct plan *p)
{
	const char *to = p->r->cf->grant;
	const struct seal *g = &p->grant;
	char sig[PATH_MAX + 8];

	/* Without a file the grant of `current` counts. */
	if (to[0] == '\0') {
		to = CONFIG_GRANT;
		if (access(to, F_OK) == -1)
			return 0;
	}
	if (same_file(to, p->r->grant))
		return 0;
	(void)snprintf(sig, sizeof(sig), "%s.sig", to);
	(void)newfile_sweep(to);
	(void)newfile_sweep(sig);
	if (newfile_put(sig, g->grant_sig.p, g->grant_sig.len) == -1 ||
	    newfile_put(to, g->grant.p, g->grant.len) == -1)
		return -1;
	say_info(
	    "%s: the grant of epoch %" PRIu64 " is there now", to, g->g.epoch);
	return 0;
}
