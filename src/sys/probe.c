#include "probe.h"

#include "proc.h"
#include "say.h"

#include <errno.h>
#include <krb5.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Tags of AS-REP and KRB-ERROR, RFC 4120 section 5.10: [APPLICATION 11, 30]. */
#define TAG_AS_REP 0x6b
#define TAG_ERROR 0x7e

/* libkrb5 makes the first request of a login; we carry it. */
static int
make_request(const char *realm, unsigned char *out, size_t max, size_t *len)
{
	krb5_context ctx = NULL;
	krb5_init_creds_context creds = NULL;
	krb5_principal client = NULL;
	krb5_data in = { 0 }, request = { 0 }, to = { 0 };
	unsigned flags = 0;
	int rc = -1;

	if (krb5_init_context(&ctx) != 0)
		return -1;
	if (krb5_build_principal(ctx, &client, (unsigned)strlen(realm), realm,
		"kdcsync-probe", (char *)NULL) == 0 &&
	    krb5_init_creds_init(ctx, client, NULL, NULL, 0, NULL, &creds) ==
		0 &&
	    krb5_init_creds_step(ctx, creds, &in, &request, &to, &flags) == 0 &&
	    request.length > 0 && request.length + 4 <= max) {
		for (int i = 0; i < 4; i++)
			out[i] =
			    (unsigned char)(request.length >> (24 - 8 * i));
		memcpy(out + 4, request.data, request.length);
		*len = request.length + 4;
		rc = 0;
	}
	krb5_free_data_contents(ctx, &request);
	krb5_free_data_contents(ctx, &to);
	krb5_init_creds_free(ctx, creds);
	krb5_free_principal(ctx, client);
	krb5_free_context(ctx);
	return rc;
}

/* Waits until fd is ready for what; 1, or 0 when the time is up. */
static int
ready(int fd, short what, int64_t until)
{
	struct pollfd p = { fd, what, 0 };
	int64_t left = until - proc_now();

	return left > 0 && poll(&p, 1, (int)left) == 1;
}

static int
ask(const struct addrinfo *to, const unsigned char *request, size_t len,
    int64_t until)
{
	unsigned char reply[5];
	socklen_t size = sizeof(int);
	int fd, error = 0, answered = 0;

	fd = socket(
	    to->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return 0;
	if (connect(fd, to->ai_addr, to->ai_addrlen) == -1 &&
	    errno != EINPROGRESS)
		goto out;
	if (!ready(fd, POLLOUT, until) ||
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == -1 ||
	    error != 0 || send(fd, request, len, MSG_NOSIGNAL) != (ssize_t)len)
		goto out;
	if (ready(fd, POLLIN, until) &&
	    recv(fd, reply, sizeof(reply), 0) == (ssize_t)sizeof(reply))
		answered = reply[4] == TAG_AS_REP || reply[4] == TAG_ERROR;
out:
	(void)close(fd);
	return answered;
}

int
probe_kdc(const char *realm, const char *where, int wait_ms)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list = NULL;
	int64_t until = proc_now() + wait_ms;
	unsigned char request[4096];
	const char *colon = strrchr(where, ':');
	char host[256];
	size_t len = 0;
	int rc = 0;

	if (colon == NULL || colon == where ||
	    snprintf(host, sizeof(host), "%.*s", (int)(colon - where), where) >=
		(int)sizeof(host)) {
		say("%s: not HOST:PORT", where);
		return -1;
	}
	if (make_request(realm, request, sizeof(request), &len) == -1) {
		say("%s: cannot make a Kerberos request", where);
		return -1;
	}
	/* A name that does not resolve is a KDC that does not answer. */
	if (getaddrinfo(host, colon + 1, &hints, &list) != 0)
		return 0;
	for (struct addrinfo *a = list; a != NULL && rc == 0; a = a->ai_next)
		rc = ask(a, request, len, until);
	freeaddrinfo(list);
	return rc;
}
