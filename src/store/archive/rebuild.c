#include "rebuild.h"

#include "../../sys/archive.h"
#include "../../sys/file.h"
#include "../../sys/newfile.h"
#include "../../sys/say.h"
#include "../open.h"
#include "../patch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static enum verdict_outcome
open_bundle(struct rebuild *r, int fd, struct seal *s)
{
	static const struct seal none = SEAL_NONE;
	struct open_bundle b = { .standing = true };
	enum verdict_outcome o;
	struct archive_in *in;

	errno = 0;
	in = archive_open(fd, "bundle");
	if (in == NULL)
		return open_fault();
	o = open_texts(r->cf, r->realm, in, &b, &none, s);
	archive_close(in);
	return o;
}

static const char *
not_indexed(const struct rebuild *r, const struct index_member *m,
    const struct manifest *is)
{
	if (is->epoch != m->epoch || is->generation != m->generation)
		return "its manifest is of another generation";
	if (is->epoch > r->epoch_max)
		return "it is of a later epoch than the key that signed the "
		       "index";
	return NULL;
}

/* Both files from their first byte. */
static int
rewind_both(int in, int out)
{
	if (lseek(in, 0, SEEK_SET) == 0 && ftruncate(out, 0) == 0 &&
	    lseek(out, 0, SEEK_SET) == 0)
		return 0;
	say("scratch file: %s", strerror(errno));
	return -1;
}

static enum verdict_outcome
unpack(struct rebuild *r, int fd, const struct manifest *m, const char **why)
{
	struct patch x = { .bundle = fd,
		.base = r->dump,
		.base_digest = r->digest,
		.out = r->out,
		.scratch = r->scratch };
	enum verdict_outcome o;
	bool payload = false;
	struct digest d;

	if (rewind_both(fd, r->out) == -1)
		return VERDICT_FAILED;
	o = patch(&x, m, &payload);
	if (o == VERDICT_NEED_FULL && r->dump == -1)
		*why = "the first one must have the whole dump";
	if (o != VERDICT_SEALED)
		return o;
	if (!payload)
		*why = "it has no dump";
	else if (file_digest(r->out, "dump", &d) == -1)
		return VERDICT_FAILED;
	else if (!digest_equal(&d, &m->dump.digest))
		*why = "its dump is not the signed one";
	return VERDICT_SEALED;
}

/* What was made is the base of the next. */
static void
step(struct rebuild *r, const struct manifest *m)
{
	int was = r->dump;

	r->dump = r->out;
	r->digest = m->dump.digest;
	r->out = was;
}

static enum verdict_outcome
run(struct rebuild *r, int fd, const struct index_member *m, struct seal *s,
    const char **why)
{
	enum verdict_outcome o;

	if (r->out == -1)
		r->out = newfile_scratch(r->scratch);
	if (r->out == -1 || rewind_both(fd, r->out) == -1)
		return VERDICT_FAILED;
	o = open_bundle(r, fd, s);
	if (o == VERDICT_SEALED)
		*why = not_indexed(r, m, &s->m);
	if (o == VERDICT_SEALED && *why == NULL)
		o = unpack(r, fd, &s->m, why);
	return o;
}

int
rebuild_bundle(struct rebuild *r, int fd, const struct index_member *m,
    struct seal *s, char why[REBUILD_WHY])
{
	struct bytes unheard = BYTES_NONE;
	const char *phrase = NULL;
	enum verdict_outcome o;

	*s = (struct seal)SEAL_NONE;
	/* What is said on the way goes into one line, with the archive's name.
	 */
	say_capture(&unheard);
	o = run(r, fd, m, s, &phrase);
	say_capture(NULL);
	bytes_release(&unheard);
	if (phrase != NULL)
		(void)snprintf(why, REBUILD_WHY, "%s", phrase);
	else
		say_last(why, REBUILD_WHY);
	if (phrase == NULL && o == VERDICT_SEALED) {
		step(r, &s->m);
		return EX_OK;
	}
	return phrase == NULL && o == VERDICT_FAILED ? EX_IOERR : EX_DATAERR;
}

void
rebuild_release(struct rebuild *r)
{
	if (r->dump != -1)
		(void)close(r->dump);
	if (r->out != -1)
		(void)close(r->out);
	r->dump = r->out = -1;
}
