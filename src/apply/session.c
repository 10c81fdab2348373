#include "session.h"

#include "apply.h"
#include "line.h"
#include "receive.h"
#include "report.h"
#include "rival.h"

#include "../format/hello.h"
#include "../sys/file.h"
#include "../sys/local.h"
#include "../sys/newfile.h"
#include "../sys/proc.h"
#include "../sys/say.h"
#include "../store/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

int
session_status(enum verdict_outcome o)
{
	switch (o) {
	case VERDICT_SEALED:
		return EX_OK;
	case VERDICT_NEED_FULL:
	case VERDICT_REFUSED:
		return EX_DATAERR;
	case VERDICT_BUSY:
		return EX_TEMPFAIL;
	case VERDICT_FAILED:
		break;
	}
	return EX_IOERR;
}

/* Is the dump of that manifest here, as far as its size tells? */
static bool
has_dump(const struct state *s, const struct manifest *m)
{
	char path[PATH_MAX];
	struct stat st;

	state_dump(s, &m->dump.digest, path);
	return lstat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    (uint64_t)st.st_size == m->dump.size;
}

static int
say_hello(struct line *to, const struct place *p, const struct state *s)
{
	struct hello h = { .free = file_free(p->db_dir) };
	char path[PATH_MAX], text[HELLO_MAX];
	struct seal seal;
	size_t n;

	(void)snprintf(h.realm, sizeof(h.realm), "%s", p->realm);
	(void)snprintf(h.krb5, sizeof(h.krb5), "%s", place_krb5_version());
	(void)snprintf(h.kdcsync, sizeof(h.kdcsync), "%s", KDCSYNC_VERSION);
	state_path(
	    s, s->role == ROLE_PRIMARY ? STATE_CURRENT : STATE_SEAL, path);
	h.sealed = seal_read(path, &seal) == 1;
	if (h.sealed) {
		h.seal = (struct span){ seal.text.p, seal.text.len };
		h.seal_sig = (struct span){ seal.sig.p, seal.sig.len };
		h.grant = (struct span){ seal.grant.p, seal.grant.len };
		h.grant_sig =
		    (struct span){ seal.grant_sig.p, seal.grant_sig.len };
		h.digest = seal.m.dump.digest;
		h.has_dump = has_dump(s, &seal.m);
	}
	n = hello_encode(&h, text);
	seal_release(&seal);
	if (n == 0) {
		say("hello: the realm's name has no spelling as text");
		return -1;
	}
	if (line_write(to, text, n) == 0)
		return 0;
	say("hello: cannot be delivered: %s; see on the primary why it went "
	    "away",
	    strerror(errno));
	return -1;
}

static void
say_verdict(struct line *to, const struct verdict *v)
{
	char text[VERDICT_MAX];
	size_t n = verdict_encode(v, text);

	if (n == 0) {
		say("verdict: cannot be written as text");
		return;
	}
	if (line_write(to, text, n) == -1)
		say("verdict: cannot be delivered: %s; the primary learns at "
		    "its next run what is sealed here",
		    strerror(errno));
}

/* A primary that finds us ahead of it has gone; anybody else may listen. */
static void
say_nothing_came(struct line *to, const struct verdict *v)
{
	char text[VERDICT_MAX];
	size_t n = verdict_encode(v, text);

	say_info("%s; nothing was changed", v->why);
	if (line_write(to, text, n) == -1)
		say_info("nor is anybody there");
}

/* The bundle that comes, wherever it is good for. */
static enum verdict_outcome
meet(const struct config *cf, const char *realm, const struct state *s,
    struct line *primary, struct seal *seal, char path[PATH_MAX])
{
	enum verdict_outcome o;
	struct seal was;
	char sealed[PATH_MAX];

	if (s->role == ROLE_PRIMARY)
		return rival_meet(cf, realm, s, primary);
	state_path(s, STATE_SEAL, sealed);
	(void)seal_read(sealed, &was);
	o = receive(cf, realm, s, &was, primary, seal, path);
	seal_release(&was);
	return o;
}

int
session(const struct config *cf, const struct place *p, struct state *s,
    bool serving)
{
	enum verdict_outcome o;
	char path[PATH_MAX];
	struct seal seal = SEAL_NONE;
	struct line primary;
	struct verdict v;
	int64_t start = proc_now(), received;

	if (isatty(STDIN_FILENO)) {
		say("a bundle is expected on stdin, from kdc-snapshot; to "
		    "apply one by hand, name its file");
		return EX_USAGE;
	}
	line_begin(&primary, cf, STDIN_FILENO, STDOUT_FILENO);
	if (serving)
		line_wait(&primary);
	if (say_hello(&primary, p, s) == -1)
		return EX_IOERR;
	o = meet(cf, p->realm, s, &primary, &seal, path);
	if (primary.ended && !primary.spoke) {
		seal_release(&seal);
		report(p, s, o, &v);
		(void)snprintf(v.why, sizeof(v.why), "no bundle came");
		say_nothing_came(&primary, &v);
		return EX_DATAERR;
	}
	received = proc_now() - start;
	if (o == VERDICT_SEALED) {
		o = apply(cf, p, s, path, &seal, &v);
		(void)newfile_remove(path);
	} else {
		report(p, s, o, &v);
	}
	seal_release(&seal);
	v.receive_ms = (uint64_t)received;
	/* Sealed is sealed, whoever hears of it: on_sealed is for the KDC. */
	say_verdict(&primary, &v);
	/* The verdict ends where the stream does; on_sealed may take a while.
	 * stdin may be the same socket. */
	local_end(STDOUT_FILENO);
	(void)close(STDOUT_FILENO);
	(void)open("/dev/null", O_WRONLY);
	return session_status(o);
}
