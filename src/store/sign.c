#include "sign.h"

#include "../sys/file.h"
#include "../sys/proc.h"
#include "../sys/say.h"

#include <errno.h>
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

/* ssh-keygen's exit status: 0 good, 255 not. */
static int
verify(const struct config *c, const char *signer, struct span text, int sig,
    int64_t at)
{
	char file[32], option[64] = "-Oprint-pubkey";
	const char *argv[] = { "ssh-keygen", "-q", "-Y", "verify", "-n",
		SIGN_NAMESPACE, "-I", signer, "-f", c->allowed_signers, "-s",
		file, option, NULL };
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
		say("manifest: its as-of is no time that ssh-keygen knows");
		return -1;
	}
	rc = proc_run(argv, keep, text, &out, &err, PRINTED_MAX, DEADLINE_MS);
	bytes_release(&out);
	bytes_release(&err);
	return rc;
}

/* ssh-keygen says no; is it the bytes, the key, or the time? */
static enum sign_answer
why_not(const struct config *c, const char *signer, struct span text, int sig,
    int64_t as_of)
{
	char file[32];
	const char *argv[] = { "ssh-keygen", "-q", "-Y", "check-novalidate",
		"-n", SIGN_NAMESPACE, "-s", file, NULL };
	int keep[] = { sig, -1 };
	struct bytes out = BYTES_NONE, err = BYTES_NONE;
	int rc;

	if (as_of != 0 && verify(c, signer, text, sig, as_of) == 0)
		return SIGN_EXPIRED;
	(void)snprintf(file, sizeof(file), "/dev/fd/%d", sig);
	rc = proc_run(argv, keep, text, &out, &err, PRINTED_MAX, DEADLINE_MS);
	bytes_release(&out);
	bytes_release(&err);
	return rc == 0 ? SIGN_NOT_ALLOWED : SIGN_BAD;
}

enum sign_answer
sign_check(const struct config *c, const char *signer, struct span text,
    struct span sig, int64_t at, int64_t as_of)
{
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
	rc = verify(c, signer, text, fd, at);
	if (rc == 0)
		answer = SIGN_GOOD;
	else if (rc > 0)
		answer = why_not(c, signer, text, fd, at == 0 ? as_of : 0);
	(void)close(fd);
	return answer;
}

enum sign_answer
sign_check_seal(const struct config *c, const char *realm, const struct seal *s,
    enum sign_when when)
{
	char signer[320];

	sign_signer(c, realm, signer);
	return sign_check(c, signer, (struct span){ s->text.p, s->text.len },
	    (struct span){ s->sig.p, s->sig.len },
	    when == SIGN_NOW ? 0 : s->m.as_of, s->m.as_of);
}
