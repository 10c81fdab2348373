#include "open.h"

#include "../sys/say.h"
#include "../store/sign.h"

#include <errno.h>
#include <string.h>

enum verdict_outcome
open_fault(void)
{
	switch (errno) {
	case ENOSPC:
	case EDQUOT:
	case EIO:
	case EROFS:
	case ENOMEM:
		return VERDICT_FAILED;
	default:
		return VERDICT_REFUSED;
	}
}

/* The next entry by the rules.  1, 0, -1. */
static int
next(struct archive_in *a, struct open_bundle *b)
{
	const char *name, *why = NULL;
	int rc = archive_next(a, &name, &b->size);

	if (rc == 1)
		rc = bundle_entry(&b->rules, name, b->size, &b->part, &b->base,
			 &why) == 0
		    ? 1
		    : -1;
	else if (rc == 0)
		rc = bundle_end(&b->rules, &why);
	if (why != NULL)
		say("bundle: %s; refused", why);
	return rc;
}

/* The manifest and its signature come first, before any payload. */
static int
read_texts(struct archive_in *a, struct open_bundle *b, struct bytes *text,
    struct bytes *sig)
{
	if (next(a, b) != 1 || archive_get(a, text, MANIFEST_MAX) == -1)
		return -1;
	if (next(a, b) != 1 || archive_get(a, sig, BUNDLE_SIG_MAX) == -1)
		return -1;
	return 0;
}

static enum verdict_outcome
check_signature(
    const struct config *cf, const char *realm, const struct seal *seal)
{
	char signer[320];

	sign_signer(cf, realm, signer);
	switch (sign_check_seal(cf, realm, seal, SIGN_NOW)) {
	case SIGN_GOOD:
		return VERDICT_SEALED;
	case SIGN_BAD:
		say("bundle: its signature is not one of its manifest; "
		    "refused");
		return VERDICT_REFUSED;
	case SIGN_NOT_ALLOWED:
		say("bundle: signed by a key that is not, or not any more, "
		    "the one of %s in %s; refused",
		    signer, cf->allowed_signers);
		return VERDICT_REFUSED;
	case SIGN_EXPIRED:
		say("bundle: the key of %s has expired (valid-before in %s); "
		    "renew it; refused",
		    signer, cf->allowed_signers);
		return VERDICT_REFUSED;
	case SIGN_FAILED:
		break;
	}
	return VERDICT_FAILED;
}

enum verdict_outcome
open_texts(const struct config *cf, const char *realm, struct archive_in *a,
    struct open_bundle *b, struct seal *seal)
{
	struct bytes text = BYTES_NONE, sig = BYTES_NONE;
	enum verdict_outcome o = VERDICT_REFUSED;
	const char *why = NULL;

	errno = 0;
	if (read_texts(a, b, &text, &sig) == -1) {
		o = open_fault();
		goto out;
	}
	if (seal_from((struct span){ text.p, text.len },
		(struct span){ sig.p, sig.len }, seal, &why) == -1) {
		say("bundle: manifest: %s; refused", why);
		goto out;
	}
	o = check_signature(cf, realm, seal);
	if (o == VERDICT_SEALED && strcmp(seal->m.realm, realm) != 0) {
		say("bundle: it is of realm %s, this host serves %s; refused",
		    seal->m.realm, realm);
		o = VERDICT_REFUSED;
	}
	if (o == VERDICT_SEALED)
		b->rules.payload_max = bundle_bound(seal->m.dump.size);
out:
	bytes_release(&text);
	bytes_release(&sig);
	return o;
}

int
open_skip_texts(struct archive_in *a, struct open_bundle *b)
{
	return next(a, b) == 1 && next(a, b) == 1 ? 0 : -1;
}

int
open_payload(struct archive_in *a, struct open_bundle *b)
{
	int rc;

	do
		rc = next(a, b);
	while (rc == 1 &&
	    (b->part == BUNDLE_GRANT || b->part == BUNDLE_GRANT_SIG));
	return rc;
}

enum verdict_outcome
open_to_end(struct archive_in *a, struct open_bundle *b)
{
	int rc;

	while ((rc = open_payload(a, b)) == 1)
		;
	return rc == 0 ? VERDICT_SEALED : VERDICT_REFUSED;
}
