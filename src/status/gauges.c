#include "gauges.h"

#include "../store/metrics.h"

static void
put_host(struct metrics *m, const struct fleet *f, const char *name,
    const char *help, int64_t value)
{
	const char *labels[] = { "realm", f->realm, NULL };

	metrics_name(m, name, help);
	metrics_put(m, name, labels, value);
}

/* Of the last copy that kdc-snapshot made. */
static void
put_lock(struct metrics *m, const struct fleet *f)
{
	const struct proof *p = &f->proof;
	const char *labels[] = { "realm", f->realm, NULL };

	if (!p->locked)
		return;
	metrics_name(m, "lock_duration_seconds",
	    "How long kdc-snapshot last kept the database locked to copy it.");
	metrics_put_ms(m, "lock_duration_seconds", labels, p->locked_ms);
	put_host(m, f, "lock_timestamp_seconds", "When that was.",
	    p->stamp.read / 1000000000);
}

/* Of a replica; false: there is no such thing. */
static bool
get_level(const struct replica *r, int64_t *v)
{
	*v = notes_level(&r->notes);
	return true;
}

static bool
get_as_of(const struct replica *r, int64_t *v)
{
	*v = r->l.verdict.as_of;
	return r->proved;
}

static bool
get_proof(const struct replica *r, int64_t *v)
{
	*v = r->l.verdict.proof;
	return r->proved;
}

static bool
get_generation(const struct replica *r, int64_t *v)
{
	*v = (int64_t)r->l.verdict.generation;
	return r->proved;
}

static bool
get_behind(const struct replica *r, int64_t *v)
{
	*v = (int64_t)r->behind;
	return r->proved && r->counted;
}

static bool
get_equal(const struct replica *r, int64_t *v)
{
	*v = r->equal;
	return r->proved;
}

static bool
get_answered(const struct replica *r, int64_t *v)
{
	*v = r->l.answer == LEDGER_SEALED;
	return r->l.tried != 0;
}

static bool
get_tried(const struct replica *r, int64_t *v)
{
	*v = r->l.tried;
	return r->l.tried != 0;
}

static bool
get_sealed(const struct replica *r, int64_t *v)
{
	*v = r->l.sealed;
	return r->l.sealed != 0;
}

static bool
get_bytes(const struct replica *r, int64_t *v)
{
	*v = (int64_t)r->l.bytes;
	return r->l.sealed != 0;
}

static bool
get_ms(const struct replica *r, int64_t *v)
{
	*v = (int64_t)r->l.ms;
	return r->l.sealed != 0;
}

static const struct {
	const char *name, *help;
	bool (*get)(const struct replica *r, int64_t *v);
	bool ms; /* written in seconds */
} gauge[] = {
	{ "replica_status", "0 good, 1 warning, 2 critical, 3 unknown.",
	    get_level, false },
	{ "replica_as_of_timestamp_seconds",
	    "When the data that the replica proved were last current.",
	    get_as_of, false },
	{ "replica_proof_timestamp_seconds", "Last walk of every record there.",
	    get_proof, false },
	{ "replica_generation", "Generation that the replica proved.",
	    get_generation, false },
	{ "replica_generations_behind", "Generations it has not got yet.",
	    get_behind, false },
	{ "replica_digest_equal",
	    "1 when what it proved has the digest of the current generation.",
	    get_equal, false },
	{ "replica_ship_success", "1 when the last ship was sealed there.",
	    get_answered, false },
	{ "replica_ship_timestamp_seconds", "The last ship, sealed or not.",
	    get_tried, false },
	{ "replica_sealed_timestamp_seconds", "The last ship that was sealed.",
	    get_sealed, false },
	{ "replica_sent_bytes", "Bytes of that one.", get_bytes, false },
	{ "replica_ship_duration_seconds", "How long that one took.", get_ms,
	    true },
};
#define GAUGES (sizeof(gauge) / sizeof(gauge[0]))

static void
put_replicas(struct metrics *m, const struct fleet *f, size_t g)
{
	int64_t v;

	metrics_name(m, gauge[g].name, gauge[g].help);
	for (size_t i = 0; i < f->n; i++) {
		const struct replica *r = &f->replica[i];
		const char *labels[] = { "realm", f->realm, "replica", r->name,
			NULL };

		if (!r->configured || !gauge[g].get(r, &v))
			continue;
		if (gauge[g].ms)
			metrics_put_ms(m, gauge[g].name, labels, v);
		else
			metrics_put(m, gauge[g].name, labels, v);
	}
}

int
gauges(const struct fleet *f, const char *path)
{
	struct metrics m;

	if (metrics_begin(&m) == -1)
		return -1;
	put_host(&m, f, "status", "0 good, 1 warning, 2 critical, 3 unknown.",
	    fleet_level(f));
	put_host(
	    &m, f, "status_timestamp_seconds", "When this was found.", f->now);
	put_host(&m, f, "status_max_age_seconds",
	    "How old a replica's data may be.", f->cf->max_age);
	put_host(&m, f, "status_interval_seconds",
	    "From one run of kdc-snapshot to the next.", f->cf->interval);
	if (f->sealed) {
		put_host(&m, f, "current_generation",
		    "Newest generation of the primary.",
		    (int64_t)f->seal.m.generation);
		put_host(&m, f, "current_as_of_timestamp_seconds",
		    "When kdc-snapshot last found it current.",
		    f->seal.m.as_of);
	}
	put_lock(&m, f);
	for (size_t g = 0; g < GAUGES; g++)
		put_replicas(&m, f, g);
	return metrics_commit(&m, path);
}
