#include "stock.h"

#include "../../format/number.h"
#include "../../format/when.h"
#include "../../sys/file.h"
#include "../../sys/say.h"
#include "../generation.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool
same_generation(const struct manifest *a, const struct manifest *b)
{
	return a->epoch == b->epoch && a->generation == b->generation;
}

/* A run that was cut short leaves one that nothing names; and the newest was
 * signed again since. */
static void
settle(struct stock *k)
{
	struct manifest *m = k->all.m;
	size_t newer = 0;

	while (newer < k->all.n && !same_generation(&m[newer], &k->now.m) &&
	    manifest_compare(&m[newer], &k->now.m) > 0)
		newer++;
	k->all.n -= newer;
	memmove(m, m + newer, k->all.n * sizeof(*m));
	if (k->all.n > 0 && same_generation(&m[0], &k->now.m))
		m[0] = k->now.m;
}

/* Does `current` tell?  Of a host that is nothing yet neither does. */
static bool
is_primary(const struct state *s)
{
	return s->role != ROLE_NONE &&
	    strcmp(state_newest(s), STATE_CURRENT) == 0;
}

static int
read_replica(struct stock *k)
{
	k->all.m = malloc(sizeof(*k->all.m));
	if (k->all.m == NULL) {
		say("%s: no memory", k->state->dir);
		return -1;
	}
	k->all.m[0] = k->now.m;
	k->all.n = 1;
	return 0;
}

int
stock_read(const struct state *s, const char *realm, struct stock *k)
{
	bool primary = is_primary(s);
	char path[PATH_MAX];
	int rc;

	*k = (struct stock)STOCK_NONE;
	k->state = s;
	state_path(s, primary ? STATE_CURRENT : STATE_SEAL, path);
	rc = seal_read(path, &k->now);
	if (rc == 0)
		say("%s: there is no generation here yet; %s", s->dir,
		    primary ? "kdc-snapshot takes one"
			    : "kdc-snapshot on the primary ships one");
	if (rc != 1)
		return -1;
	if (strcmp(k->now.m.realm, realm) != 0) {
		say("%s: belongs to realm %s, not %s; name the other "
		    "configuration with -c",
		    s->dir, k->now.m.realm, realm);
		return -1;
	}
	if (!primary)
		return read_replica(k);
	k->walk = history_begin(s);
	if (k->walk == NULL || history_read(s, &k->all) == -1)
		return -1;
	settle(k);
	return 0;
}

void
stock_release(struct stock *k)
{
	seal_release(&k->now);
	history_release(&k->all);
	history_end(k->walk);
	k->walk = NULL;
}

bool
stock_is_name(const char *text)
{
	struct span s = { text, strlen(text) };
	uint64_t n;

	if (strcmp(text, "current") == 0)
		return true;
	if (!number_take_u64(&s, UINT64_MAX, &n) || s.len == 0 || *s.p != '.')
		return false;
	s.p++;
	s.len--;
	return number_take_u64(&s, UINT64_MAX, &n) && s.len == 0;
}

bool
stock_is_time(const char *text, int64_t *t)
{
	static const char whole[] = "T00:00:00Z";
	char full[WHEN_TEXT];
	size_t n = strlen(text);

	if (n == strlen("2026-11-22"))
		(void)snprintf(full, sizeof(full), "%s%s", text, whole);
	else if (n == strlen("2026-11-22T07:35Z") && text[n - 1] == 'Z')
		(void)snprintf(full, sizeof(full), "%.16s:00Z", text);
	else if (n < sizeof(full))
		(void)snprintf(full, sizeof(full), "%s", text);
	else
		return false;
	return when_decode(full, strlen(full), t) == 0;
}

const struct manifest *
stock_named(const struct stock *k, const char *name)
{
	const struct manifest *m = history_named(&k->all, name);

	if (m == NULL)
		say("%s: no such generation here; kdc-archive list shows those "
		    "that there are",
		    name);
	/* The one before must not pass for it. */
	else if (strcmp(name, "current") == 0 &&
	    !same_generation(m, &k->now.m)) {
		say("%s: generation %" PRIu64 ".%" PRIu64
		    " is current, and its files are not in generations/; "
		    "run kdc-snapshot, or name another",
		    k->state->dir, k->now.m.epoch, k->now.m.generation);
		m = NULL;
	}
	return m;
}

const struct manifest *
stock_at(const struct stock *k, const char *time)
{
	const struct manifest *m, *oldest;
	char taken[WHEN_TEXT];
	int64_t t;

	if (!stock_is_time(time, &t)) {
		say("%s: not a time; write it in UTC, like "
		    "2026-11-22T07:35:00Z or 2026-11-22",
		    time);
		return NULL;
	}
	m = history_at(&k->all, t);
	if (m != NULL)
		return m;
	if (k->all.n == 0) {
		say("%s: no generation is left here; run kdc-snapshot",
		    k->state->dir);
		return NULL;
	}
	oldest = &k->all.m[k->all.n - 1];
	(void)when_encode(oldest->taken, taken);
	say("%s: no generation here is that old; the oldest is %" PRIu64
	    ".%" PRIu64 ", taken %s",
	    time, oldest->epoch, oldest->generation, taken);
	return NULL;
}

static int
open_sealed(const struct stock *k, const struct manifest *m)
{
	char path[PATH_MAX];
	struct digest d;
	int fd;

	state_dump(k->state, &m->dump.digest, path);
	fd = file_open(path);
	if (fd == -1) {
		if (errno == ENOENT)
			say("%s: not there; kdc-snapshot --full on the "
			    "primary ships it anew",
			    path);
		return -1;
	}
	if (file_digest(fd, path, &d) == 0) {
		if (digest_equal(&d, &m->dump.digest))
			return fd;
		say("%s: damaged; kdc-snapshot --full on the primary ships it "
		    "anew",
		    path);
	}
	(void)close(fd);
	return -1;
}

int
stock_open(const struct stock *k, const struct manifest *m)
{
	return is_primary(k->state) ? history_next(k->walk, m)
				    : open_sealed(k, m);
}

int
stock_seal(const struct stock *k, const struct manifest *m, struct seal *s)
{
	char path[PATH_MAX];
	int rc;

	if (same_generation(m, &k->now.m)) {
		state_path(k->state,
		    is_primary(k->state) ? STATE_CURRENT : STATE_SEAL, path);
		rc = seal_read(path, s);
	} else {
		generation_dir(k->state, m->epoch, m->generation, path);
		rc = seal_read_dir(path, s);
	}
	if (rc == 1 && same_generation(m, &s->m) &&
	    digest_equal(&m->dump.digest, &s->m.dump.digest))
		return 0;
	if (rc != -1)
		say("%s: its manifest and signature are not there any more; "
		    "run this again",
		    path);
	seal_release(s);
	return -1;
}
