#include "vouch.h"

#include "../format/dump.h"
#include "../sys/file.h"
#include "../sys/say.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* What comes up the pipe behind the digest. */
struct answer {
	bool same;     /* as the manifest has it */
	uint64_t line; /* 0: all are records */
	char why[128];
};

static int
look(const struct vouch *v, const struct digest *d, struct answer *a)
{
	struct span all = { NULL, 0 };
	struct dump_facts facts;
	const char *why;
	int rc;

	if (file_map(v->dump, "dump", &all) == -1)
		return -1;
	rc = dump_read(all, v->m->realm, &facts, &a->line, &why);
	file_unmap(&all);
	if (rc == -1) {
		(void)snprintf(a->why, sizeof(a->why), "%s", why);
		return 0;
	}
	a->line = 0;
	facts.digest = *d;
	a->same = dump_same_facts(&facts, &v->m->dump);
	return 0;
}

static int
reader(void *arg, int from, int to)
{
	const struct vouch *v = arg;
	struct answer a;
	struct digest d;

	(void)from;
	memset(&a, 0, sizeof(a));
	if (file_digest(v->dump, "dump", &d) == -1 ||
	    !beside_tell(to, &d, sizeof(d)))
		return 1;
	return look(v, &d, &a) == 0 && beside_tell(to, &a, sizeof(a)) ? 0 : 1;
}

int
vouch_begin(struct vouch *v, int dump, const struct manifest *m)
{
	const int keep[] = { dump, -1 };

	v->dump = dump;
	v->m = m;
	return beside_begin(&v->reader, "dump", reader, v, keep);
}

static enum verdict_outcome
refuse(const struct answer *a)
{
	if (a->line != 0)
		say("bundle: the dump is not the signed one: line %" PRIu64
		    ": %s; " VERDICT_REMAKE,
		    a->line, a->why);
	else
		say("bundle: the dump is not the signed one; " VERDICT_REMAKE);
	return VERDICT_REFUSED;
}

enum verdict_outcome
vouch_end(struct vouch *v)
{
	struct answer a = { .same = false };
	struct digest d;
	bool digested, crashed;

	digested = beside_hear(v->reader.from, &d, sizeof(d));
	/* What it says of another dump does not matter. */
	if (digested && !digest_equal(&d, &v->m->dump.digest)) {
		vouch_drop(v);
		return refuse(&a);
	}
	if (digested && !beside_hear(v->reader.from, &a, sizeof(a)))
		a.same = false;
	if (beside_end(&v->reader, &crashed) == 0) {
		a.why[sizeof(a.why) - 1] = '\0';
		return a.same ? VERDICT_SEALED : refuse(&a);
	}
	if (crashed) {
		say("bundle: reading its dump crashed; refused");
		return VERDICT_REFUSED;
	}
	say("dump: cannot be read back");
	return VERDICT_FAILED;
}

void
vouch_drop(struct vouch *v)
{
	beside_drop(&v->reader);
}
