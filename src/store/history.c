#include "history.h"

#include "../sys/file.h"
#include "../sys/newfile.h"
#include "../sys/say.h"
#include "generation.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int
history_read(const struct state *s, struct history *h)
{
	struct generations l = generation_list(s);
	char dir[PATH_MAX], path[PATH_MAX];

	h->n = 0;
	h->m = calloc(l.n + 1, sizeof(*h->m));
	if (h->m == NULL)
		say("%s: no memory for %zu generations", s->dir, l.n);
	for (size_t i = 0; h->m != NULL && i < l.n; i++) {
		generation_dir(s, l.v[i].epoch, l.v[i].n, dir);
		generation_file(dir, "dump", path);
		if (access(path, F_OK) == 0 &&
		    generation_manifest(dir, &h->m[h->n]) == 0)
			h->n++;
	}
	generation_list_release(&l);
	return h->m == NULL ? -1 : 0;
}

void
history_release(struct history *h)
{
	free(h->m);
	h->m = NULL;
	h->n = 0;
}

const struct manifest *
history_named(const struct history *h, const char *name)
{
	char have[64];

	for (size_t i = 0; i < h->n; i++) {
		(void)snprintf(have, sizeof(have), "%" PRIu64 ".%" PRIu64,
		    h->m[i].epoch, h->m[i].generation);
		if (strcmp(have, name) == 0)
			return &h->m[i];
	}
	return strcmp(name, "current") == 0 && h->n > 0 ? &h->m[0] : NULL;
}

const struct manifest *
history_at(const struct history *h, int64_t t)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->m[i].taken <= t)
			return &h->m[i];
	return NULL;
}

/* Is it the dump that m describes? */
static int
prove(int fd, const char *path, const struct manifest *m)
{
	struct digest d;

	if (file_digest(fd, path, &d) == -1)
		return -1;
	if (digest_equal(&d, &m->dump.digest))
		return 0;
	say("%s: damaged; another generation, an archive or a replica may "
	    "have what you need",
	    path);
	return -1;
}

int
history_open(const struct state *s, const struct manifest *m)
{
	char dir[PATH_MAX], path[PATH_MAX];
	int from, to = -1;

	generation_dir(s, m->epoch, m->generation, dir);
	generation_file(dir, "dump", path);
	from = file_open(path);
	if (from == -1) {
		if (errno == ENOENT)
			say("%s: not kept", path);
		return -1;
	}
	to = newfile_scratch(s->dir);
	if (to != -1 &&
	    (file_copy(from, to, m->dump.size, path) == -1 ||
		prove(to, path, m) == -1)) {
		(void)close(to);
		to = -1;
	}
	(void)close(from);
	return to;
}
