#include "state.h"

#include "../format/text.h"
#include "../sys/file.h"
#include "../sys/newfile.h"
#include "../sys/retired.h"
#include "../sys/say.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SMALL 4096
#define STALE 86400 /* seconds; longer than any run */

static const char *const role_word[] = { "none", "primary", "replica",
	"restore" };

void
state_path(const struct state *s, const char *name, char path[PATH_MAX])
{
	/* config.c leaves room behind state_dir. */
	if (snprintf(path, PATH_MAX, "%s/%s", s->dir, name) >= PATH_MAX)
		path[0] = '\0';
}

/* What stands behind "restore ": "primary 1 before-20261122T073500Z". */
static int
read_restore(struct state *s, const char *rest)
{
	char was[16], more;

	if (sscanf(rest, "%15s %" SCNu64 " %47s%c", was, &s->from, s->kept,
		&more) != 3)
		return -1;
	for (int r = ROLE_NONE; r <= ROLE_REPLICA; r++) {
		if (strcmp(was, role_word[r]) != 0)
			continue;
		s->was = (enum role)r;
		s->role = ROLE_RESTORE;
		return 0;
	}
	return -1;
}

static int
read_role(struct state *s)
{
	char word[96];
	int rc = state_line(s, "role", word, sizeof(word));

	s->role = s->was = ROLE_NONE;
	s->from = 0;
	s->kept[0] = '\0';
	if (rc <= 0)
		return rc;
	if (strcmp(word, role_word[ROLE_PRIMARY]) == 0)
		s->role = ROLE_PRIMARY;
	else if (strcmp(word, role_word[ROLE_REPLICA]) == 0)
		s->role = ROLE_REPLICA;
	else if (strncmp(word, "restore ", 8) != 0 ||
	    read_restore(s, word + 8) == -1) {
		say("%s/role: neither primary nor replica; write one of the "
		    "two words into it",
		    s->dir);
		return -1;
	}
	return 0;
}

/* What killed processes left half written; younger ones may be at work. */
static void
sweep(const struct state *s)
{
	DIR *d = opendir(s->dir);
	char path[PATH_MAX];
	struct dirent *e;
	struct stat st;

	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] != '.')
			continue;
		state_path(s, e->d_name, path);
		if (lstat(path, &st) == 0 && S_ISREG(st.st_mode) &&
		    time(NULL) - st.st_mtime > STALE)
			(void)newfile_remove(path);
	}
	(void)closedir(d);
}

void
state_locate(const struct config *c, struct state *s)
{
	memset(s, 0, sizeof(*s));
	(void)snprintf(s->dir, sizeof(s->dir), "%s", c->state_dir);
}

int
state_open(const struct config *c, bool make, struct state *s)
{
	struct stat st;

	state_locate(c, s);
	if (!make && lstat(s->dir, &st) == -1) {
		say("%s: %s; kdcsync has not run here yet, or state_dir in %s "
		    "is wrong",
		    s->dir, strerror(errno), c->path);
		return -1;
	}
	if (newfile_dir(s->dir) == -1)
		return -1;
	if (make)
		sweep(s);
	return read_role(s);
}

int
state_take_role(struct state *s, enum role role)
{
	if (read_role(s) == -1)
		return -1;
	if (s->role == role)
		return 0;
	if (s->role == ROLE_RESTORE) {
		say("%s: " STATE_CUT_SHORT, s->dir);
		return -1;
	}
	if (s->role != ROLE_NONE) {
		say("%s: this host is a %s, not a %s; to change that on "
		    "purpose: kdc-restore --%s",
		    s->dir, role_word[s->role], role_word[role],
		    role == ROLE_REPLICA ? "demote" : "promote");
		return -1;
	}
	return state_set_role(s, role);
}

int
state_set_role(struct state *s, enum role role)
{
	int rc = role == ROLE_NONE ? state_remove(s, "role")
				   : state_set_line(s, "role", role_word[role]);

	if (rc == 0)
		s->role = role;
	return rc;
}

int
state_set_restore(
    struct state *s, enum role was, uint64_t from, const char *kept)
{
	enum role is = s->role;
	char line[96];

	(void)snprintf(line, sizeof(line), "%s %s %" PRIu64 " %s",
	    role_word[ROLE_RESTORE], role_word[was], from, kept);
	if (state_set_line(s, "role", line) == 0)
		return read_role(s);
	/* It may have its name, and not be flushed: nobody shall find that. */
	if (read_role(s) == 0 && s->role == ROLE_RESTORE && is != ROLE_RESTORE)
		(void)state_set_role(s, is);
	return -1;
}

const char *
state_newest(const struct state *s)
{
	char path[PATH_MAX];
	struct stat st;

	if (s->role == ROLE_REPLICA)
		return STATE_SEAL;
	if (s->role != ROLE_RESTORE || s->was != ROLE_REPLICA)
		return STATE_CURRENT;
	state_path(s, STATE_SEAL, path);
	return lstat(path, &st) == 0 ? STATE_SEAL : STATE_CURRENT;
}

void
state_dump(const struct state *s, const struct digest *d, char path[PATH_MAX])
{
	char hex[DIGEST_TEXT], name[DIGEST_TEXT + 8];

	digest_encode(d, hex);
	(void)snprintf(name, sizeof(name), "dump.%s", hex);
	state_path(s, name, path);
}

/* name begins with "dump."; d may be NULL. */
static bool
is_dump_of(const char *name, const struct digest *d)
{
	char hex[DIGEST_TEXT] = "";

	if (d != NULL)
		digest_encode(d, hex);
	return strcmp(name + 5, hex) == 0;
}

/* Where both names are of one file, both stay. */
bool
state_spare_put(const struct state *s, const char *path)
{
	char spare[PATH_MAX];
	struct retired was;
	bool moved;

	state_path(s, STATE_SPARE, spare);
	retired_open(spare, &was);
	moved = newfile_move(path, spare) == 0 && access(path, F_OK) == -1;
	retired_free(&was);
	return moved;
}

static int
remove_dump(const struct state *s, const char *name, bool *spared)
{
	char path[PATH_MAX];
	struct retired r;
	int rc;

	state_path(s, name, path);
	if (!*spared && name[0] != '.') {
		*spared = state_spare_put(s, path);
		if (*spared)
			return 0;
	}
	retired_open(path, &r);
	rc = newfile_remove(path);
	retired_free(&r);
	return rc;
}

int
state_prune_dumps(
    const struct state *s, const struct digest *a, const struct digest *b)
{
	DIR *d = opendir(s->dir);
	struct dirent *e;
	bool spared = a == NULL;
	int rc = 0;

	if (d == NULL) {
		say("%s: read: %s", s->dir, strerror(errno));
		return -1;
	}
	while ((e = readdir(d)) != NULL) {
		bool unfinished = strncmp(e->d_name, ".dump.", 6) == 0;

		if (!unfinished &&
		    (strncmp(e->d_name, "dump.", 5) != 0 ||
			is_dump_of(e->d_name, a) || is_dump_of(e->d_name, b)))
			continue;
		if (remove_dump(s, e->d_name, &spared) == -1)
			rc = -1;
	}
	(void)closedir(d);
	return rc;
}

int
state_spare_open(const struct state *s)
{
	char spare[PATH_MAX];
	int fd;

	state_path(s, STATE_SPARE, spare);
	fd = retired_reuse(spare);
	return fd == -1 ? newfile_scratch(s->dir) : fd;
}

int
state_other_dump(
    const struct state *s, const struct digest * not, char path[PATH_MAX])
{
	DIR *d = opendir(s->dir);
	struct dirent *e;
	int found = 0;

	if (d == NULL)
		return 0;
	while (!found && (e = readdir(d)) != NULL) {
		if (strncmp(e->d_name, "dump.", 5) != 0 ||
		    is_dump_of(e->d_name, not ))
			continue;
		state_path(s, e->d_name, path);
		found = 1;
	}
	(void)closedir(d);
	return found;
}

int
state_lock(const struct state *s, const char *name, int wait_ms, int *fd)
{
	char path[PATH_MAX], file[192];

	(void)snprintf(file, sizeof(file), "%s.lock", name);
	state_path(s, file, path);
	return lock_file(path, LOCK_EXCLUSIVE, wait_ms, fd);
}

int
state_read(const struct state *s, const char *name, struct bytes *text)
{
	char path[PATH_MAX];

	state_path(s, name, path);
	if (file_read(path, SMALL, text) == 0)
		return 1;
	return errno == ENOENT ? 0 : -1;
}

int
state_write(
    const struct state *s, const char *name, const char *text, size_t len)
{
	char path[PATH_MAX];

	state_path(s, name, path);
	return newfile_put(path, text, len);
}

int
state_line(const struct state *s, const char *name, char *text, size_t size)
{
	struct bytes b = BYTES_NONE;
	size_t n = 0;
	int rc = state_read(s, name, &b);

	while (rc == 1 && n < b.len && n < size - 1 && b.p[n] != '\n')
		n++;
	if (rc == 1 && n > 0)
		memcpy(text, b.p, n);
	text[n] = '\0';
	bytes_release(&b);
	return rc;
}

int
state_set_line(const struct state *s, const char *name, const char *text)
{
	char path[PATH_MAX], line[SMALL];
	int n;

	n = snprintf(line, sizeof(line), "%.*s\n", SMALL - 2, text);
	state_path(s, name, path);
	return newfile_put(path, line, (size_t)n);
}

int
state_remove(const struct state *s, const char *name)
{
	char path[PATH_MAX];

	state_path(s, name, path);
	return newfile_remove(path);
}

/*
 * The override.
 */
int
override_read(const struct state *s, struct override *o)
{
	struct bytes b = BYTES_NONE;
	struct text_in in;
	const char *why;

	memset(o, 0, sizeof(*o));
	if (state_read(s, "override", &b) != 1)
		return 0;
	in = (struct text_in){ { b.p, b.len }, false };
	if (text_version(&in, "kdcsync-override", &why) == -1)
		in.failed = true;
	text_get_when(&in, "until", &o->until);
	text_get_digest(&in, "seal", &o->seal);
	text_get(&in, "reason", o->reason, sizeof(o->reason));
	bytes_release(&b);
	return in.failed || in.rest.len != 0 ? 0 : 1;
}

int
override_write(const struct state *s, const struct override *o)
{
	char text[SMALL];
	struct text_out out = { text, 0, sizeof(text), false };

	text_put_u64(&out, "kdcsync-override", 1);
	text_put_when(&out, "until", o->until);
	text_put_digest(&out, "seal", &o->seal);
	text_put(&out, "reason", o->reason);
	if (out.failed) {
		say("override: the reason must be one line of plain text");
		return -1;
	}
	return state_write(s, "override", text, out.len);
}
