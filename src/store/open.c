#include "open.h"

#include "../sys/say.h"
#include "sign.h"

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

/* The head of the next entry; which it may be, is judged later. */
static int
look_ahead(struct archive_in *a, struct open_bundle *b)
{
	if (!b->ahead)
		b->head = archive_next(a, &b->name, &b->size);
	b->ahead = true;
	return b->head;
}

/* The next entry by the rules.  1, 0, -1. */
static int
next(struct archive_in *a, struct open_bundle *b)
{
	const char *why = NULL;
	int rc = look_ahead(a, b);

	b->ahead = false;
	if (rc == 1)
		rc = bundle_entry(&b->rules, b->name, b->size, &b->part,
			 &b->base, &why) == 0
		    ? 1
		    : -1;
	else if (rc == 0)
		rc = bundle_end(&b->rules, &why);
	if (why != NULL)
		say("bundle: %s; refused", why);
	return rc;
}

static int
read_text(
    struct archive_in *a, struct open_bundle *b, struct bytes *text, size_t max)
{
	if (next(a, b) != 1)
		return -1;
	return archive_get(a, text, max);
}

/* As they came. */
struct texts {
	struct bytes manifest, sig, grant, grant_sig;
};

static int
read_texts(struct archive_in *a, struct open_bundle *b, struct texts *t)
{
	char name[BUNDLE_NAME_MAX];

	bundle_name(BUNDLE_GRANT, &b->base, name);
	if (read_text(a, b, &t->manifest, MANIFEST_MAX) == -1 ||
	    read_text(a, b, &t->sig, BUNDLE_SIG_MAX) == -1)
		return -1;
	/* What else it is has to wait: no payload is let in yet. */
	if (look_ahead(a, b) == -1)
		return -1;
	if (b->head == 0 || strcmp(b->name, name) != 0)
		return 0;
	if (read_text(a, b, &t->grant, GRANT_MAX) == -1 ||
	    read_text(a, b, &t->grant_sig, BUNDLE_SIG_MAX) == -1)
		return -1;
	return look_ahead(a, b) == -1 ? -1 : 0;
}

static void
release_texts(struct texts *t)
{
	bytes_release(&t->manifest);
	bytes_release(&t->sig);
	bytes_release(&t->grant);
	bytes_release(&t->grant_sig);
}

static struct span
span_of(const struct bytes *b)
{
	return (struct span){ b->p, b->len };
}

static int
decode(const struct texts *t, const struct seal *was, struct seal *seal)
{
	const struct bytes *grant = &t->grant, *sig = &t->grant_sig;
	const char *why = NULL;

	if (seal_from(span_of(&t->manifest), span_of(&t->sig), seal, &why) ==
	    -1) {
		say("bundle: manifest: %s; refused", why);
		return -1;
	}
	if (grant->len == 0 && was->granted && was->m.epoch == seal->m.epoch) {
		grant = &was->grant;
		sig = &was->grant_sig;
	}
	if (grant->len == 0 ||
	    seal_add_grant(seal, span_of(grant), span_of(sig), &why) == 0)
		return 0;
	say("bundle: grant: %s; refused", why);
	return -1;
}

static enum verdict_outcome
check_signature(const struct config *cf, const char *realm,
    const struct open_bundle *b, const struct seal *was,
    const struct seal *seal)
{
	enum sign_when when = SIGN_ARRIVING;
	char why[SIGN_WHY];

	if (b->checked != NULL && seal_same(b->checked, seal))
		return VERDICT_SEALED;
	/* What is sealed here was looked at when it came. */
	if (b->standing || (seal->granted && seal_same_grant(seal, was)))
		when = SIGN_STANDING;
	switch (sign_check_seal(cf, realm, seal, when, why)) {
	case SIGN_GOOD:
		return VERDICT_SEALED;
	case SIGN_EXPIRED:
		say("bundle: %s; renew it; refused", why);
		return VERDICT_REFUSED;
	case SIGN_BAD:
	case SIGN_NOT_ALLOWED:
		say("bundle: %s; refused", why);
		return VERDICT_REFUSED;
	case SIGN_FAILED:
		break;
	}
	return VERDICT_FAILED;
}

enum verdict_outcome
open_texts(const struct config *cf, const char *realm, struct archive_in *a,
    struct open_bundle *b, const struct seal *was, struct seal *seal)
{
	struct texts t = { .manifest = BYTES_NONE };
	enum verdict_outcome o = VERDICT_REFUSED;

	errno = 0;
	if (read_texts(a, b, &t) == -1) {
		o = open_fault();
		goto out;
	}
	if (decode(&t, was, seal) == -1)
		goto out;
	o = check_signature(cf, realm, b, was, seal);
	if (o == VERDICT_SEALED && strcmp(seal->m.realm, realm) != 0) {
		say("bundle: it is of realm %s, this host serves %s; refused",
		    seal->m.realm, realm);
		o = VERDICT_REFUSED;
	}
	if (o == VERDICT_SEALED)
		b->rules.payload_max = bundle_bound(seal->m.dump.size);
out:
	release_texts(&t);
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
