#include "rehearsal.h"

#include "conf.h"

#include "../sys/file.h"
#include "../sys/port.h"
#include "../sys/probe.h"
#include "../sys/say.h"
#include "../sys/stop.h"
#include "../sys/units.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define PORTS 5	       /* so many collisions are no accident */
#define START_MS 30000 /* it reads no more than K/M */
#define ANSWER_MS 1000
#define LOGIN_MS (60 * 1000)
#define PRINTED_MAX 65536
#define LOG_MAX (1024 * 1024)

/* What krb5kdc says when it serves, net-server.c and main.c of MIT's kdc. */
#define SERVES "commencing operation"
#define TAKEN "Address already in use"

/* The environment of the programs of the rehearsal, for env(1). */
struct scene {
	char path[PATH_MAX], client[PATH_MAX + 32], kdc[PATH_MAX + 32];
	const char *argv[16];
};

/* argv: env and its words, then the program's. */
static const char *const *
set(struct scene *x, const struct rehearsal *r, const char *const program[])
{
	const char *path = getenv("PATH");
	size_t n = 0;

	(void)snprintf(x->path, sizeof(x->path), "PATH=%s:/usr/sbin:/sbin",
	    path == NULL ? "/usr/bin:/bin" : path);
	(void)snprintf(x->client, sizeof(x->client), "KRB5_CONFIG=%s",
	    r->place->krb5_conf);
	(void)snprintf(
	    x->kdc, sizeof(x->kdc), "KRB5_KDC_PROFILE=%s", r->place->kdc_conf);
	x->argv[n++] = "env";
	x->argv[n++] = "LC_ALL=C";
	x->argv[n++] = x->path;
	x->argv[n++] = x->client;
	x->argv[n++] = x->kdc;
	for (size_t i = 0; program[i] != NULL && n < 15; i++)
		x->argv[n++] = program[i];
	x->argv[n] = NULL;
	return x->argv;
}

/*
 * Its log.
 */
static int
read_log(const struct rehearsal *r, struct bytes *log)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/krb5kdc.log", r->place->db_dir) >=
	    PATH_MAX)
		return -1;
	/* It appears when the first line does. */
	if (file_read(path, LOG_MAX, log) == -1 && errno != ENOENT)
		return -1;
	return bytes_add(log, "", 1);
}

/* Is there a line of this very process that has both? */
static bool
logged(const struct rehearsal *r, const char *a, const char *b)
{
	struct bytes log = BYTES_NONE;
	char who[32], *rest = NULL;
	bool found = false;

	(void)snprintf(who, sizeof(who), "krb5kdc[%d]", (int)r->kdc.pid);
	if (read_log(r, &log) == 0)
		for (char *line = strtok_r(log.p, "\n", &rest);
		     line != NULL && !found; line = strtok_r(NULL, "\n", &rest))
			found = strstr(line, who) != NULL &&
			    strstr(line, a) != NULL && strstr(line, b) != NULL;
	bytes_release(&log);
	return found;
}

/* The last line of text, without its end. */
static const char *
last_line(struct bytes *text)
{
	char *at;

	while (text->len > 0 && text->p[text->len - 1] == '\n')
		text->len--;
	if (text->len == 0 || bytes_add(text, "", 1) == -1)
		return "it says nothing";
	at = strrchr(text->p, '\n');
	return at == NULL ? text->p : at + 1;
}

/*
 * Its start.
 */
enum attempt { ATTEMPT_SERVES, ATTEMPT_TAKEN, ATTEMPT_FAILED };

/* What it printed until now, so that it never waits for us. */
static void
drain(struct rehearsal *r, struct bytes *said)
{
	int fds[2] = { r->kdc.out, r->kdc.err };
	char buf[4096];
	ssize_t n;

	for (int i = 0; i < 2; i++)
		while (fds[i] != -1 && (n = read(fds[i], buf, sizeof(buf))) > 0)
			if (said->len + (size_t)n < PRINTED_MAX)
				(void)bytes_add(said, buf, (size_t)n);
}

/* It ended.  Another took the port, or why? */
static enum attempt
judge(struct rehearsal *r, struct bytes *said)
{
	int status;

	drain(r, said);
	status = proc_end(&r->kdc);
	(void)read_log(r, said);
	if (said->len > 0)
		said->len--; /* the NUL */
	if (said->p != NULL &&
	    memmem(said->p, said->len, TAKEN, strlen(TAKEN)) != NULL)
		return ATTEMPT_TAKEN;
	if (status == 127)
		say("krb5kdc: not in PATH, nor in /usr/sbin; install the "
		    "package " PACKAGE_KDC);
	else
		say("krb5kdc: does not start on what was restored: %s; look "
		    "at it with kdc-restore --into",
		    last_line(said));
	return ATTEMPT_FAILED;
}

/* Has it ended, within ms? */
static bool
ended(const struct rehearsal *r, int ms)
{
	struct pollfd p[2] = { { r->kdc.watch, POLLIN, 0 },
		{ stop_fd(), POLLIN, 0 } };

	(void)poll(p, 2, ms);
	return p[0].revents != 0;
}

static enum attempt
wait_for(struct rehearsal *r, struct bytes *said)
{
	int64_t until = proc_now() + START_MS;
	char at[32];

	(void)snprintf(at, sizeof(at), "127.0.0.1:%u", r->port);
	while (proc_now() < until && !stop_asked()) {
		drain(r, said);
		if (ended(r, 20))
			return judge(r, said);
		if (logged(r, SERVES, "") &&
		    probe_kdc(r->place->realm, at, ANSWER_MS) == 1)
			return ATTEMPT_SERVES;
	}
	if (!stop_asked())
		say("krb5kdc: does not answer at %s within %d s; look at what "
		    "was restored with kdc-restore --into",
		    at, START_MS / 1000);
	return ATTEMPT_FAILED;
}

static enum attempt
try(struct rehearsal *r)
{
	static const char *const krb5kdc[] = { "krb5kdc", "-n", NULL };
	struct bytes said = BYTES_NONE;
	struct scene x = { .path = "" };
	enum attempt a;

	r->port = port_free();
	if (r->port == 0 || conf_write(r->place, r->port) == -1 ||
	    proc_start(&r->kdc, "krb5kdc", set(&x, r, krb5kdc)) == -1)
		return ATTEMPT_FAILED;
	proc_close(&r->kdc.in);
	a = wait_for(r, &said);
	bytes_release(&said);
	return a;
}

int
rehearsal_start(struct rehearsal *r)
{
	enum attempt a = ATTEMPT_TAKEN;

	for (int i = 0; i < PORTS && a == ATTEMPT_TAKEN; i++)
		a = try(r);
	if (a == ATTEMPT_TAKEN)
		say("krb5kdc: %d ports of 127.0.0.1 were taken, one after the "
		    "other, between finding them free and its start; try again",
		    PORTS);
	return a == ATTEMPT_SERVES ? EX_OK : EX_UNAVAILABLE;
}

/*
 * The login.
 */
static int
kinit(struct rehearsal *r, const char *keytab, const char *principal)
{
	char cache[PATH_MAX + 16];
	const char *const argv[] = { "kinit", "-k", "-t", keytab, "-c", cache,
		principal, NULL };
	struct bytes out = BYTES_NONE, err = BYTES_NONE;
	struct scene x = { .path = "" };
	int rc;

	(void)snprintf(
	    cache, sizeof(cache), "FILE:%s/ccache", r->place->db_dir);
	rc = proc_run(set(&x, r, argv), NULL, (struct span){ NULL, 0 }, &out,
	    &err, PRINTED_MAX, LOGIN_MS);
	if (rc == 127)
		say("kinit: not in PATH; install the package " PACKAGE_KINIT);
	else if (rc > 0)
		say("login as %s: %s; does the keytab have the key it had when "
		    "the archive was written?",
		    principal, last_line(&err));
	bytes_release(&out);
	bytes_release(&err);
	return rc == 0 ? 0 : -1;
}

int
rehearsal_login(struct rehearsal *r, const char *keytab, const char *principal)
{
	char ticket[REALM_MAX * 2 + 1100];

	if (kinit(r, keytab, principal) == -1)
		return EX_UNAVAILABLE;
	(void)snprintf(ticket, sizeof(ticket), ", %s for krbtgt/%s@%s",
	    principal, r->place->realm, r->place->realm);
	if (!ended(r, 0) && logged(r, " ISSUE: ", ticket))
		return EX_OK;
	say("login as %s: a ticket came, and the krb5kdc of this rehearsal "
	    "has not issued it; what else answers at 127.0.0.1:%u?",
	    principal, r->port);
	return EX_UNAVAILABLE;
}

void
rehearsal_end(struct rehearsal *r)
{
	(void)proc_end(&r->kdc);
}
