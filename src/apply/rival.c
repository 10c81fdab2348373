#include "rival.h"

#include "../sys/archive.h"
#include "../sys/say.h"
#include "../store/open.h"
#include "../store/superseded.h"

#include <stdio.h>

static ssize_t
read_line(void *arg, void *buf, size_t n)
{
	return line_read(arg, buf, n);
}

/* The texts that a bundle begins with, signatures checked. */
static enum verdict_outcome
read_texts(const struct config *cf, const char *realm, struct line *from,
    const struct seal *ours, struct seal *theirs)
{
	struct open_bundle b = OPEN_NONE;
	struct archive_in *a = archive_open_fn(read_line, from, "bundle");
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
	struct seal ours, theirs = SEAL_NONE;
	char path[PATH_MAX], who[sizeof(ours.m.source) + 32];

	state_path(s, STATE_CURRENT, path);
	(void)seal_read(path, &ours);
	if (read_texts(cf, realm, from, &ours, &theirs) == VERDICT_SEALED &&
	    superseded_by(&theirs, &ours)) {
		(void)snprintf(
		    who, sizeof(who), "%s, which ships here,", theirs.m.source);
		superseded_meet(s, who, &theirs, &ours.m);
	}
	seal_release(&theirs);
	seal_release(&ours);
	if (from->spoke)
		say("%s: this host is a primary, too, and takes nothing; if "
		    "it is not any more: kdc-restore --demote",
		    s->dir);
	return VERDICT_REFUSED;
}
