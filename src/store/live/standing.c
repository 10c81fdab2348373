#include "standing.h"

#include "../stamps.h"

#include "../../sys/boot.h"
#include "../../sys/newfile.h"
#include "../../sys/proc.h"
#include "../../sys/say.h"

#include <stdio.h>
#include <string.h>

#define RECORD "copy" /* in the state directory */
#define RECORD_MAX 1024

/* What was proved of the copy, and how its files looked then. */
struct record {
	struct digest digest;
	char boot[BOOT_ID];
	struct stamp stamp;
};

static int
record_read(const struct state *s, struct record *r)
{
	struct bytes b = BYTES_NONE;
	struct text_in in;
	const char *why;

	memset(r, 0, sizeof(*r));
	if (state_read(s, RECORD, &b) != 1)
		return -1;
	in = (struct text_in){ { b.p, b.len }, false };
	if (text_version(&in, "kdcsync-copy", &why) == -1)
		in.failed = true;
	text_get_digest(&in, "digest", &r->digest);
	text_get_word(&in, "boot", r->boot, sizeof(r->boot));
	stamps_get(&in, &r->stamp);
	if (in.rest.len != 0)
		in.failed = true;
	bytes_release(&b);
	return in.failed ? -1 : 0;
}

static int
record_write(const struct state *s, const struct record *r)
{
	char text[RECORD_MAX];
	struct text_out o = { text, 0, sizeof(text), false };

	text_put_u64(&o, "kdcsync-copy", 1);
	text_put_digest(&o, "digest", &r->digest);
	text_put_word(&o, "boot", r->boot);
	stamps_put(&o, &r->stamp);
	if (o.failed) {
		say("%s/" RECORD ": cannot be written as text", s->dir);
		return -1;
	}
	return state_write(s, RECORD, text, o.len);
}

/* Is the copy still what was proved to have that digest? */
static bool
holds(const struct state *s, const char *db, const struct digest *known)
{
	struct record r;
	struct stamp now;
	char boot[BOOT_ID];

	return record_read(s, &r) == 0 && digest_equal(&r.digest, known) &&
	    boot_id(boot) == 0 && strcmp(boot, r.boot) == 0 &&
	    files_exist(db) == PLACE_DATA && stamp_read(db, &now) == 0 &&
	    stamp_equal(&now, &r.stamp);
}

static int
copy(const struct config *cf, const struct place *p, struct live_copy *c,
    bool *other)
{
	const int wait_ms = (int)(cf->lock_wait * 1000);
	int64_t start = proc_now();
	int rc;

	rc = files_copy_again(
	    p->db, c->dir, wait_ms, c->db, &c->stamp, &c->held_ms, other);
	if (rc == FILES_NONE)
		rc = files_copy(
		    p->db, c->dir, wait_ms, c->db, &c->stamp, &c->held_ms);
	c->copy_ms = proc_now() - start;
	return rc;
}

int
standing_take(const struct config *cf, const struct place *p, struct state *s,
    const struct digest *known, enum examine_how how, struct live_copy *c)
{
	bool same, other = true;
	int rc = live_copy_place(p, LIVE_COPY_STANDING, c);

	if (rc == -1)
		return -1;
	/* Of a replica that was promoted. */
	live_copy_sweep(p, LIVE_COPY_LAST);
	c->stays = true;
	same = known != NULL && holds(s, c->db, known);
	if (state_remove(s, RECORD) == -1)
		return -1;
	rc = copy(cf, p, c, &other);
	if (rc == 0 && same && !other)
		return STANDING_SAME;
	if (rc == 0)
		rc = live_copy_prove(p, s, how, c);
	/* On a full disk it is in the way. */
	if (rc == -1)
		c->stays = false;
	if (rc != 0)
		live_copy_drop(c);
	return rc;
}

int
standing_proved(
    const struct state *s, const struct live_copy *c, const struct digest *d)
{
	struct record r = { .digest = *d };

	/* Then the next run proves it anew. */
	if (boot_id(r.boot) == -1)
		return 0;
	if (stamp_read(c->db, &r.stamp) == -1)
		return -1;
	return record_write(s, &r);
}

int
standing_end(const struct place *p, const struct state *s)
{
	live_copy_sweep(p, LIVE_COPY_STANDING);
	return state_remove(s, RECORD);
}
