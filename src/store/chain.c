#include "chain.h"

#include "generation.h"
#include "past/parts.h"

#include "../sys/newfile.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Is this digest that of the dump the generation's manifest describes? */
static bool
makes(const char *dir, const struct digest *want)
{
	struct manifest m;

	return generation_manifest(dir, &m) == 0 &&
	    digest_equal(&m.dump.digest, want);
}

/* The generation's delta. */
static bool
find_delta(const char *dir, struct chain_link *link)
{
	struct bundle_rules rules = { .seen = 1 << BUNDLE_MANIFEST |
		    1 << BUNDLE_MANIFEST_SIG };
	enum bundle_part part;
	char path[PATH_MAX];
	const char *why;
	struct dirent *e;
	struct stat st;
	bool found = false;
	DIR *d = opendir(dir);

	rules.payload_max = UINT64_MAX;
	while (d != NULL && !found && (e = readdir(d)) != NULL) {
		generation_file(dir, e->d_name, path);
		if (strncmp(e->d_name, "delta.", 6) != 0 ||
		    lstat(path, &st) == -1 || !S_ISREG(st.st_mode))
			continue;
		link->size = (uint64_t)st.st_size;
		found = bundle_entry(&rules, e->d_name, link->size, &part,
			    &link->base, &why) == 0;
	}
	if (d != NULL)
		(void)closedir(d);
	return found;
}

/* How many deltas of the chain lead from that dump to now's; c->n + 1: it does
 * not come by it. */
static unsigned
find_dump(
    const struct chain *c, const struct digest *now, const struct digest *dump)
{
	unsigned i = 1;

	if (digest_equal(dump, now))
		return 0;
	while (i <= c->n && !digest_equal(&c->link[i - 1].base, dump))
		i++;
	return i;
}

/* One step further back.  What the database had twice needs no way round. */
static void
add(struct chain *c, const struct digest *now, const struct chain_link *link)
{
	unsigned at = find_dump(c, now, &link->base);

	if (at <= c->n)
		c->n = at;
	else
		c->link[c->n++] = *link;
	c->size = 0;
	for (unsigned i = 0; i < c->n; i++)
		c->size += c->link[i].size;
}

/* Goes back from now, step by step, to has or as far as there are deltas that
 * together weigh less than most.  Answers how many generations of the list that
 * took, from now's own: they all are of use. */
static size_t
walk(const struct state *s, const struct manifest *now, struct generations l,
    const struct digest *has, uint64_t most, struct chain *c)
{
	struct digest want = now->dump.digest;
	struct chain_link link;
	char dir[PATH_MAX];
	uint64_t sum = 0;
	size_t i;

	c->n = 0;
	c->size = 0;
	for (i = 0; i < l.n && c->n < BUNDLE_DELTAS; i++) {
		link.epoch = l.v[i].epoch;
		link.n = l.v[i].n;
		generation_dir(s, link.epoch, link.n, dir);
		if (!makes(dir, &want) || !find_delta(dir, &link))
			break;
		sum += link.size;
		if (sum >= most)
			break;
		add(c, &now->dump.digest, &link);
		want = link.base;
		if (has != NULL && digest_equal(has, &want))
			return i + 1;
	}
	if (has != NULL)
		c->size = c->n = 0;
	return i;
}

/* How many stand before generation now itself. */
static size_t
skip_newer(struct generations l, const struct manifest *now)
{
	struct generation_id id = { now->epoch, now->generation };
	size_t i = 0;

	while (i < l.n && generation_newest_first(&l.v[i], &id) < 0)
		i++;
	return i;
}

void
chain_find(const struct state *s, const struct manifest *now,
    const struct digest *has, struct chain *c)
{
	struct generations l = generation_list(s);
	size_t newer = skip_newer(l, now);

	(void)walk(s, now, (struct generations){ l.v + newer, l.n - newer },
	    has, UINT64_MAX, c);
	generation_list_release(&l);
}

void
chain_prune(const struct state *s, const struct manifest *now)
{
	struct generations l = generation_list(s);
	size_t newer = skip_newer(l, now), used;
	char dir[PATH_MAX];
	struct chain c;

	used = walk(s, now, (struct generations){ l.v + newer, l.n - newer },
	    NULL, now->dump.size / 2, &c);
	if (used < 2)
		used = 2;
	for (size_t i = 0; i < l.n; i++) {
		generation_dir(s, l.v[i].epoch, l.v[i].n, dir);
		if (i < newer)
			(void)newfile_remove_dir(dir);
		else if (i >= newer + used)
			(void)parts_remove(dir, PARTS_DELTA);
	}
	generation_list_release(&l);
}
