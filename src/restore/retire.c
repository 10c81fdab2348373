#include "retire.h"

#include "../format/bundle.h"
#include "../format/when.h"
#include "../sys/file.h"
#include "../sys/newfile.h"
#include "../sys/say.h"
#include "../store/floor.h"
#include "../store/kdb/files.h"
#include "../store/live/standing.h"
#include "../store/superseded.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

/* Its line: where what there was goes; and a word more until that has a list. */
#define MARK "demoting"
#define MARK_KEEPING " keeping"

/* Of the life that ends; a seal is from one before that. */
static const char *const lived[] = { STATE_CURRENT, "generations", "replicas",
	"cron", "cron.past", "expired", "proof", STATE_SEAL, STATE_SEAL_NEXT };

static void
set_dir(struct retire *r)
{
	state_path(r->d->state, r->name, r->dir);
}

/* What a run that was killed while it kept things has half kept. */
static int
sweep(const struct retire *r)
{
	char path[PATH_MAX];

	state_path(r->d->state, FILES_KEEPING, path);
	if (newfile_remove_dir(path) == -1 || newfile_remove_dir(r->dir) == -1)
		return -1;
	return state_remove(r->d->state, MARK);
}

int
retire_again(struct retire *r)
{
	int rc = state_line(r->d->state, MARK, r->name, sizeof(r->name));
	char *more = strchr(r->name, ' ');

	if (more != NULL)
		*more = '\0';
	set_dir(r);
	if (rc != 1 || more == NULL)
		return rc;
	return r->d->dry_run ? 0 : sweep(r);
}

/*
 * Beginning.
 */
static void
find_name(struct retire *r)
{
	char when[WHEN_TEXT] = "";
	int64_t now = time(NULL);
	size_t n;

	do {
		(void)when_encode(now++, when);
		n = (size_t)snprintf(r->name, sizeof(r->name), "before-");
		for (const char *c = when; *c != '\0'; c++)
			if (*c != '-' && *c != ':')
				r->name[n++] = *c;
		r->name[n] = '\0';
		set_dir(r);
	} while (access(r->dir, F_OK) == 0);
}

static int
write_list(int to, struct alone *a)
{
	int fd = fcntl(to, F_DUPFD_CLOEXEC, 3), rc;
	FILE *f = fd == -1 ? NULL : fdopen(fd, "w");

	if (f == NULL) {
		say("%s/alone: %s", a->d->state->dir, strerror(errno));
		if (fd != -1)
			(void)close(fd);
		return EX_OSERR;
	}
	rc = alone_write(a, f);
	if (fclose(f) == 0)
		return rc;
	say("the list: write: %s", strerror(errno));
	return EX_CANTCREAT;
}

static int
keep_list(const struct retire *r, struct alone *a)
{
	struct newfile n = NEWFILE_NONE;
	char path[PATH_MAX];
	int rc;

	if (snprintf(path, sizeof(path), "%s/alone", r->dir) >= PATH_MAX ||
	    newfile_begin(&n, path) == -1)
		return EX_CANTCREAT;
	rc = write_list(n.fd, a);
	if (rc == EX_OK && newfile_commit(&n) == -1)
		rc = EX_CANTCREAT;
	newfile_abandon(&n);
	return rc;
}

/* Until the end nothing is to be taken or started here: one that was told by a
 * grant has met nobody yet. */
static int
supersede(const struct retire *r, const struct successor *by)
{
	char line[SUPERSEDED_LINE], then[WHEN_TEXT] = "";

	if (superseded_line(r->d->state, line) == 1)
		return EX_OK;
	(void)when_encode(by->seal.g.time, then);
	(void)snprintf(line, sizeof(line),
	    "%" PRIu64 ".0 %s: by the grant of that time another host is the "
	    "primary; kdc-restore --demote was cut short here: run it again",
	    successor_epoch(by), then);
	return state_set_line(r->d->state, STATE_SUPERSEDED, line) == 0
	    ? EX_OK
	    : EX_CANTCREAT;
}

static int
mark(const struct retire *r, struct alone *a)
{
	int rc = keep_list(r, a);

	if (rc == EX_OK && floor_keep(r->d->state, &a->by->seal) == -1)
		rc = EX_CANTCREAT;
	if (rc == EX_OK)
		rc = supersede(r, a->by);
	if (rc == EX_OK && state_set_line(r->d->state, MARK, r->name) == -1)
		rc = EX_CANTCREAT;
	return rc;
}

int
retire_begin(struct retire *r, struct alone *a)
{
	const struct demote *d = r->d;
	char keeping[sizeof(r->name) + sizeof(MARK_KEEPING)];
	int rc;

	find_name(r);
	(void)snprintf(keeping, sizeof(keeping), "%s" MARK_KEEPING, r->name);
	if (state_set_line(d->state, MARK, keeping) == -1)
		return EX_CANTCREAT;
	rc = files_keep(d->place->db, r->dir, (int)(d->cf->lock_wait * 1000));
	if (rc != 0)
		rc = rc == LOCK_BUSY ? EX_TEMPFAIL : EX_CANTCREAT;
	else
		rc = mark(r, a);
	if (rc != EX_OK)
		(void)sweep(r);
	return rc;
}

int
retire_show(const struct retire *r, FILE *f)
{
	struct span list = { NULL, 0 };
	char path[PATH_MAX];
	int fd, rc = EX_IOERR;

	if (snprintf(path, sizeof(path), "%s/alone", r->dir) >= PATH_MAX)
		return EX_IOERR;
	fd = file_open(path);
	if (fd == -1 && errno == ENOENT)
		say("%s: not there any more", path);
	if (fd == -1)
		return EX_IOERR;
	if (file_map(fd, path, &list) == 0 &&
	    fwrite(list.p, 1, list.len, f) == list.len)
		rc = EX_OK;
	file_unmap(&list);
	(void)close(fd);
	return rc;
}

/*
 * The rest.
 */
static int
move(const struct retire *r, const char *name)
{
	char from[PATH_MAX], to[PATH_MAX];

	state_path(r->d->state, name, from);
	/* Where it is already, a ship that began before has left a new one. */
	if (snprintf(to, sizeof(to), "%s/%s", r->dir, name) >= PATH_MAX ||
	    access(from, F_OK) == -1 || access(to, F_OK) == 0)
		return 0;
	return newfile_move(from, to);
}

static int
move_all(const struct retire *r)
{
	for (size_t i = 0; i < sizeof(lived) / sizeof(*lived); i++)
		if (move(r, lived[i]) == -1)
			return -1;
	if (newfile_flush_dir(r->dir) == -1)
		return -1;
	return newfile_flush_dir(r->d->state->dir);
}

/* Keeps a small file that is to go, under another name of ours. */
static int
keep_file(
    const struct retire *r, const char *path, size_t max, const char *name)
{
	struct bytes text = BYTES_NONE;
	char to[PATH_MAX];
	int rc = -1;

	if (snprintf(to, sizeof(to), "%s/%s", r->dir, name) < PATH_MAX &&
	    file_read(path, max, &text) == 0)
		rc = newfile_put(to, text.p, text.len);
	bytes_release(&text);
	return rc;
}

/* Is the grant that the configuration names one of the life that ends? */
static bool
is_over(const struct retire *r, const char *path)
{
	struct seal s = SEAL_NONE;
	struct bytes text = BYTES_NONE;
	struct floor f = { .known = false };
	struct seal none = SEAL_NONE;
	const char *why;
	bool over;

	over = access(path, F_OK) == 0 &&
	    file_read(path, GRANT_MAX, &text) == 0 &&
	    seal_add_grant(&s, (struct span){ text.p, text.len },
		(struct span){ text.p, text.len }, &why) == 0 &&
	    strcmp(s.g.realm, r->d->place->realm) == 0 &&
	    floor_read(r->d->cf, r->d->place->realm, r->d->state, &none, &f) ==
		0 &&
	    f.known && s.g.epoch < f.mark.epoch;
	seal_release(&s);
	seal_release(&none);
	bytes_release(&text);
	return over;
}

/* It would stand in the way of a later one, should this host be promoted. */
static int
move_grant(const struct retire *r)
{
	const char *path =
	    r->d->cf->grant[0] != '\0' ? r->d->cf->grant : CONFIG_GRANT;
	char sig[PATH_MAX + 8];

	if (!is_over(r, path))
		return 0;
	(void)snprintf(sig, sizeof(sig), "%s.sig", path);
	if (access(sig, F_OK) == 0 &&
	    (keep_file(r, sig, BUNDLE_SIG_MAX, "grant.sig") == -1 ||
		newfile_remove(sig) == -1))
		return -1;
	if (keep_file(r, path, GRANT_MAX, "grant") == -1)
		return -1;
	return newfile_remove(path);
}

int
retire_finish(struct retire *r)
{
	struct state *s = r->d->state;

	live_copy_sweep(r->d->place, "demote");
	if (s->role == ROLE_PRIMARY &&
	    (move_all(r) == -1 || move_grant(r) == -1 ||
		standing_end(r->d->place, s) == -1 ||
		state_set_role(s, ROLE_REPLICA) == -1))
		return EX_CANTCREAT;
	if (move(r, STATE_SUPERSEDED) == -1 || move(r, SUPERSEDED_SEAL) == -1 ||
	    state_remove(s, MARK) == -1)
		return EX_CANTCREAT;
	return EX_OK;
}
