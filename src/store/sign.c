#include "sign.h"

#include "../sys/file.h"
#include "../sys/proc.h"
#include "../sys/say.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define DEADLINE_MS (60 * 1000)
#define PRINTED_MAX (16 * 1024)

/* The first line that ssh-keygen printed, for a message. */
static void
first_line(struct bytes *err, char line[200])
{
	size_t n = 0;

	while (
	    n < err->len && n < 199 && err->p[n] != '\n' && err->p[n] != '\r')
		n++;
	if (n > 0)
		memcpy(line, err->p, n);
	line[n] = '\0';
}

int
sign_make(const struct config *c, struct span text, struct bytes *sig)
{
	const char *argv[] = { "ssh-keygen", "-q", "-Y", "sign", "-n",
		SIGN_NAMESPACE, "-f", c->signing_key, NULL };
	struct bytes err = BYTES_NONE;
	char line[200];
	int rc;

	if (c->signing_key[0] == '\0') {
		say("%s: signing_key: not set; a primary signs", c->path);
		return -1;
	}
	rc = proc_run(argv, NULL, text, sig, &err, PRINTED_MAX, DEADLINE_MS);
	if (rc > 0) {
		first_line(&err, line);
		say("%s: ssh-keygen cannot sign with it: %s", c->signing_key,
		    line);
	}
	bytes_release(&err);
	return rc == 0 ? 0 : -1;
}

void
sign_signer(const struct config *c, const char *realm, char signer[320])
{
	if (c->signer[0] != '\0')
		(void)snprintf(signer, 320, "%s", c->signer);
	else
		(void)snprintf(signer, 320, "primary@%s", realm);
}

void
sign_operator(const struct config *c, const char *realm, char operator[320])
{
	if (c->operator[0] != '\0')
		(void)snprintf(operator, 320, "%s", c->operator);
	else
		(void)snprintf(operator, 320, "operator@%s", realm);
}

/* ssh-keygen takes the signature from a file: one in memory. */
static int
sig_file(struct span sig)
{
	int fd = memfd_create("manifest.sig", 0);

	if (fd == -1) {
		say("manifest.sig: %s", strerror(errno));
		return -1;
	}
	if (file_write(fd, "manifest.sig", sig.p, sig.len) == -1) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* Whose signature, and what for? */
struct claim {
	const struct config *c;
	const char *namespace, *signer;
};

/* ssh-keygen's exit status: 0 good, 255 not. */
static int
verify(const struct claim *x, struct span text, int sig, int64_t at)
{
	char file[32], option[64] = "-Oprint-pubkey";
	const char *argv[] = { "ssh-keygen", "-q", "-Y", "verify", "-n",
		x->namespace, "-I", x->signer, "-f", x->c->allowed_signers,
		"-s", file, option, NULL };
	int keep[] = { sig, -1 };
	struct bytes out = BYTES_NONE, err = BYTES_NONE;
	time_t t = (time_t)at;
	struct tm tm;
	int rc;

	(void)snprintf(file, sizeof(file), "/dev/fd/%d", sig);
	if (at == 0)
		argv[12] = NULL;
	else if (gmtime_r(&t, &tm) == NULL ||
	    strftime(option, sizeof(option), "-Overify-time=%Y%m%d%H%M%SZ",
		&tm) == 0) {
		say("its signature is of no time that ssh-keygen knows");
		return -1;
	}
	rc = proc_run(argv, keep, text, &out, &err, PRINTED_MAX, DEADLINE_MS);
	bytes_release(&out);
	bytes_release(&err);
	return rc;
}

/* What it prints of a key, behind mark: SHA256:..., up to a blank or the line's
 * end.  One line only.  0 or -1. */
static int
take_key(const struct bytes *out, const char *mark, char key[GRANT_KEY])
{
	const char *p, *end;
	size_t n = 0;

	key[0] = '\0';
	if (out->len == 0)
		return -1;
	end = memchr(out->p, '\n', out->len);
	if (end != out->p + out->len - 1)
		return -1;
	p = memmem(out->p, out->len, mark, strlen(mark));
	if (p == NULL)
		return -1;
	p += strlen(mark);
	while (p + n < end && p[n] > ' ' && p[n] <= '~')
		n++;
	if (n >= GRANT_KEY || n <= strlen("SHA256:") ||
	    strncmp(p, "SHA256:", strlen("SHA256:")) != 0)
		return -1;
	memcpy(key, p, n);
	key[n] = '\0';
	return 0;
}

/* Is it any key's signature of text?  Exit status as above, and with 0 which. */
static int
check_novalidate(
    const char *namespace, struct span text, int sig, char key[GRANT_KEY])
{
	char file[32];
	const char *argv[] = { "ssh-keygen", "-E", "sha256", "-Y",
		"check-novalidate", "-n", namespace, "-s", file, NULL };
	int keep[] = { sig, -1 };
	struct bytes out = BYTES_NONE, err = BYTES_NONE;
	int rc;

	(void)snprintf(file, sizeof(file), "/dev/fd/%d", sig);
	rc = proc_run(argv, keep, text, &out, &err, PRINTED_MAX, DEADLINE_MS);
	if (rc == 0 && take_key(&out, " key ", key) == -1) {
		say("ssh-keygen: does not name the key of a good signature; "
		    "is it OpenSSH's, 8.1 or later?");
		rc = -1;
	}
	bytes_release(&out);
	bytes_release(&err);
	return rc;
}

/* ssh-keygen says no; is it the bytes, the key, or the time? */
static enum sign_answer
why_not(const struct claim *x, struct span text, int sig, int64_t as_of)
{
	char key[GRANT_KEY];
	int rc;

	if (as_of != 0 && verify(x, text, sig, as_of) == 0)
		return SIGN_EXPIRED;
	rc = check_novalidate(x->namespace, text, sig, key);
	if (rc == 0)
		return SIGN_NOT_ALLOWED;
	return rc > 0 ? SIGN_BAD : SIGN_FAILED;
}

static enum sign_answer
check(const struct claim *x, struct span text, struct span sig, int64_t at,
    int64_t as_of)
{
	const struct config *c = x->c;
	enum sign_answer answer = SIGN_FAILED;
	int fd, rc;

	if (access(c->allowed_signers, R_OK) == -1) {
		say("%s: %s; without it no signature can be checked",
		    c->allowed_signers, strerror(errno));
		return SIGN_FAILED;
	}
	/* Who can write it decides whose data we take. */
	if (file_guarded(c->allowed_signers) == -1)
		return SIGN_FAILED;
	fd = sig_file(sig);
	if (fd == -1)
		return SIGN_FAILED;
	rc = verify(x, text, fd, at);
	if (rc == 0)
		answer = SIGN_GOOD;
	else if (rc > 0)
		answer = why_not(x, text, fd, at == 0 ? as_of : 0);
	(void)close(fd);
	return answer;
}

enum sign_answer
sign_check(const struct config *c, const char *signer, struct span text,
    struct span sig, int64_t at, int64_t as_of)
{
	const struct claim x = { c, SIGN_NAMESPACE, signer };

	return check(&x, text, sig, at, as_of);
}

enum sign_answer
sign_key(struct span text, struct span sig, char key[GRANT_KEY])
{
	int fd = sig_file(sig), rc;

	key[0] = '\0';
	if (fd == -1)
		return SIGN_FAILED;
	rc = check_novalidate(SIGN_NAMESPACE, text, fd, key);
	(void)close(fd);
	if (rc == 0)
		return SIGN_GOOD;
	return rc > 0 ? SIGN_BAD : SIGN_FAILED;
}

int
sign_fingerprint(const char *path, char key[GRANT_KEY])
{
	const char *argv[] = { "ssh-keygen", "-E", "sha256", "-l", "-f", path,
		NULL };
	const struct span none = { NULL, 0 };
	struct bytes out = BYTES_NONE, err = BYTES_NONE;
	int rc;

	rc = proc_run(argv, NULL, none, &out, &err, PRINTED_MAX, DEADLINE_MS);
	/* "256 SHA256:... comment (ED25519)" */
	if (rc == 0)
		rc = take_key(&out, " ", key);
	if (rc != 0)
		say("%s: not the file of one public key, as ssh-keygen -l "
		    "reads it",
		    path);
	bytes_release(&out);
	bytes_release(&err);
	return rc == 0 ? 0 : -1;
}

/*
 * Seals.
 */
static struct span
span_of(const struct bytes *b)
{
	return (struct span){ b->p, b->len };
}

static void __attribute__((format(printf, 2, 3)))
tell(char *why, const char *fmt, ...)
{
	va_list ap;

	if (why == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(why, SIGN_WHY, fmt, ap);
	va_end(ap);
}

/* A signed text, as seals and archives have it. */
struct signed_text {
	const char *what; /* "manifest" */
	struct span text, sig;
	int64_t at, as_of; /* as sign_check */
};

static void
tell_bad(const struct signed_text *t, char *why)
{
	tell(why, "its signature is not one of its %s", t->what);
}

static enum sign_answer
check_signer(const struct config *c, const char *realm,
    const struct signed_text *t, char *why)
{
	enum sign_answer answer;
	char signer[320];

	sign_signer(c, realm, signer);
	answer = sign_check(c, signer, t->text, t->sig, t->at, t->as_of);
	if (answer == SIGN_BAD)
		tell_bad(t, why);
	else if (answer == SIGN_NOT_ALLOWED)
		tell(why,
		    "signed by a key that is not, or not any more, the one of "
		    "%s in %s",
		    signer, c->allowed_signers);
	else if (answer == SIGN_EXPIRED)
		tell(why, "the key of %s has expired (valid-before in %s)",
		    signer, c->allowed_signers);
	return answer;
}

enum sign_answer
sign_check_grant(const struct config *c, const char *realm,
    const struct seal *s, enum sign_when when, char why[SIGN_WHY])
{
	enum sign_answer answer;
	char operator[320];
	const struct claim x = { c, SIGN_GRANT_NAMESPACE, operator};

	sign_operator(c, realm, operator);
	answer = check(&x, span_of(&s->grant), span_of(&s->grant_sig),
	    when == SIGN_ARRIVING ? 0 : s->g.time, s->g.time);
	if (answer == SIGN_BAD)
		tell(why,
		    "the grant is not signed: grant.sig is no signature of it "
		    "for " SIGN_GRANT_NAMESPACE);
	else if (answer == SIGN_NOT_ALLOWED)
		tell(why,
		    "the grant is signed by a key that is not, or not any "
		    "more, the one of %s for " SIGN_GRANT_NAMESPACE " in %s",
		    operator, c->allowed_signers);
	else if (answer == SIGN_EXPIRED)
		tell(why,
		    "the key of %s, which signed the grant, has expired "
		    "(valid-before in %s)",
		    operator, c->allowed_signers);
	return answer;
}

/* Is its key the one that the grant names? */
static enum sign_answer
check_granted_key(const struct grant *g, const struct signed_text *t, char *why)
{
	enum sign_answer answer;
	char key[GRANT_KEY];

	answer = sign_key(t->text, t->sig, key);
	if (answer == SIGN_BAD)
		tell_bad(t, why);
	if (answer == SIGN_GOOD && strcmp(key, g->key) != 0) {
		tell(why,
		    "signed by key %s, while the grant of epoch %" PRIu64
		    " names %s",
		    key, g->epoch, g->key);
		answer = SIGN_BAD;
	}
	return answer;
}

/* Is the grant for this manifest? */
static enum sign_answer
check_granted(const struct seal *s, const struct signed_text *t, char *why)
{
	if (strcmp(s->g.realm, s->m.realm) != 0) {
		tell(why, "the grant is for realm %s, the manifest for %s",
		    s->g.realm, s->m.realm);
		return SIGN_BAD;
	}
	if (s->g.epoch != s->m.epoch) {
		tell(why,
		    "the grant is for epoch %" PRIu64
		    ", the manifest for epoch %" PRIu64,
		    s->g.epoch, s->m.epoch);
		return SIGN_BAD;
	}
	return check_granted_key(&s->g, t, why);
}

enum sign_answer
sign_check_seal(const struct config *c, const char *realm, const struct seal *s,
    enum sign_when when, char why[SIGN_WHY])
{
	const struct signed_text t = { "manifest", span_of(&s->text),
		span_of(&s->sig), when == SIGN_ARRIVING ? 0 : s->m.as_of,
		s->m.as_of };
	enum sign_answer answer;

	if (!s->granted && s->m.epoch != 1) {
		tell(why,
		    "it is of epoch %" PRIu64 " and has no grant: an epoch "
		    "after the first needs one, signed by an operator",
		    s->m.epoch);
		return SIGN_BAD;
	}
	/* Epoch 1, before there was a grant. */
	if (!s->granted)
		return check_signer(c, realm, &t, why);
	answer = sign_check_grant(c, realm, s, when, why);
	return answer == SIGN_GOOD ? check_granted(s, &t, why) : answer;
}

enum sign_answer
sign_check_text(const struct config *c, const char *realm,
    const struct seal *by, struct span text, struct span sig, int64_t at,
    char why[SIGN_WHY])
{
	const struct signed_text t = { "text", text, sig, at, at };
	enum sign_answer answer;

	if (!by->granted)
		return check_signer(c, realm, &t, why);
	answer = sign_check_grant(c, realm, by, SIGN_STANDING, why);
	if (answer == SIGN_GOOD && strcmp(by->g.realm, realm) != 0) {
		tell(why, "the grant is for realm %s", by->g.realm);
		return SIGN_BAD;
	}
	return answer == SIGN_GOOD ? check_granted_key(&by->g, &t, why)
				   : answer;
}
