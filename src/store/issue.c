#include "issue.h"

#include "chain.h"
#include "epoch.h"
#include "generation.h"
#include "sign.h"
#include "past/expiry.h"

#include "../format/bundle.h"
#include "../sys/newfile.h"
#include "../sys/proc.h"
#include "../sys/say.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Encodes and signs now->m, under the grant that now has, if any. */
static int
sign(struct taking *t, struct seal *now)
{
	char text[MANIFEST_MAX];
	size_t n = manifest_encode(&now->m, text);
	int64_t start = proc_now();
	struct span span = { text, n };

	if (n == 0) {
		say("the manifest cannot be written: a name in it (realm, "
		    "host) has no spelling as text");
		return -1;
	}
	now->text.len = now->sig.len = 0;
	if (bytes_add(&now->text, text, n) == -1 ||
	    sign_make(t->cf, span, &now->sig) == -1)
		return -1;
	t->sign_ms = proc_now() - start;
	return epoch_check_key(t->cf, now);
}

static int
make_current(struct taking *t, const struct seal *now)
{
	char path[PATH_MAX];

	state_path(t->state, STATE_CURRENT, path);
	(void)newfile_sweep(path);
	return seal_write(path, now);
}

static void
tell_soon(const struct taking *t)
{
	if (t->soon.fn != NULL)
		t->soon.fn(t->soon.arg);
}

enum take_answer
issue_heartbeat(struct taking *t, struct seal *now)
{
	tell_soon(t);
	now->m = t->last.m;
	now->m.as_of = t->as_of;
	now->m.interval = (uint64_t)t->cf->interval;
	now->m.held = t->held[0] != '\0';
	if (!t->last.m.held)
		now->m.held_since = t->as_of;
	(void)snprintf(now->m.held_why, sizeof(now->m.held_why), "%s", t->held);
	if (sign(t, now) == -1 || make_current(t, now) == -1)
		return TAKE_FAILED;
	return now->m.held ? TAKE_HELD : TAKE_SAME;
}

static int
fill_manifest(struct taking *t, uint64_t epoch, struct manifest *m)
{
	memset(m, 0, sizeof(*m));
	(void)snprintf(m->realm, sizeof(m->realm), "%s", t->place->realm);
	m->epoch = epoch;
	m->generation = t->opens ? 1 : t->last.m.generation + 1;
	m->taken = t->copy.stamp.read / 1000000000;
	m->as_of = t->as_of;
	/* A clock that was set back may be behind the last as-of. */
	if (m->taken > m->as_of)
		m->taken = m->as_of;
	m->interval = (uint64_t)t->cf->interval;
	m->dump = t->copy.e.facts;
	if (gethostname(m->source, sizeof(m->source) - 1) == -1) {
		say("gethostname: %s", strerror(errno));
		return -1;
	}
	(void)snprintf(m->krb5, sizeof(m->krb5), "%s", place_krb5_version());
	(void)snprintf(m->kdcsync, sizeof(m->kdcsync), "%s", KDCSYNC_VERSION);
	return 0;
}

static int
put_delta(struct taking *t, const char *dir, const struct seal *now)
{
	char base[PATH_MAX];
	int64_t start = proc_now();
	int rc;

	/* A new epoch may start from what there is. */
	if (t->first ||
	    digest_equal(&t->last.m.dump.digest, &now->m.dump.digest))
		return 0;
	generation_dir(t->state, t->last.m.epoch, t->last.m.generation, base);
	rc = generation_put_delta(dir, base, &t->last.m.dump, &now->m.dump);
	t->delta_ms = proc_now() - start;
	return rc;
}

static int
put_text(const char *dir, enum bundle_part part, const struct bytes *text)
{
	static const struct digest none;
	char name[BUNDLE_NAME_MAX], path[PATH_MAX];

	bundle_name(part, &none, name);
	generation_file(dir, name, path);
	return newfile_put(path, text->p, text->len);
}

static int
put_texts(const char *dir, const struct seal *now)
{
	if (put_text(dir, BUNDLE_MANIFEST, &now->text) == -1 ||
	    put_text(dir, BUNDLE_MANIFEST_SIG, &now->sig) == -1)
		return -1;
	if (!now->granted)
		return 0;
	if (put_text(dir, BUNDLE_GRANT, &now->grant) == -1)
		return -1;
	return put_text(dir, BUNDLE_GRANT_SIG, &now->grant_sig);
}

void
issue_dump_again(struct taking *t, const struct seal *now)
{
	const struct manifest *m = &now->m;
	char dir[PATH_MAX], path[PATH_MAX];

	generation_dir(t->state, m->epoch, m->generation, dir);
	if (generation_has_dump(dir, &m->dump.digest))
		return;
	generation_file(dir, "manifest", path);
	if (access(path, F_OK) == 0) {
		say("%s/dump: missing or damaged; made anew; look at the disk",
		    dir);
		generation_drop_full(dir);
		(void)generation_put_dump(dir, t->copy.dump, m->dump.size);
	} else if (generation_begin(t->state, m->epoch, m->generation, dir) ==
		0 &&
	    generation_put_dump(dir, t->copy.dump, m->dump.size) == 0) {
		(void)put_texts(dir, now);
	}
}

enum take_answer
issue_generation(struct taking *t, struct seal *now)
{
	uint64_t epoch = epoch_number(&t->last, now);
	char dir[PATH_MAX];

	tell_soon(t);
	if (fill_manifest(t, epoch, &now->m) == -1 ||
	    generation_begin(t->state, now->m.epoch, now->m.generation, dir) ==
		-1 ||
	    generation_put_dump(dir, t->copy.dump, now->m.dump.size) == -1 ||
	    put_delta(t, dir, now) == -1 || sign(t, now) == -1 ||
	    put_texts(dir, now) == -1 || make_current(t, now) == -1)
		return TAKE_FAILED;
	chain_prune(t->state, &now->m);
	(void)expiry_backlog(t->state);
	return TAKE_NEW;
}
