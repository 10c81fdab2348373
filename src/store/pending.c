#include "pending.h"

#include "sign.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Newer than the committed seal, as far as there is one? */
static bool
is_newer(const struct state *s, const struct seal *next)
{
	struct seal was;
	char path[PATH_MAX];
	bool newer = true;

	state_path(s, STATE_SEAL, path);
	if (seal_read(path, &was) == 1)
		newer = manifest_compare(&next->m, &was.m) > 0;
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
	if (strcmp(next->m.realm, realm) != 0 || !is_newer(s, next))
		return PENDING_VOID;
	switch (sign_check_seal(cf, realm, next, SIGN_AT_AS_OF)) {
	case SIGN_GOOD:
		return PENDING_SWAP;
	case SIGN_FAILED:
		return PENDING_UNKNOWN;
	default:
		return PENDING_VOID;
	}
}
