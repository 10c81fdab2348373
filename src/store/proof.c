#include "proof.h"

#include "stamps.h"

#include "../format/text.h"
#include "../sys/say.h"

#include <string.h>

#define PROOF_MAX 4096

int
proof_read(const struct state *s, struct proof *p)
{
	struct bytes b = BYTES_NONE;
	struct text_in in;
	uint64_t kvno, locked = 0;
	const char *why;
	char good[8];

	memset(p, 0, sizeof(*p));
	if (state_read(s, "proof", &b) != 1)
		return 0;
	in = (struct text_in){ { b.p, b.len }, false };
	if (text_version(&in, "kdcsync-proof", &why) == -1)
		in.failed = true;
	text_get_when(&in, "time", &p->time);
	text_get(&in, "good", good, sizeof(good));
	text_get(&in, "result", p->result, sizeof(p->result));
	text_get_digest(&in, "digest", &p->digest);
	text_get_u64(&in, "epoch", &p->epoch, UINT64_MAX);
	text_get_u64(&in, "generation", &p->generation, UINT64_MAX);
	text_get_when(&in, "as-of", &p->as_of);
	p->mark.epoch = p->epoch;
	text_get_when(&in, "grant-time", &p->mark.time);
	text_get_digest(&in, "grant", &p->mark.digest);
	text_get_u64(&in, "stash-kvno", &kvno, UINT32_MAX);
	text_get_list(&in, "mkey-kvnos", p->mkey_kvno, DUMP_MKEYS, &p->n_mkey);
	stamps_get(&in, &p->stamp);
	/* Those of older programs end here. */
	p->locked = text_next(&in, "locked-ms");
	if (p->locked)
		text_get_u64(&in, "locked-ms", &locked, INT64_MAX);
	digested_get(&in, &p->dump);
	p->locked_ms = (int64_t)locked;
	p->stash_kvno = (uint32_t)kvno;
	if ((strcmp(good, "yes") != 0 && strcmp(good, "no") != 0) ||
	    in.rest.len != 0)
		in.failed = true;
	p->good = !in.failed && strcmp(good, "yes") == 0;
	bytes_release(&b);
	if (!in.failed)
		return 1;
	memset(p, 0, sizeof(*p));
	return 0;
}

int
proof_write(const struct state *s, const struct proof *p)
{
	char text[PROOF_MAX];
	struct text_out o = { text, 0, sizeof(text), false };

	text_put_u64(&o, "kdcsync-proof", 1);
	text_put_when(&o, "time", p->time);
	text_put(&o, "good", p->good ? "yes" : "no");
	text_put(&o, "result", p->result);
	text_put_digest(&o, "digest", &p->digest);
	text_put_u64(&o, "epoch", p->epoch);
	text_put_u64(&o, "generation", p->generation);
	text_put_when(&o, "as-of", p->as_of);
	text_put_when(&o, "grant-time", p->mark.time);
	text_put_digest(&o, "grant", &p->mark.digest);
	text_put_u64(&o, "stash-kvno", p->stash_kvno);
	text_put_list(&o, "mkey-kvnos", p->mkey_kvno, p->n_mkey);
	stamps_put(&o, &p->stamp);
	if (p->locked)
		text_put_u64(&o, "locked-ms", (uint64_t)p->locked_ms);
	digested_put(&o, &p->dump);
	if (o.failed) {
		say("%s/proof: cannot be written as text", s->dir);
		return -1;
	}
	return state_write(s, "proof", text, o.len);
}

int
proof_follow(struct proof *p, const struct seal *s)
{
	p->epoch = s->m.epoch;
	p->generation = s->m.generation;
	p->as_of = s->m.as_of;
	return seal_mark(s, &p->mark);
}

bool
proof_beyond(const struct proof *p, const struct seal *s)
{
	struct grant_mark mark;

	if (p->epoch == 0)
		return false;
	if (seal_mark(s, &mark) == -1 ||
	    grant_order(&p->mark, &mark) != GRANT_FOLLOWS)
		return true;
	return p->epoch == s->m.epoch && p->generation > s->m.generation;
}

void
proof_forget_dump(const struct state *s)
{
	struct proof p;

	if (proof_read(s, &p) != 1 || p.dump.time == 0)
		return;
	p.dump = (struct digested)DIGESTED_NONE;
	(void)proof_write(s, &p);
}

int
proof_holds(const struct config *cf, const struct place *place,
    const struct state *s, const struct digest *digest, struct proof *p)
{
	struct files_lock l = FILES_UNLOCKED;
	struct stamp now;
	int rc;

	if (proof_read(s, p) != 1 || !p->good || !stamp_settled(&p->stamp) ||
	    !digest_equal(&p->digest, digest) ||
	    files_exist(place->db) != PLACE_DATA)
		return 0;
	if (files_lock(place->db, LOCK_SHARED, false,
		(int)(cf->lock_wait * 1000), &l) != 0)
		return -1;
	rc = stamp_read(place->db, &now);
	files_unlock(&l);
	return rc == -1 ? -1 : stamp_equal(&now, &p->stamp);
}
