#include "face.h"

#include "../store/metrics.h"

#include <string.h>

/* All that may be found, so that each is there to be good, too. */
static const char *const checks[] = { "age", "clock", "content", "dump", "held",
	"kpropd", "krbtgt", "max-age", "mkey", "override", "pending", "proof",
	"realm", "repair", "restore", "role", "seal", "signer", "stash",
	"superseded", "written-back" };
#define CHECKS (sizeof(checks) / sizeof(checks[0]))

/* The worst of that check. */
static enum level
level_of(const struct report *r, const char *check)
{
	enum level worst = LEVEL_GOOD;

	for (unsigned i = 0; i < r->n; i++) {
		const struct finding *f = &r->finding[i];

		if (strcmp(f->check, check) == 0 &&
		    level_weight(f->level) > level_weight(worst))
			worst = f->level;
	}
	return worst;
}

static const char *
role_of(const struct report *r)
{
	return r->primary ? "primary" : "replica";
}

static void
put_checks(struct metrics *m, const struct report *r)
{
	metrics_name(
	    m, "verify_check", "0 good, 1 warning, 2 critical, 3 unknown.");
	for (size_t i = 0; i < CHECKS; i++) {
		const char *labels[] = { "realm", r->realm, "role", role_of(r),
			"check", checks[i], NULL };

		metrics_put(m, "verify_check", labels, level_of(r, checks[i]));
	}
}

static void
put(struct metrics *m, const struct report *r, const char *name,
    const char *help, int64_t value)
{
	const char *labels[] = { "realm", r->realm, "role", role_of(r), NULL };

	metrics_name(m, name, help);
	metrics_put(m, name, labels, value);
}

static void
put_seal(struct metrics *m, const struct report *r)
{
	const struct manifest *x = &r->m;

	put(m, r, "epoch", "Epoch of the seal.", (int64_t)x->epoch);
	put(m, r, "generation", "Generation of the seal.",
	    (int64_t)x->generation);
	put(m, r, "as_of_timestamp_seconds",
	    "When the primary last confirmed the data.", x->as_of);
	put(m, r, "interval_seconds",
	    "From one run of the primary to the next.", (int64_t)x->interval);
	put(m, r, "held", "1 while the primary holds publication.", x->held);
	put(m, r, "principals", "How many there are.",
	    (int64_t)x->dump.principals);
	put(m, r, "dump_bytes", "Size of the dump.", (int64_t)x->dump.size);
}

int
face_metrics(const struct report *r, const char *path)
{
	struct metrics m;

	if (metrics_begin(&m) == -1)
		return -1;
	put(&m, r, "verify_status", "0 good, 1 warning, 2 critical, 3 unknown.",
	    report_level(r, NULL));
	put(&m, r, "verify_timestamp_seconds", "When this was found.", r->now);
	put_checks(&m, r);
	put(&m, r, "max_age_seconds", "How old the data may be.", r->max_age);
	put(&m, r, "proof_timestamp_seconds", "Last walk of every record.",
	    r->proof);
	if (r->sealed)
		put_seal(&m, r);
	return metrics_commit(&m, path);
}
