#include "successor.h"

#include "../format/bundle.h"
#include "../sys/file.h"
#include "../sys/say.h"
#include "../store/sign.h"
#include "../store/superseded.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

uint64_t
successor_epoch(const struct successor *x)
{
	return x->met ? x->seal.m.epoch : x->seal.g.epoch;
}

bool
successor_is_granted(const struct successor *x)
{
	return x->seal.granted && !seal_same_grant(&x->seal, &x->ours);
}

/*
 * By a grant.
 */
static int
read_part(const char *path, size_t max, struct bytes *text)
{
	if (file_read(path, max, text) == 0)
		return EX_OK;
	if (errno == ENOENT)
		say("%s: not there; the new primary has the grant and its .sig",
		    path);
	return EX_NOINPUT;
}

static int
read_grant(const char *path, struct seal *to)
{
	struct bytes text = BYTES_NONE, sig = BYTES_NONE;
	char sig_path[PATH_MAX + 8];
	const char *why;
	int rc;

	(void)snprintf(sig_path, sizeof(sig_path), "%s.sig", path);
	rc = read_part(path, GRANT_MAX, &text);
	if (rc == EX_OK)
		rc = read_part(sig_path, BUNDLE_SIG_MAX, &sig);
	if (rc == EX_OK &&
	    seal_add_grant(to, (struct span){ text.p, text.len },
		(struct span){ sig.p, sig.len }, &why) == -1) {
		say("%s: %s; name the one that opened the new epoch", path,
		    why);
		rc = EX_DATAERR;
	}
	bytes_release(&text);
	bytes_release(&sig);
	return rc;
}

static int
check_grant(const struct demote *d, const struct successor *x)
{
	const struct grant *g = &x->seal.g;
	char why[SIGN_WHY];

	if (strcmp(g->realm, d->place->realm) != 0) {
		say("%s: it is for realm %s, this host serves %s", d->grant,
		    g->realm, d->place->realm);
		return EX_DATAERR;
	}
	if (g->epoch <= x->ours.m.epoch) {
		say("%s: it is for epoch %" PRIu64 ", and this host is in "
		    "epoch %" PRIu64 "; name the grant that another host "
		    "became the primary by",
		    d->grant, g->epoch, x->ours.m.epoch);
		return EX_DATAERR;
	}
	switch (sign_check_grant(
	    d->cf, d->place->realm, &x->seal, SIGN_STANDING, why)) {
	case SIGN_GOOD:
		return EX_OK;
	case SIGN_FAILED:
		return EX_IOERR;
	default:
		say("%s: %s", d->grant, why);
		return EX_DATAERR;
	}
}

/*
 * By what was met.
 */
static int
check_met(const struct demote *d, const struct successor *x)
{
	char why[SIGN_WHY];

	if (strcmp(x->seal.m.realm, d->place->realm) == 0 &&
	    superseded_by(&x->seal, &x->ours)) {
		switch (sign_check_seal(
		    d->cf, d->place->realm, &x->seal, SIGN_STANDING, why)) {
		case SIGN_GOOD:
			return EX_OK;
		case SIGN_FAILED:
			return EX_IOERR;
		default:
			say("%s/" SUPERSEDED_SEAL ": %s", d->state->dir, why);
		}
	}
	say("%s: nothing signed says that another host took over from this "
	    "primary; run kdc-snapshot, which learns it from a replica, or "
	    "name the grant that it did so by: --grant FILE",
	    d->state->dir);
	return EX_DATAERR;
}

int
successor_find(const struct demote *d, struct successor *x)
{
	char path[PATH_MAX];
	int rc;

	state_path(d->state, STATE_CURRENT, path);
	(void)seal_read(path, &x->ours);
	if (d->grant != NULL) {
		rc = read_grant(d->grant, &x->seal);
		return rc == EX_OK ? check_grant(d, x) : rc;
	}
	x->met = superseded_seal(d->state, &x->seal) == 1;
	return check_met(d, x);
}

void
successor_release(struct successor *x)
{
	seal_release(&x->ours);
	seal_release(&x->seal);
}
