#include "seal.h"

#include "../format/bundle.h"
#include "../sys/archive.h"
#include "../sys/file.h"
#include "../sys/newfile.h"
#include "../sys/say.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static int
read_parts(int fd, const char *path, struct seal *s)
{
	struct bundle_rules rules = { 0 };
	struct archive_in *a = archive_open(fd, path);
	enum bundle_part part;
	struct digest base;
	const char *name, *why = NULL;
	uint64_t size;
	int got = -1;

	if (a == NULL)
		return -1;
	while ((got = archive_next(a, &name, &size)) == 1) {
		if (bundle_entry(&rules, name, size, &part, &base, &why) == -1)
			break;
		if (part == BUNDLE_MANIFEST)
			got = archive_get(a, &s->text, MANIFEST_MAX);
		else if (part == BUNDLE_MANIFEST_SIG)
			got = archive_get(a, &s->sig, BUNDLE_SIG_MAX);
		else
			why = "more than a manifest and its signature";
		if (got == -1 || why != NULL)
			break;
	}
	archive_close(a);
	if (got == 0 && why == NULL)
		(void)bundle_end(&rules, &why);
	if (got == 0 && why == NULL)
		(void)manifest_decode(
		    (struct span){ s->text.p, s->text.len }, &s->m, &why);
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

int
seal_write(const char *path, const struct seal *s)
{
	struct newfile n = NEWFILE_NONE;
	struct archive_out *a = NULL;
	int rc = -1;

	if (newfile_begin(&n, path) == -1)
		return -1;
	a = archive_create(n.fd, path);
	if (a != NULL &&
	    archive_put(a, "manifest", s->m.as_of, s->text.p, s->text.len) ==
		0 &&
	    archive_put(a, "manifest.sig", s->m.as_of, s->sig.p, s->sig.len) ==
		0) {
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
}
