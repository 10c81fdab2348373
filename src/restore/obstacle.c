#include "obstacle.h"

#include "../sys/age.h"
#include "../sys/file.h"
#include "../sys/say.h"
#include "../sys/units.h"
#include "../store/superseded.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#define SLACK (1 << 20) /* bytes: manifests, logs, directories */

/*
 * The role.
 */

/* The epoch of a seal; 0: there is none. */
static uint64_t
epoch_of(const struct state *s, const char *name)
{
	struct seal seal;
	char path[PATH_MAX];
	uint64_t epoch;

	state_path(s, name, path);
	(void)seal_read(path, &seal);
	epoch = seal.m.epoch;
	seal_release(&seal);
	return epoch;
}

/* By a later epoch than its own: another host is the primary.  Of the same epoch
 * it is its own past, as after a backup was put back. */
static int
check_superseded(const struct state *s)
{
	uint64_t epoch = epoch_of(s, SUPERSEDED_SEAL);

	if (epoch <= epoch_of(s, STATE_CURRENT))
		return EX_OK;
	say("%s: this primary was superseded: another host is the primary, in "
	    "epoch %" PRIu64 "; make this one its replica: kdc-restore "
	    "--demote",
	    s->dir, epoch);
	return EX_CONFIG;
}

int
obstacle_role(const struct restore *r)
{
	const struct state *s = r->state;
	enum role role = s->role == ROLE_RESTORE ? s->was : s->role;

	if (role == ROLE_REPLICA && !r->promote) {
		say("%s: this host is a replica; kdc-verify --repair mends its "
		    "database, kdc-apply FILE takes a bundle, and --promote "
		    "makes it the primary",
		    s->dir);
		return EX_CONFIG;
	}
	if (role == ROLE_NONE && r->promote) {
		say("%s: nothing was sealed here; a replica is promoted, and "
		    "an empty host takes an archive: --archive FILE",
		    s->dir);
		return EX_CONFIG;
	}
	/* What it was granted already is told of later. */
	if (role == ROLE_PRIMARY && r->promote &&
	    (r->grant == NULL || s->role == ROLE_RESTORE)) {
		say("%s: this host is a primary already; --generation, --at "
		    "or --archive restores",
		    s->dir);
		return EX_CONFIG;
	}
	return role == ROLE_PRIMARY ? check_superseded(s) : EX_OK;
}

/*
 * The stash.
 */
static int
find_stash(struct plan *p)
{
	const struct restore *r = p->r;
	const struct bytes *age = &r->source->stash_age;

	if (p->stash_there)
		return EX_OK;
	if (r->source->archived_stash && r->identity != NULL)
		return age_decrypt((struct span){ age->p, age->len },
			   r->identity, &p->stash) == 0
		    ? EX_OK
		    : EX_DATAERR;
	if (r->source->archived_stash)
		say("%s: the stash is missing, and the archive has one: name "
		    "the secret key of one of its recipients: --identity FILE",
		    r->place->stash);
	else
		say("%s: the stash is missing, and nothing opens the database "
		    "without it; put it back, from another KDC or from an "
		    "archive made with --stash",
		    r->place->stash);
	return EX_NOINPUT;
}

/*
 * Who uses the database.
 */
static bool
is_in_the_way(const struct plan *p, const struct user *u)
{
	/* Logins go on while a replica takes a generation. */
	return !p->r->promote || !user_is_kdc(u);
}

static int
find_users(const struct plan *p)
{
	struct users in = { .n = 0 };
	char words[USERS_WORDS];

	if (p->kpropd != 0) {
		say("kpropd (pid %d) serves this database; stop it: systemctl "
		    "disable --now " UNIT_KPROPD "; nothing was changed",
		    p->kpropd);
		return EX_TEMPFAIL;
	}
	for (unsigned i = 0; i < p->users.n && i < USERS_MAX; i++)
		if (is_in_the_way(p, &p->users.v[i]))
			in.v[in.n++] = p->users.v[i];
	if (in.n == 0 || p->r->force)
		return EX_OK;
	users_words(&in, words);
	if (p->r->promote)
		say("%s: %s may write to it, and a replica's database is not "
		    "theirs; stop that first; nothing was changed",
		    p->r->place->db, words);
	else
		say("%s: in use by %s: logins would go on while keys go back "
		    "in time, what kadmind changes meanwhile would be lost; "
		    "systemctl stop " UNIT_KDC " " UNIT_KADMIND " first, or "
		    "--force, and restart them afterwards",
		    p->r->place->db, words);
	return EX_TEMPFAIL;
}

/*
 * Room.
 */
static uint64_t
database_size(const struct place *place)
{
	char path[PATH_MAX];
	uint64_t size = 0;
	struct stat st;

	for (int i = 0; i < PLACE_DATA; i++) {
		place_path(place->db, (enum place_file)i, path);
		if (lstat(path, &st) == 0)
			size += (uint64_t)st.st_size;
	}
	return size;
}

static int
check_free(const char *dir, uint64_t need)
{
	uint64_t free = file_free(dir);

	if (free == 0 || free >= need)
		return EX_OK;
	say("%s: %" PRIu64
	    " MiB are free there, and restoring may need %" PRIu64
	    "; make room first; nothing was changed",
	    dir, free >> 20, (need >> 20) + 1);
	return EX_CANTCREAT;
}

static int
check_room(const struct plan *p)
{
	const struct place *place = p->r->place;
	uint64_t dump = p->r->source->seal.m.dump.size, in_db, in_state;
	uint64_t db = database_size(place);
	struct stat a, b;

	if (stat(place->db_dir, &a) == -1 || !S_ISDIR(a.st_mode)) {
		say("%s: %s; make it, as the KDC's package does: install -d -m "
		    "700 %s",
		    place->db_dir,
		    errno == ENOENT ? "not there" : "not a directory",
		    place->db_dir);
		return EX_CANTCREAT;
	}
	/* A copy and a late one, the shadow, and the dumps of two; what is kept,
	 * the dump twice, and the delta to it. */
	in_db = 2 * db + 4 * dump + SLACK;
	in_state = db + 4 * dump + SLACK;
	if (stat(p->r->state->dir, &b) == 0 && a.st_dev == b.st_dev)
		return check_free(place->db_dir, in_db + in_state);
	if (check_free(place->db_dir, in_db) != EX_OK)
		return EX_CANTCREAT;
	return check_free(p->r->state->dir, in_state);
}

int
obstacle_find(struct plan *p)
{
	int rc = EX_OK;

	if (p->r->identity != NULL && p->r->source->archive == NULL) {
		say("--identity: there is no archive to open with it");
		return EX_USAGE;
	}
	rc = find_stash(p);
	if (rc == EX_OK)
		rc = find_users(p);
	if (rc == EX_OK)
		rc = check_room(p);
	return rc;
}
