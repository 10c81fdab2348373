#include "report.h"

#include "../sys/say.h"
#include "../store/proof.h"
#include "../store/seal.h"

#include <stdio.h>
#include <string.h>

void
report(const struct place *p, const struct state *s, enum verdict_outcome o,
    struct verdict *v)
{
	struct proof proof;
	struct seal seal;
	char path[PATH_MAX];

	memset(v, 0, sizeof(*v));
	(void)snprintf(v->realm, sizeof(v->realm), "%s", p->realm);
	(void)snprintf(v->proof_result, sizeof(v->proof_result), "-");
	v->outcome = o;
	if (o != VERDICT_SEALED)
		say_last(v->why, sizeof(v->why));
	if (v->why[0] == '\0')
		(void)snprintf(v->why, sizeof(v->why), "-");
	state_path(s, STATE_SEAL, path);
	if (seal_read(path, &seal) == 1) {
		v->epoch = seal.m.epoch;
		v->generation = seal.m.generation;
		v->digest = seal.m.dump.digest;
		v->as_of = seal.m.as_of;
		seal_release(&seal);
	}
	if (proof_read(s, &proof) == 1) {
		v->proof = proof.time;
		(void)snprintf(v->proof_result, sizeof(v->proof_result), "%s",
		    proof.result);
		v->stash_kvno = proof.stash_kvno;
		v->n_mkey = proof.n_mkey;
		memcpy(v->mkey_kvno, proof.mkey_kvno, sizeof(v->mkey_kvno));
	}
}
