#include "rival.h"

#include "../sys/archive.h"
#include "../sys/say.h"
#include "../store/open.h"
#include "../store/superseded.h"

#include <stdio.h>

/* What comes, its first byte being here already. */
struct stream {
	struct line *from;
	char first;
	bool begun;
};

static ssize_t
read_stream(void *arg, void *buf, size_t n)
{
	struct stream *s = arg;

	if (!s->begun)
		return line_read(s->from, buf, n);
	*(char *)buf = s->first;
	s->begun = false;
	return 1;
}

/* The texts that a bundle begins with, signatures checked. */
static enum verdict_outcome
read_texts(const struct config *cf, const char *realm, struct stream *from,
    const struct seal *ours, struct seal *theirs)
{
	struct open_bundle b = OPEN_NONE;
	struct archive_in *a = archive_open_fn(read_stream, from, "bundle");
	enum verdict_outcome o;

	if (a == NULL)
		return VERDICT_REFUSED;
	o = open_texts(cf, realm, a, &b, ours, theirs);
	archive_close(a);
	return o;
}

enum verdict_outcome
rival_meet(const struct config *cf, const char *realm, const struct state *s,
    struct line *from)
{
	struct stream stream = { .from = from, .begun = true };
	struct seal ours, theirs = SEAL_NONE;
	char path[PATH_MAX], who[sizeof(ours.m.source) + 32];

	/* One that finds us ahead of it sends nothing. */
	if (line_read(from, &stream.first, 1) != 1)
		return VERDICT_REFUSED;
	state_path(s, STATE_CURRENT, path);
	(void)seal_read(path, &ours);
	if (read_texts(cf, realm, &stream, &ours, &theirs) == VERDICT_SEALED &&
	    superseded_by(&theirs, &ours)) {
		(void)snprintf(
		    who, sizeof(who), "%s, which ships here,", theirs.m.source);
		superseded_meet(s, who, &theirs, &ours.m);
	}
	seal_release(&theirs);
	seal_release(&ours);
	say("%s: this host is a primary, too, and takes nothing; if "
	    "it is not any more: kdc-restore --demote",
	    s->dir);
	return VERDICT_REFUSED;
}
