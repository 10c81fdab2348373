#include "reading.h"

#include "rebuild.h"

#include "../../format/index.h"
#include "../../format/when.h"
#include "../../sys/age.h"
#include "../../sys/archive.h"
#include "../../sys/file.h"
#include "../../sys/newfile.h"
#include "../../sys/say.h"
#include "../../sys/stop.h"
#include "../open.h"
#include "../show.h"
#include "../sign.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define ANOTHER "take another copy of it"
#define UNUSABLE "do not use it, unless you know why"

struct job {
	struct reading *x;
	const char *name;
	struct archive_in *in;
	const char *entry; /* whose head was read */
	uint64_t size;
	struct index index;
	struct bytes text, sig; /* of the index */
	struct seal by;		/* its grant, no manifest */
	int member;		/* as it came */
	struct rebuild rebuild;
};

static int __attribute__((format(printf, 2, 3)))
refuse(const struct job *j, const char *fmt, ...)
{
	char why[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	say("%s: %s", j->name, why);
	return EX_DATAERR;
}

/* A step failed and has said so; whose fault was it? */
static int
fault(void)
{
	return open_fault() == VERDICT_FAILED ? EX_IOERR : EX_DATAERR;
}

/* The head of the next entry; none is a NULL entry. */
static int
next(struct job *j)
{
	int rc;

	errno = 0;
	rc = archive_next(j->in, &j->entry, &j->size);
	if (rc == 0)
		j->entry = NULL;
	return rc == -1 ? fault() : EX_OK;
}

/* What stands in a message for the entry that is there. */
static const char *
found(const struct job *j)
{
	return j->entry == NULL ? "the end" : j->entry;
}

static bool
is(const struct job *j, const char *name)
{
	return j->entry != NULL && strcmp(j->entry, name) == 0;
}

/* The current entry, which must have that name, into text; then the next head.
 */
static int
text(struct job *j, const char *name, struct bytes *to, size_t max)
{
	if (!is(j, name))
		return refuse(j, "damaged: %s is where its %s should be; %s",
		    found(j), name, ANOTHER);
	if (j->size > max)
		return refuse(
		    j, "damaged: its %s is too long; %s", name, ANOTHER);
	errno = 0;
	if (archive_get(j->in, to, max) == -1)
		return fault();
	return next(j);
}

/* Opens it, and reads the first head. */
static int
begin(struct job *j, int fd)
{
	struct bytes unheard = BYTES_NONE;
	int rc;

	/* libarchive has another message for every kind of garbage. */
	say_capture(&unheard);
	errno = 0;
	j->in = archive_open(fd, j->name);
	rc = j->in == NULL ? fault() : next(j);
	say_capture(NULL);
	bytes_release(&unheard);
	if (rc == EX_DATAERR)
		return refuse(j,
		    "not an archive of kdc-archive, or its beginning is "
		    "damaged; " ANOTHER);
	if (rc != EX_OK)
		say("%s: cannot be read: %s", j->name, strerror(errno));
	return rc;
}

static int
first(struct job *j, int fd)
{
	int rc = begin(j, fd);

	if (rc != EX_OK || is(j, "index"))
		return rc;
	if (is(j, "manifest"))
		return refuse(
		    j, "a bundle, not an archive; kdc-apply takes it");
	return refuse(j,
	    "not an archive of kdc-archive: it begins with %s, not with an "
	    "index",
	    found(j));
}

static struct span
span_of(const struct bytes *b)
{
	return (struct span){ b->p, b->len };
}

static int
read_grant(struct job *j)
{
	struct bytes grant = BYTES_NONE, sig = BYTES_NONE;
	const char *why;
	int rc;

	if (!is(j, "grant"))
		return EX_OK;
	rc = text(j, "grant", &grant, GRANT_MAX);
	if (rc == EX_OK)
		rc = text(j, "grant.sig", &sig, BUNDLE_SIG_MAX);
	if (rc == EX_OK &&
	    seal_add_grant(&j->by, span_of(&grant), span_of(&sig), &why) == -1)
		rc = refuse(j, "grant: %s; %s", why, ANOTHER);
	bytes_release(&grant);
	bytes_release(&sig);
	return rc;
}

static int
check_signature(struct job *j)
{
	char why[SIGN_WHY];

	switch (sign_check_text(j->x->cf, j->x->realm, &j->by,
	    span_of(&j->text), span_of(&j->sig), j->index.made, why)) {
	case SIGN_GOOD:
		return EX_OK;
	case SIGN_BAD:
	case SIGN_EXPIRED:
	case SIGN_NOT_ALLOWED:
		return refuse(
		    j, "index: %s; do not use it, unless you know why", why);
	case SIGN_FAILED:
		break;
	}
	return EX_CONFIG;
}

/* Or is that what damage made of ours? */
static int
other_realm(struct job *j)
{
	char key[GRANT_KEY];

	if (sign_key(span_of(&j->text), span_of(&j->sig), key) == SIGN_BAD)
		return refuse(j,
		    "index: its signature is not one of its text; " UNUSABLE);
	return refuse(j,
	    "an archive of %s, and this is %s; name its realm with -r, or its "
	    "configuration with -c",
	    j->index.realm, j->x->realm);
}

static int
read_index(struct job *j, int fd)
{
	const char *why = NULL;
	int rc = first(j, fd);

	if (rc == EX_OK)
		rc = text(j, "index", &j->text, INDEX_MAX);
	if (rc == EX_OK &&
	    index_decode(span_of(&j->text), &j->index, &why) == -1)
		rc = refuse(j, "index: %s%s", why,
		    strstr(why, "upgrade") == NULL ? "; " ANOTHER : "");
	if (rc == EX_OK)
		rc = text(j, "index.sig", &j->sig, BUNDLE_SIG_MAX);
	if (rc == EX_OK && strcmp(j->index.realm, j->x->realm) != 0)
		rc = other_realm(j);
	if (rc == EX_OK)
		rc = read_grant(j);
	j->rebuild.epoch_max = j->by.granted ? j->by.g.epoch : 1;
	return rc == EX_OK ? check_signature(j) : rc;
}

static int
empty(int fd)
{
	return ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0 ? 0 : -1;
}

static bool
wanted(const struct reading *x, const struct manifest *m)
{
	char id[SHOW_ID];

	show_id(m, id);
	return x->keep && x->dump == -1 &&
	    (x->name == NULL || strcmp(x->name, id) == 0) &&
	    (x->at == 0 || m->taken <= x->at);
}

/* Takes the seal, too. */
static int
keep_dump(struct reading *x, const struct rebuild *r, struct seal *s)
{
	if (!wanted(x, &s->m))
		return EX_OK;
	x->dump = newfile_scratch(x->scratch);
	if (x->dump == -1 ||
	    file_copy(r->dump, x->dump, s->m.dump.size, "dump") == -1)
		return EX_IOERR;
	x->seal = *s;
	*s = (struct seal)SEAL_NONE;
	return EX_OK;
}

static int
check_bundle(struct job *j, const struct index_member *m, const char *name)
{
	struct reading *x = j->x;
	char why[REBUILD_WHY];
	struct seal seal;
	int rc;

	rc = rebuild_bundle(&j->rebuild, j->member, m, &seal, why);
	/* Whoever asked us to stop knows why. */
	if (rc != EX_OK && !stop_asked())
		say("%s: %s: %s%s", j->name, name, why,
		    rc == EX_DATAERR ? "; " ANOTHER : "");
	if (rc == EX_OK) {
		x->oldest = seal.m;
		if (x->generations++ == 0)
			x->newest = seal.m;
		rc = keep_dump(x, &j->rebuild, &seal);
	}
	seal_release(&seal);
	return rc;
}

static int
check_stash(struct job *j, const char *name)
{
	struct bytes *stash = &j->x->stash_age;
	int rc = EX_OK;

	if (lseek(j->member, 0, SEEK_SET) == -1 ||
	    file_read_fd(j->member, name, INDEX_CONFIG_MAX, stash) == -1)
		rc = EX_IOERR;
	j->x->stash = true;
	j->x->recipients = rc == EX_OK ? age_recipients(span_of(stash)) : 0;
	if (rc == EX_OK && j->x->recipients == 0)
		rc = refuse(j, "%s: not what age(1) writes; %s", name, ANOTHER);
	return rc;
}

/* The current entry must be that member, to the byte. */
static int
take_member(struct job *j, const struct index_member *m, const char *name)
{
	struct digest d;

	if (!is(j, name))
		return refuse(j, "damaged: %s is where its index has %s; %s",
		    found(j), name, ANOTHER);
	if (j->size != m->size)
		return refuse(j,
		    "damaged: %s is not as long as its index says; %s", name,
		    ANOTHER);
	errno = 0;
	if (empty(j->member) == -1) {
		say("scratch file: %s", strerror(errno));
		return EX_IOERR;
	}
	if (archive_get_fd(j->in, j->member, m->size) == -1)
		return fault();
	if (file_digest(j->member, name, &d) == -1)
		return EX_IOERR;
	if (!digest_equal(&d, &m->digest))
		return refuse(j, "damaged: %s is not what its index says; %s",
		    name, ANOTHER);
	return EX_OK;
}

static int
read_members(struct job *j)
{
	char name[INDEX_NAME_MAX];
	int rc = EX_OK;

	for (size_t i = 0; rc == EX_OK && i < j->index.n; i++) {
		if (stop_asked())
			return EX_IOERR;
		const struct index_member *m = &j->index.member[i];

		index_name(m, name);
		rc = take_member(j, m, name);
		if (rc == EX_OK && m->kind == INDEX_BUNDLE)
			rc = check_bundle(j, m, name);
		if (rc == EX_OK && m->kind == INDEX_STASH)
			rc = check_stash(j, name);
		if (rc == EX_OK)
			rc = next(j);
	}
	if (rc == EX_OK && j->entry != NULL)
		rc = refuse(j, "damaged: %s is behind what its index has; %s",
		    j->entry, ANOTHER);
	return rc;
}

static void
release(struct job *j)
{
	archive_close(j->in);
	index_release(&j->index);
	bytes_release(&j->text);
	bytes_release(&j->sig);
	seal_release(&j->by);
	if (j->member != -1)
		(void)close(j->member);
	rebuild_release(&j->rebuild);
}

int
reading_run(struct reading *x, int fd, const char *name)
{
	struct job j = { .x = x,
		.name = name,
		.by = SEAL_NONE,
		.index = INDEX_NONE,
		.member = newfile_scratch(x->scratch),
		.rebuild = REBUILD_NONE };
	int rc = EX_IOERR;

	j.rebuild.cf = x->cf;
	j.rebuild.realm = x->realm;
	j.rebuild.scratch = x->scratch;
	x->dump = -1;
	x->seal = (struct seal)SEAL_NONE;
	x->stash_age = (struct bytes)BYTES_NONE;
	x->generations = 0;
	x->stash = false;
	if (j.member != -1)
		rc = read_index(&j, fd);
	if (rc == EX_OK)
		rc = read_members(&j);
	release(&j);
	if (rc != EX_OK)
		reading_release(x);
	return rc;
}

void
reading_release(struct reading *x)
{
	if (x->dump != -1)
		(void)close(x->dump);
	x->dump = -1;
	seal_release(&x->seal);
	bytes_release(&x->stash_age);
}

void
reading_words(const struct reading *x, char words[READING_WORDS])
{
	char newest[SHOW_ID], oldest[SHOW_ID], as_of[WHEN_TEXT] = "";
	char stash[64] = "no stash";

	show_id(&x->newest, newest);
	show_id(&x->oldest, oldest);
	(void)when_encode(x->newest.as_of, as_of);
	if (x->stash)
		(void)snprintf(stash, sizeof(stash), "stash for %u recipient%s",
		    x->recipients, x->recipients == 1 ? "" : "s");
	if (x->generations == 1)
		(void)snprintf(words, READING_WORDS,
		    "%s: 1 generation, %s as of %s, %s", x->realm, newest,
		    as_of, stash);
	else
		(void)snprintf(words, READING_WORDS,
		    "%s: %zu generations, %s to %s as of %s, %s", x->realm,
		    x->generations, oldest, newest, as_of, stash);
}
