#include "pending.h"

#include "floor.h"
#include "sign.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Newer than the committed seal, as far as there is one? */
static bool
is_newer(const struct config *cf, const char *realm, const struct state *s,
    const struct seal *next)
{
	struct seal was;
	struct floor f;
	char why[FLOOR_WHY];
	bool newer;

	(void)floor_read(cf, realm, s, &was, &f);
	newer = floor_check(&f, next, why) == 0 &&
	    (!f.known || manifest_compare(&next->m, &f.m) > 0);
	seal_release(&was);
	return newer;
}

enum pending
pending_read(const struct config *cf, const char *realm, const struct state *s,
    struct seal *next)
{
	char path[PATH_MAX];
	int rc;

	state_path(s, STATE_SEAL_NEXT, path);
	rc = seal_read(path, next);
	if (rc == 0)
		return PENDING_NONE;
	if (rc == -1)
		return PENDING_UNKNOWN;
	if (strcmp(next->m.realm, realm) != 0 || !is_newer(cf, realm, s, next))
		return PENDING_VOID;
	switch (sign_check_seal(cf, realm, next, SIGN_STANDING, NULL)) {
	case SIGN_GOOD:
		return PENDING_SWAP;
	case SIGN_FAILED:
		return PENDING_UNKNOWN;
	default:
		return PENDING_VOID;
	}
}
