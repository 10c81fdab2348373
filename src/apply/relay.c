#include "relay.h"

#include "line.h"
#include "receive.h"
#include "session.h"

#include "../format/hello.h"
#include "../sys/file.h"
#include "../sys/local.h"
#include "../sys/newfile.h"
#include "../sys/say.h"
#include "../store/seal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define CHUNK 65536

struct relay {
	const struct config *cf;
	struct line primary, server;
	struct hello hello; /* points into text */
	struct seal was;    /* what is sealed here, as it says */
	char text[HELLO_MAX];
};

/* Whole, and understood. */
static int
read_hello(struct relay *r, size_t *len)
{
	const char *why = "it says something else; is apply_socket right?";
	ssize_t n, missing;

	*len = 0;
	while ((missing = hello_missing((struct span){ r->text, *len })) > 0) {
		n = line_read(&r->server, r->text + *len, (size_t)missing);
		if (n == 0)
			say("%s: ended before its hello; see journalctl -u "
			    "'kdcsync-apply@*'",
			    r->cf->apply_socket);
		if (n <= 0)
			return -1;
		*len += (size_t)n;
	}
	if (missing == 0 &&
	    hello_decode((struct span){ r->text, *len }, &r->hello, &why) == 0)
		return 0;
	say("%s: its hello: %s", r->cf->apply_socket, why);
	return -1;
}

/* The seal says which grant is in force. */
static int
take_seal(struct relay *r)
{
	const struct hello *h = &r->hello;
	const char *why = NULL;

	if (!h->sealed ||
	    (seal_from(h->seal, h->seal_sig, &r->was, &why) == 0 &&
		(h->grant.len == 0 ||
		    seal_add_grant(&r->was, h->grant, h->grant_sig, &why) ==
			0)))
		return 0;
	say("%s: the seal in its hello: %s", r->cf->apply_socket, why);
	return -1;
}

static int
greet(struct relay *r)
{
	size_t len;

	if (read_hello(r, &len) == -1 || take_seal(r) == -1)
		return -1;
	if (line_write(&r->primary, r->text, len) == 0)
		return 0;
	say("hello: cannot be delivered: %s; see on the primary why it went "
	    "away",
	    strerror(errno));
	return -1;
}

/* The stored bundle to the other half, which may know after its first bytes that
 * it is not wanted, and reads no more: then its verdict says why. */
static enum verdict_outcome
hand_over(struct relay *r, const char *path)
{
	enum verdict_outcome o = VERDICT_SEALED;
	char buf[CHUNK];
	ssize_t n = -1;
	int fd = file_open(path);

	while (fd != -1 && (n = read(fd, buf, sizeof(buf))) > 0)
		if (line_write(&r->server, buf, (size_t)n) == -1)
			break;
	if (n == -1)
		o = VERDICT_FAILED;
	if (n == -1 && fd != -1)
		say("%s: read: %s", path, strerror(errno));
	if (fd == -1 && errno == ENOENT)
		say("%s: gone before it was handed over", path);
	if (fd != -1)
		(void)close(fd);
	(void)newfile_remove(path);
	return o;
}

/* What the other half says of this host.  When nothing was handed over, it can
 * only say that; o, and what was said last here, is the better answer. */
static void
read_verdict(struct relay *r, enum verdict_outcome o, struct verdict *v)
{
	const char *why = "there is none; see journalctl -u 'kdcsync-apply@*'";
	char text[VERDICT_MAX], said[sizeof(v->why)];
	size_t len = 0;
	ssize_t n;

	say_last(said, sizeof(said));
	do {
		n = line_read(&r->server, text + len, sizeof(text) - len);
		if (n > 0)
			len += (size_t)n;
	} while (n > 0 && len < sizeof(text));
	if (len > 0 &&
	    verdict_decode((struct span){ text, len }, v, &why) == 0) {
		if (o == VERDICT_SEALED)
			return;
	} else {
		say("%s: its verdict: %s", r->cf->apply_socket, why);
		memset(v, 0, sizeof(*v));
		(void)snprintf(
		    v->realm, sizeof(v->realm), "%s", r->hello.realm);
		(void)snprintf(v->proof_result, sizeof(v->proof_result), "-");
		if (o == VERDICT_SEALED) {
			o = VERDICT_FAILED;
			say_last(said, sizeof(said));
		}
	}
	v->outcome = o;
	(void)snprintf(v->why, sizeof(v->why), "%s", said);
}

static int
answer(struct relay *r, const struct verdict *v)
{
	char text[VERDICT_MAX];
	size_t n = verdict_encode(v, text);

	if (n == 0)
		say("verdict: cannot be written as text");
	else if (line_write(&r->primary, text, n) == -1 && r->primary.spoke)
		say("verdict: cannot be delivered: %s; the primary learns at "
		    "its next run what is sealed here",
		    strerror(errno));
	return session_status(v->outcome);
}

static int
run(struct relay *r)
{
	enum verdict_outcome o;
	struct verdict v;
	struct state s;
	struct seal seal;
	char path[PATH_MAX];

	if (greet(r) == -1)
		return EX_IOERR;
	state_locate(r->cf, &s);
	o = receive(
	    r->cf, r->hello.realm, &s, &r->was, &r->primary, &seal, path);
	seal_release(&seal);
	if (o == VERDICT_SEALED)
		o = hand_over(r, path);
	local_end(r->server.out);
	/* Nobody speaks of a bundle that never came but the other half. */
	if (r->primary.ended && !r->primary.spoke)
		o = VERDICT_SEALED;
	read_verdict(r, o, &v);
	return answer(r, &v);
}

int
relay(const struct config *cf)
{
	struct relay r = { .cf = cf, .was = SEAL_NONE };
	int fd, rc;

	if (isatty(STDIN_FILENO)) {
		say("a bundle is expected on stdin, from kdc-snapshot");
		return EX_USAGE;
	}
	fd = local_connect(cf->apply_socket);
	if (fd == -1) {
		say("%s: %s; systemctl enable --now kdcsync-apply.socket, and "
		    "see apply_socket in kdcsync.conf(5)",
		    cf->apply_socket, strerror(errno));
		return EX_UNAVAILABLE;
	}
	line_begin(&r.primary, cf, STDIN_FILENO, STDOUT_FILENO);
	line_begin(&r.server, cf, fd, fd);
	line_wait(&r.server);
	r.server.what = cf->apply_socket;
	r.server.whom = "journalctl -u 'kdcsync-apply@*'";
	rc = run(&r);
	seal_release(&r.was);
	(void)close(fd);
	return rc;
}
