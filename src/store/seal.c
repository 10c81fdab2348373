#include "seal.h"

#include "../format/bundle.h"
#include "../sys/file.h"
#include "../sys/newfile.h"
#include "../sys/say.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct span
span_of(const struct bytes *b)
{
	return (struct span){ b->p, b->len };
}

/* Where the text of that part goes, of at most *max bytes; NULL: nowhere. */
static struct bytes *
place_of(struct seal *s, enum bundle_part part, size_t *max)
{
	*max = BUNDLE_SIG_MAX;
	switch (part) {
	case BUNDLE_MANIFEST:
		*max = MANIFEST_MAX;
		return &s->text;
	case BUNDLE_MANIFEST_SIG:
		return &s->sig;
	case BUNDLE_GRANT:
		*max = GRANT_MAX;
		return &s->grant;
	case BUNDLE_GRANT_SIG:
		return &s->grant_sig;
	default:
		return NULL;
	}
}

/* The texts are there; what do they say? */
static int
decode(struct seal *s, const char **why)
{
	if (manifest_decode(span_of(&s->text), &s->m, why) == -1)
		return -1;
	s->granted = s->grant.len != 0;
	return s->granted ? grant_decode(span_of(&s->grant), &s->g, why) : 0;
}

static int
read_parts(int fd, const char *path, struct seal *s)
{
	struct bundle_rules rules = { 0 };
	struct archive_in *a = archive_open(fd, path);
	enum bundle_part part;
	struct digest base;
	struct bytes *to;
	const char *name, *why = NULL;
	uint64_t size;
	size_t max;
	int got = -1;

	if (a == NULL)
		return -1;
	while ((got = archive_next(a, &name, &size)) == 1) {
		if (bundle_entry(&rules, name, size, &part, &base, &why) == -1)
			break;
		to = place_of(s, part, &max);
		if (to == NULL)
			why = "more than signed texts";
		else
			got = archive_get(a, to, max);
		if (got == -1 || why != NULL)
			break;
	}
	archive_close(a);
	if (got == 0 && why == NULL && bundle_end(&rules, &why) == 0)
		(void)decode(s, &why);
	if (why != NULL)
		say("%s: %s", path, why);
	return got == 0 && why == NULL ? 0 : -1;
}

int
seal_read(const char *path, struct seal *s)
{
	int fd = file_open(path), rc;

	*s = (struct seal)SEAL_NONE;
	if (fd == -1)
		return errno == ENOENT ? 0 : -1;
	rc = read_parts(fd, path, s);
	(void)close(fd);
	if (rc == 0)
		return 1;
	seal_release(s);
	return -1;
}

/* One of them; 1: read, 0: not there, -1: said. */
static int
read_file(const char *dir, enum bundle_part part, struct seal *s)
{
	static const struct digest none;
	char name[BUNDLE_NAME_MAX], path[PATH_MAX];
	struct bytes *to;
	size_t max;

	bundle_name(part, &none, name);
	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= PATH_MAX)
		return -1;
	to = place_of(s, part, &max);
	if (file_read(path, max, to) == 0)
		return 1;
	return errno == ENOENT ? 0 : -1;
}

int
seal_read_dir(const char *dir, struct seal *s)
{
	const char *why = NULL;
	int rc, grant;

	*s = (struct seal)SEAL_NONE;
	rc = read_file(dir, BUNDLE_MANIFEST, s);
	if (rc == 1)
		rc = read_file(dir, BUNDLE_MANIFEST_SIG, s);
	grant = rc == 1 ? read_file(dir, BUNDLE_GRANT, s) : 0;
	if (grant == 1)
		rc = read_file(dir, BUNDLE_GRANT_SIG, s);
	else if (grant == -1)
		rc = -1;
	if (rc == 1 && decode(s, &why) == -1) {
		say("%s: %s", dir, why);
		rc = -1;
	}
	if (rc != 1)
		seal_release(s);
	return rc;
}

int
seal_from(struct span text, struct span sig, struct seal *s, const char **why)
{
	*s = (struct seal)SEAL_NONE;
	*why = "memory is short";
	if (manifest_decode(text, &s->m, why) == 0 &&
	    bytes_add(&s->text, text.p, text.len) == 0 &&
	    bytes_add(&s->sig, sig.p, sig.len) == 0)
		return 0;
	seal_release(s);
	return -1;
}

static void
drop_grant(struct seal *s)
{
	bytes_release(&s->grant);
	bytes_release(&s->grant_sig);
	memset(&s->g, 0, sizeof(s->g));
	s->granted = false;
}

int
seal_add_grant(
    struct seal *s, struct span grant, struct span sig, const char **why)
{
	drop_grant(s);
	if (grant_decode(grant, &s->g, why) == -1)
		return -1;
	*why = "memory is short";
	s->granted = bytes_add(&s->grant, grant.p, grant.len) == 0 &&
	    bytes_add(&s->grant_sig, sig.p, sig.len) == 0;
	if (s->granted)
		return 0;
	drop_grant(s);
	return -1;
}

int
seal_mark(const struct seal *s, struct grant_mark *mark)
{
	if (grant_mark(s->m.epoch, s->granted ? &s->g : NULL, mark) == 0)
		return 0;
	say("grant: its digest cannot be made; is memory short?");
	return -1;
}

bool
seal_same_grant(const struct seal *a, const struct seal *b)
{
	return a->granted == b->granted &&
	    span_equal(span_of(&a->grant), span_of(&b->grant)) &&
	    span_equal(span_of(&a->grant_sig), span_of(&b->grant_sig));
}

bool
seal_same(const struct seal *a, const struct seal *b)
{
	return span_equal(span_of(&a->text), span_of(&b->text)) &&
	    span_equal(span_of(&a->sig), span_of(&b->sig)) &&
	    seal_same_grant(a, b);
}

static int
put(struct archive_out *a, enum bundle_part part, int64_t t,
    const struct bytes *text)
{
	static const struct digest none;
	char name[BUNDLE_NAME_MAX];

	bundle_name(part, &none, name);
	return archive_put(a, name, t, text->p, text->len);
}

int
seal_put(struct archive_out *a, const struct seal *s)
{
	int64_t t = s->m.as_of;

	if (put(a, BUNDLE_MANIFEST, t, &s->text) == -1 ||
	    put(a, BUNDLE_MANIFEST_SIG, t, &s->sig) == -1)
		return -1;
	if (!s->granted)
		return 0;
	if (put(a, BUNDLE_GRANT, t, &s->grant) == -1)
		return -1;
	return put(a, BUNDLE_GRANT_SIG, t, &s->grant_sig);
}

int
seal_write(const char *path, const struct seal *s)
{
	struct newfile n = NEWFILE_NONE;
	struct archive_out *a = NULL;
	int rc = -1;

	if (newfile_begin(&n, path) == -1)
		return -1;
	a = archive_create(n.fd, path);
	if (a != NULL && seal_put(a, s) == 0) {
		rc = archive_finish(a);
		a = NULL;
	}
	archive_drop(a);
	if (rc == 0)
		rc = newfile_commit(&n);
	newfile_abandon(&n);
	return rc;
}

void
seal_release(struct seal *s)
{
	bytes_release(&s->text);
	bytes_release(&s->sig);
	memset(&s->m, 0, sizeof(s->m));
	drop_grant(s);
}
