#include "floor.h"

#include "../format/text.h"
#include "../format/when.h"
#include "../sys/say.h"
#include "proof.h"
#include "sign.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FLOOR_FILE "floor"

static void
from_proof(const struct proof *p, struct floor *f)
{
	memset(f, 0, sizeof(*f));
	f->known = p->epoch != 0;
	f->m.epoch = p->epoch;
	f->m.generation = p->generation;
	f->m.as_of = p->as_of;
	f->m.dump.digest = p->digest;
	f->has_digest = p->good;
	f->mark = p->mark;
}

static int
from_seal(const struct seal *seal, struct floor *f)
{
	f->known = f->has_digest = true;
	f->m = seal->m;
	return seal_mark(seal, &f->mark);
}

/*
 * Of a host that was a primary: the one after it.
 */
static void
read_kept(const struct state *s, struct floor *f)
{
	struct bytes b = BYTES_NONE;
	struct text_in in;
	const char *why;

	if (state_read(s, FLOOR_FILE, &b) != 1)
		return;
	in = (struct text_in){ { b.p, b.len }, false };
	if (text_version(&in, "kdcsync-floor", &why) == -1)
		in.failed = true;
	text_get_u64(&in, "epoch", &f->m.epoch, UINT64_MAX);
	text_get_u64(&in, "generation", &f->m.generation, UINT64_MAX);
	text_get_when(&in, "as-of", &f->m.as_of);
	text_get_when(&in, "grant-time", &f->mark.time);
	text_get_digest(&in, "grant", &f->mark.digest);
	f->mark.epoch = f->m.epoch;
	f->known = !in.failed && in.rest.len == 0;
	if (!f->known)
		say("%s/" FLOOR_FILE ": damaged", s->dir);
	bytes_release(&b);
}

int
floor_keep(const struct state *s, const struct seal *by)
{
	struct grant_mark mark;
	char text[1024];
	struct text_out o = { text, 0, sizeof(text), false };

	if (grant_mark(by->granted ? by->g.epoch : by->m.epoch,
		by->granted ? &by->g : NULL, &mark) == -1)
		return -1;
	text_put_u64(&o, "kdcsync-floor", 1);
	text_put_u64(&o, "epoch", mark.epoch);
	text_put_u64(&o, "generation", by->m.generation);
	text_put_when(&o, "as-of", by->m.as_of);
	text_put_when(&o, "grant-time", mark.time);
	text_put_digest(&o, "grant", &mark.digest);
	return state_write(s, FLOOR_FILE, text, o.len);
}

void
floor_forget(const struct state *s)
{
	(void)state_remove(s, FLOOR_FILE);
}

int
floor_read(const struct config *cf, const char *realm, const struct state *s,
    struct seal *seal, struct floor *f)
{
	char path[PATH_MAX], why[SIGN_WHY];
	struct proof proof;
	int rc;

	memset(f, 0, sizeof(*f));
	state_path(s, STATE_SEAL, path);
	rc = seal_read(path, seal);
	if (rc == 0) {
		read_kept(s, f);
		return 0;
	}
	(void)proof_read(s, &proof);
	if (rc == 1 &&
	    sign_check_seal(cf, realm, seal, SIGN_STANDING, why) == SIGN_BAD) {
		say("%s: altered: %s; the next good bundle replaces it", path,
		    why);
		rc = -1;
	}
	if (rc == 1 && from_seal(seal, f) == -1)
		rc = -1;
	/* One that lost its grant, say, or an old one put back. */
	if (rc == 1 && proof_beyond(&proof, seal))
		say("%s: older than what was proved here (put back from a "
		    "backup?); what was proved counts",
		    path);
	if (rc == -1 || proof_beyond(&proof, seal))
		from_proof(&proof, f);
	return rc;
}

/* The epoch, and the grant in it. */
static int
check_mark(
    const struct floor *f, const struct grant_mark *now, char why[FLOOR_WHY])
{
	char then[WHEN_TEXT] = "-", here[WHEN_TEXT] = "-";

	(void)when_encode(now->time, then);
	(void)when_encode(f->mark.time, here);
	switch (grant_order(&f->mark, now)) {
	case GRANT_FOLLOWS:
		return 0;
	case GRANT_EPOCH_OVER:
		(void)snprintf(why, FLOOR_WHY,
		    "it is of epoch %" PRIu64 ", this replica is in epoch "
		    "%" PRIu64 ": an old bundle, or a primary that another "
		    "took over from; that one must ship no more",
		    now->epoch, f->mark.epoch);
		break;
	case GRANT_MISSING:
		(void)snprintf(why, FLOOR_WHY,
		    "it brings no grant, and here the one of %s is in force; "
		    "the primary ships with it",
		    here);
		break;
	case GRANT_OLD:
		(void)snprintf(why, FLOOR_WHY,
		    "its grant of %s is older than the one of %s in force "
		    "here: the key that it names signs no more",
		    then, here);
		break;
	}
	return -1;
}

static int
check_age(
    const struct floor *f, const struct manifest *now, char why[FLOOR_WHY])
{
	char then[WHEN_TEXT], here[WHEN_TEXT];

	if (manifest_compare(now, &f->m) >= 0 && now->as_of >= f->m.as_of)
		return 0;
	(void)when_encode(now->as_of, then);
	(void)when_encode(f->m.as_of, here);
	(void)snprintf(why, FLOOR_WHY,
	    "generation %" PRIu64 ".%" PRIu64
	    " as of %s is older than what is sealed here, %" PRIu64 ".%" PRIu64
	    " as of %s (an old bundle, or an old primary)",
	    now->epoch, now->generation, then, f->m.epoch, f->m.generation,
	    here);
	return -1;
}

int
floor_check(const struct floor *f, const struct seal *next, char why[FLOOR_WHY])
{
	const struct manifest *now = &next->m;
	struct grant_mark mark;

	if (!f->known)
		return 0;
	(void)snprintf(why, FLOOR_WHY, "memory is short");
	if (seal_mark(next, &mark) == -1 || check_mark(f, &mark, why) == -1 ||
	    check_age(f, now, why) == -1)
		return -1;
	if (now->epoch == f->m.epoch && now->generation == f->m.generation &&
	    f->has_digest &&
	    !digest_equal(&now->dump.digest, &f->m.dump.digest)) {
		(void)snprintf(why, FLOOR_WHY,
		    "it has the sealed generation's number and another "
		    "content; are there two primaries?");
		return -1;
	}
	return 0;
}
