#include "epoch.h"

#include "sign.h"

#include "../format/bundle.h"
#include "../format/when.h"
#include "../sys/file.h"
#include "../sys/say.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define CLOCK_SKEW 300 /* seconds, Kerberos' own */

uint64_t
epoch_number(const struct seal *last, const struct seal *now)
{
	if (now->granted)
		return now->g.epoch;
	return last->m.epoch == 0 ? 1 : last->m.epoch;
}

bool
epoch_opens(const struct seal *last, const struct seal *now)
{
	return epoch_number(last, now) != last->m.epoch;
}

static struct span
span_of(const struct bytes *b)
{
	return (struct span){ b->p, b->len };
}

/* The file and its signature.  1; 0: none, nor must there be one; -1, said. */
static int
read_file(const struct config *cf, const char *path, struct bytes *text,
    struct bytes *sig)
{
	char sig_path[PATH_MAX + 8];

	if (file_read(path, GRANT_MAX, text) == -1) {
		if (errno != ENOENT)
			return -1;
		if (cf->grant[0] == '\0')
			return 0;
		say("%s: %s; the setting grant in %s names it", path,
		    strerror(errno), cf->path);
		return -1;
	}
	(void)snprintf(sig_path, sizeof(sig_path), "%s.sig", path);
	if (file_read(sig_path, BUNDLE_SIG_MAX, sig) == 0)
		return 1;
	if (errno == ENOENT)
		say("%s: is not there; the operator makes it: " EPOCH_SIGN "%s",
		    sig_path, path);
	return -1;
}

/* May it follow what is current? */
static int
check_order(const char *path, const struct seal *last, const struct grant *g)
{
	struct grant_mark was, now;
	char then[WHEN_TEXT], here[WHEN_TEXT];

	if (last->m.epoch == 0)
		return 0;
	if (seal_mark(last, &was) == -1 || grant_mark(g->epoch, g, &now) == -1)
		return -1;
	switch (grant_order(&was, &now)) {
	case GRANT_FOLLOWS:
	case GRANT_MISSING:
		return 0;
	case GRANT_EPOCH_OVER:
		say("%s: it is for epoch %" PRIu64 ", this primary is in epoch "
		    "%" PRIu64 " already; remove it, or have one signed for "
		    "this epoch",
		    path, g->epoch, was.epoch);
		break;
	case GRANT_OLD:
		(void)when_encode(now.time, then);
		(void)when_encode(was.time, here);
		say("%s: its time, %s, is not later than that of the grant in "
		    "force, %s; remove it, or have a new one signed",
		    path, then, here);
		break;
	}
	return -1;
}

/* Is it meant for this primary as it is now? */
static int
check_use(const char *path, const char *realm, const struct seal *last,
    const struct grant *g)
{
	static const struct digest none;

	if (strcmp(g->realm, realm) != 0) {
		say("%s: it is for realm %s, this host serves %s", path,
		    g->realm, realm);
		return -1;
	}
	if (g->time > time(NULL) + CLOCK_SKEW) {
		say("%s: its time is ahead of this host's clock; set the "
		    "clock, or have a new one signed",
		    path);
		return -1;
	}
	if (check_order(path, last, g) == -1)
		return -1;
	/* What was published since would be undone unseen. */
	if (g->epoch != last->m.epoch && !digest_equal(&g->base, &none) &&
	    !digest_equal(&g->base, &last->m.dump.digest)) {
		say("%s: the epoch it opens starts from another generation "
		    "than the current one here; look at which is newer, then "
		    "have one signed for it: kdc-snapshot --print-grant, or "
		    "kdc-restore without --grant",
		    path);
		return -1;
	}
	return 0;
}

static int
check_signature(const struct config *cf, const char *path, const char *realm,
    const struct seal *now)
{
	char why[SIGN_WHY];

	switch (sign_check_grant(cf, realm, now, SIGN_ARRIVING, why)) {
	case SIGN_GOOD:
		return 0;
	case SIGN_EXPIRED:
		say("%s: %s; renew it", path, why);
		break;
	case SIGN_BAD:
		say("%s: %s; the operator signs it: " EPOCH_SIGN "%s", path,
		    why, path);
		break;
	case SIGN_NOT_ALLOWED:
		say("%s: %s", path, why);
		break;
	case SIGN_FAILED:
		break;
	}
	return -1;
}

static int
take_file(const struct config *cf, const char *path, const char *realm,
    const struct seal *last, struct span text, struct span sig,
    struct seal *now)
{
	const char *why;

	if (seal_add_grant(now, text, sig, &why) == -1) {
		say("%s: %s; kdc-snapshot --print-grant makes one", path, why);
		return -1;
	}
	if (seal_same_grant(now, last))
		return 0;
	if (check_signature(cf, path, realm, now) == -1)
		return -1;
	return check_use(path, realm, last, &now->g);
}

/* No file: that of `current` stays in force. */
static int
keep(const struct seal *last, struct seal *now)
{
	const char *why;

	if (last->granted)
		return seal_add_grant(now, span_of(&last->grant),
		    span_of(&last->grant_sig), &why);
	if (last->m.epoch <= 1)
		return 0;
	say("grant: there is none, and epoch %" PRIu64
	    " needs one; put it and its .sig in " CONFIG_GRANT,
	    last->m.epoch);
	return -1;
}

int
epoch_choose(const struct config *cf, const char *realm,
    const struct seal *last, struct seal *now)
{
	const char *path = cf->grant[0] != '\0' ? cf->grant : CONFIG_GRANT;
	struct bytes text = BYTES_NONE, sig = BYTES_NONE;
	int rc = read_file(cf, path, &text, &sig);

	if (rc == 1)
		rc = take_file(
		    cf, path, realm, last, span_of(&text), span_of(&sig), now);
	else if (rc == 0)
		rc = keep(last, now);
	bytes_release(&text);
	bytes_release(&sig);
	return rc;
}

int
epoch_check_key(const struct config *cf, const struct seal *now)
{
	char key[GRANT_KEY];

	if (!now->granted)
		return 0;
	if (sign_key(span_of(&now->text), span_of(&now->sig), key) !=
	    SIGN_GOOD) {
		say("%s: ssh-keygen does not find good what it signed with it",
		    cf->signing_key);
		return -1;
	}
	if (strcmp(key, now->g.key) == 0)
		return 0;
	say("%s: signing_key is %s, the grant of epoch %" PRIu64
	    " names %s; put that key there, or have this one granted: "
	    "kdc-snapshot --print-grant %s.pub",
	    cf->signing_key, key, now->g.epoch, now->g.key, cf->signing_key);
	return -1;
}

/*
 * The text of one.
 */
static int
fill(
    const char *realm, const struct seal *last, bool new_epoch, struct grant *g)
{
	(void)snprintf(g->realm, sizeof(g->realm), "%s", realm);
	g->epoch = last->m.epoch == 0 ? 1 : last->m.epoch;
	if (new_epoch && last->m.epoch != 0)
		g->epoch++;
	g->base = last->m.dump.digest;
	g->time = time(NULL);
	if (last->granted && g->epoch == last->g.epoch &&
	    g->time <= last->g.time)
		g->time = last->g.time + 1;
	if (last->m.epoch == 0 || strcmp(last->m.realm, realm) == 0)
		return 0;
	say("the current generation is of realm %s, not %s", last->m.realm,
	    realm);
	return -1;
}

/* The key is that of a public key's file. */
static int
print(struct grant *g, const char *public_key)
{
	char text[GRANT_MAX];
	size_t n;

	if (sign_fingerprint(public_key, g->key) == -1)
		return -1;
	n = grant_encode(g, text);
	if (n == 0) {
		say("the grant cannot be written: the realm's name has no "
		    "spelling as text");
		return -1;
	}
	if (fwrite(text, 1, n, stdout) != n || fflush(stdout) == EOF) {
		say("stdout: %s", strerror(errno));
		return -1;
	}
	return 0;
}

int
epoch_print_grant(const char *realm, const struct state *s,
    const char *public_key, bool new_epoch)
{
	struct seal last = SEAL_NONE;
	struct grant g = { .epoch = 0 };
	char path[PATH_MAX];
	int rc = -1;

	state_path(s, state_newest(s), path);
	if (seal_read(path, &last) != -1 &&
	    fill(realm, &last, new_epoch, &g) == 0)
		rc = print(&g, public_key);
	seal_release(&last);
	if (rc == 0)
		say_info("the operator signs it, saved as grant: " EPOCH_SIGN
			 "grant");
	return rc;
}

int
epoch_print_next(const char *realm, const struct seal *last, uint64_t epoch,
    bool undo, const char *public_key)
{
	static const struct digest none;
	struct grant g = { .epoch = 0 };

	if (fill(realm, last, true, &g) == -1)
		return -1;
	g.epoch = epoch;
	if (undo)
		g.base = none;
	return print(&g, public_key);
}
