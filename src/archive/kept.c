#include "kept.h"

#include "../sys/say.h"
#include "../sys/stop.h"
#include "../store/show.h"
#include "../store/sign.h"

#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

/* EX_OK; EX_DATAERR, EX_CONFIG, said. */
static int
check_signature(const struct config *cf, const struct stock *k,
    const struct manifest *m, const char *id)
{
	struct seal seal = SEAL_NONE;
	char why[SIGN_WHY];
	int rc = EX_DATAERR;

	if (stock_seal(k, m, &seal) == -1)
		return rc;
	switch (sign_check_seal(cf, m->realm, &seal, SIGN_STANDING, why)) {
	case SIGN_GOOD:
		rc = EX_OK;
		break;
	case SIGN_FAILED:
		rc = EX_CONFIG;
		break;
	default:
		say("generation %s: %s", id, why);
	}
	seal_release(&seal);
	return rc;
}

/* Their dumps: how many there are, and how many can be given back.  A replica has
 * one. */
static int
check_dumps(const struct stock *k, size_t *n, size_t *good)
{
	int fd;

	if (k->state->role != ROLE_REPLICA)
		return history_verify(k->state, n, good);
	fd = stock_open(k, &k->all.m[0]);
	if (fd != -1)
		(void)close(fd);
	*n = 1;
	*good = fd != -1;
	return 0;
}

static int
tell(const struct stock *k)
{
	char newest[SHOW_ID], oldest[SHOW_ID];

	if (k->all.n == 0) {
		say("%s: no generation is left here; run kdc-snapshot",
		    k->state->dir);
		return EX_DATAERR;
	}
	show_id(&k->all.m[0], newest);
	show_id(&k->all.m[k->all.n - 1], oldest);
	if (k->all.n == 1)
		printf("1 generation, %s: signed, and its dump is there\n",
		    newest);
	else
		printf("%zu generations, %s to %s: signed, and each dump can "
		       "be given back\n",
		    k->all.n, oldest, newest);
	return show_end() == -1 ? EX_IOERR : EX_OK;
}

int
kept_verify(const struct config *cf, const struct stock *k, bool quiet)
{
	size_t n, good, bad;
	char id[SHOW_ID];
	int rc;

	if (check_dumps(k, &n, &good) == -1)
		return EX_IOERR;
	bad = n - good;
	for (size_t i = 0; i < k->all.n; i++) {
		if (stop_asked())
			return EX_IOERR;
		show_id(&k->all.m[i], id);
		rc = check_signature(cf, k, &k->all.m[i], id);
		if (rc == EX_CONFIG)
			return rc;
		bad += rc != EX_OK;
	}
	if (bad == 0)
		return quiet ? EX_OK : tell(k);
	say("%s: of %zu generations not all can be given back as they were "
	    "signed; the reasons are above",
	    k->state->dir, n);
	return EX_DATAERR;
}
