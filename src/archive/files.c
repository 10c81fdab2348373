#include "files.h"

#include "../sys/age.h"
#include "../sys/file.h"
#include "../sys/say.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define STASH_MAX ((size_t)64 * 1024)

/* Links are followed: it is where the KDC finds it.  1, 0 (not there), -1. */
static int
read_config(const char *path, size_t max, struct bytes *text)
{
	char *real = realpath(path, NULL);
	int rc = -1;

	if (real == NULL && errno == ENOENT)
		return 0;
	if (real == NULL)
		say("%s: %s", path, strerror(errno));
	else if (file_read(real, max, text) == 0)
		rc = 1;
	free(real);
	return rc;
}

/* Whoever restores would miss them only when krb5kdc does not start. */
static void
warn_includes(const char *path, const struct bytes *text)
{
	const char *p = text->p, *end = text->p + text->len;

	while (p < end) {
		size_t left = (size_t)(end - p);
		const char *line_end = memchr(p, '\n', left);

		if (left > 7 && memcmp(p, "include", 7) == 0) {
			say("%s: it includes other files, which are not in the "
			    "archive; keep them yourself",
			    path);
			return;
		}
		if (line_end == NULL)
			return;
		p = line_end + 1;
	}
}

static int
add_config(struct spool *p, enum index_kind kind, const char *path, bool needed)
{
	struct bytes text = BYTES_NONE;
	int rc = read_config(path, INDEX_CONFIG_MAX, &text);

	if (rc == 1) {
		warn_includes(path, &text);
		rc = spool_add_file(p, kind, (struct span){ text.p, text.len });
	} else if (rc == 0 && needed) {
		say("%s: not there, and a KDC is not restored without it; "
		    "KRB5_CONFIG and KRB5_KDC_PROFILE name others",
		    path);
		rc = -1;
	} else if (rc == 0) {
		say("%s: not there; the archive is without it", path);
	}
	bytes_release(&text);
	return rc;
}

/* The plain text is in our memory and in a pipe to age, nowhere else. */
int
files_stash(const struct place *p, const char *const *recipient, size_t n,
    struct bytes *out)
{
	struct bytes plain = BYTES_NONE;
	int rc = read_config(p->stash, STASH_MAX, &plain);

	if (rc == 0)
		say("%s: not there; kdb5_util stash makes it", p->stash);
	if (rc == 1)
		rc = age_encrypt(
		    (struct span){ plain.p, plain.len }, recipient, n, out);
	else
		rc = -1;
	bytes_release(&plain);
	return rc;
}

int
files_add(struct spool *p, const struct place *place, const struct bytes *stash)
{
	if (add_config(p, INDEX_KRB5_CONF, place->krb5_conf, true) == -1 ||
	    add_config(p, INDEX_KDC_CONF, place->kdc_conf, true) == -1 ||
	    (place->acl[0] != '\0' &&
		add_config(p, INDEX_KADM5_ACL, place->acl, false) == -1))
		return -1;
	return stash->len == 0 ? 0
			       : spool_add_file(p, INDEX_STASH,
				     (struct span){ stash->p, stash->len });
}
