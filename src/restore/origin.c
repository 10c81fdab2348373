#include "origin.h"

#include "../store/generation.h"
#include "../store/ledger.h"

#include <dirent.h>

static const struct manifest *
find_base(const struct history *h, const struct digest *base)
{
	for (size_t i = 0; i < h->n; i++)
		if (digest_equal(&h->m[i].dump.digest, base))
			return &h->m[i];
	return NULL;
}

/* The least that a replica had when it last answered; whoever was promoted had
 * that, or more.  1; 0: none ever answered. */
static int
find_least(const struct state *s, struct generation_id *least)
{
	char path[PATH_MAX];
	struct ledger l;
	struct dirent *e;
	int found = 0;
	DIR *d;

	state_path(s, "replicas", path);
	d = opendir(path);
	while (d != NULL && (e = readdir(d)) != NULL) {
		struct generation_id has;

		if (e->d_name[0] == '.')
			continue;
		ledger_read(s, e->d_name, &l);
		has.epoch = l.verdict.epoch;
		has.n = l.verdict.generation;
		if (!l.has_verdict || has.epoch == 0 ||
		    (found && generation_newest_first(&has, least) < 0))
			continue;
		*least = has;
		found = 1;
	}
	if (d != NULL)
		(void)closedir(d);
	return found;
}

/* The newest that is not after id. */
static const struct manifest *
find_until(const struct history *h, const struct generation_id *id)
{
	for (size_t i = 0; i < h->n; i++) {
		struct generation_id is = { h->m[i].epoch, h->m[i].generation };

		if (generation_newest_first(id, &is) <= 0)
			return &h->m[i];
	}
	return NULL;
}

/* Where two are primary in one epoch, nothing of it is common; else what was
 * taken before the other one was granted it. */
static const struct manifest *
find_near(const struct successor *x, const struct history *h)
{
	const struct seal *by = &x->seal;
	uint64_t epoch = x->ours.m.epoch;
	const struct manifest *m;

	if (h->n == 0)
		return NULL;
	if (!successor_is_granted(x)) {
		m = history_at(h, by->m.taken - 1);
	} else if (by->g.epoch > epoch) {
		m = history_at(h, by->g.time - 1);
	} else {
		m = h->m;
		while (m < h->m + h->n - 1 && m[1].epoch == epoch)
			m++;
	}
	return m != NULL ? m : &h->m[h->n - 1];
}

const struct manifest *
origin_find(const struct state *s, const struct successor *x,
    const struct history *h, enum origin *is)
{
	const struct manifest *m = NULL;
	struct generation_id least;

	*is = ORIGIN_BASE;
	if (successor_is_granted(x))
		m = find_base(h, &x->seal.g.base);
	if (m != NULL)
		return m;
	*is = ORIGIN_HAD;
	if (find_least(s, &least))
		m = find_until(h, &least);
	if (m != NULL)
		return m;
	*is = ORIGIN_NEAR;
	return find_near(x, h);
}
