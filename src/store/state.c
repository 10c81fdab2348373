#include "state.h"

#include "../format/text.h"
#include "../sys/file.h"
#include "../sys/newfile.h"
#include "../sys/say.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define SMALL 4096
#define STALE 86400 /* seconds; longer than any run */

static const char *const role_word[] = { "none", "primary", "replica" };

void
state_path(const struct state *s, const char *name, char path[PATH_MAX])
{
	/* config.c leaves room behind state_dir. */
	if (snprintf(path, PATH_MAX, "%s/%s", s->dir, name) >= PATH_MAX)
		path[0] = '\0';
}

static int
read_role(struct state *s)
{
	char word[32];
	int rc = state_line(s, "role", word, sizeof(word));

	s->role = ROLE_NONE;
	if (rc <= 0)
		return rc;
	if (strcmp(word, role_word[ROLE_PRIMARY]) == 0)
		s->role = ROLE_PRIMARY;
	else if (strcmp(word, role_word[ROLE_REPLICA]) == 0)
		s->role = ROLE_REPLICA;
	else {
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

int
state_open(const struct config *c, bool make, struct state *s)
{
	struct stat st;

	memset(s, 0, sizeof(*s));
	(void)snprintf(s->dir, sizeof(s->dir), "%s", c->state_dir);
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
	if (s->role == role)
		return 0;
	if (s->role != ROLE_NONE) {
		say("%s: this host is a %s, not a %s; to change that on "
		    "purpose, remove %s/role",
		    s->dir, role_word[s->role], role_word[role], s->dir);
		return -1;
	}
	if (state_set_line(s, "role", role_word[role]) == -1)
		return -1;
	s->role = role;
	return 0;
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

void
state_prune_dumps(
    const struct state *s, const struct digest *a, const struct digest *b)
{
	DIR *d = opendir(s->dir);
	char path[PATH_MAX];
	struct dirent *e;

	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL) {
		bool unfinished = strncmp(e->d_name, ".dump.", 6) == 0;

		if (!unfinished &&
		    (strncmp(e->d_name, "dump.", 5) != 0 ||
			is_dump_of(e->d_name, a) || is_dump_of(e->d_name, b)))
			continue;
		state_path(s, e->d_name, path);
		(void)newfile_remove(path);
	}
	(void)closedir(d);
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
	char path[PATH_MAX], file[64];

	(void)snprintf(file, sizeof(file), "%s.lock", name);
	state_path(s, file, path);
	return lock_file(path, LOCK_EXCLUSIVE, wait_ms, fd);
}

/* The text of a small file, or 0 when there is none. */
static int
read_small(const struct state *s, const char *name, struct bytes *text)
{
	char path[PATH_MAX];

	state_path(s, name, path);
	if (file_read(path, SMALL, text) == 0)
		return 1;
	return errno == ENOENT ? 0 : -1;
}

int
state_line(const struct state *s, const char *name, char *text, size_t size)
{
	struct bytes b = BYTES_NONE;
	size_t n = 0;
	int rc = read_small(s, name, &b);

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
 * The last deep proof.
 */
static const char *const stamp_names[PLACE_DATA][4] = {
	{ "principal-dev", "principal-ino", "principal-size",
	    "principal-mtime" },
	{ "policy-dev", "policy-ino", "policy-size", "policy-mtime" },
};

int
proof_read(const struct state *s, struct proof *p)
{
	struct bytes b = BYTES_NONE;
	struct text_in in;
	uint64_t version, kvno, v[4], read;
	char good[8];

	memset(p, 0, sizeof(*p));
	if (read_small(s, "proof", &b) != 1)
		return 0;
	in = (struct text_in){ { b.p, b.len }, false };
	text_get_u64(&in, "kdcsync-proof", &version, 1);
	text_get_when(&in, "time", &p->time);
	text_get(&in, "good", good, sizeof(good));
	text_get(&in, "result", p->result, sizeof(p->result));
	text_get_digest(&in, "digest", &p->digest);
	text_get_u64(&in, "stash-kvno", &kvno, UINT32_MAX);
	text_get_list(&in, "mkey-kvnos", p->mkey_kvno, DUMP_MKEYS, &p->n_mkey);
	for (int i = 0; i < PLACE_DATA; i++) {
		for (int j = 0; j < 4; j++)
			text_get_u64(&in, stamp_names[i][j], &v[j], INT64_MAX);
		p->stamp.file[i].dev = v[0];
		p->stamp.file[i].ino = v[1];
		p->stamp.file[i].size = v[2];
		p->stamp.file[i].mtime = (int64_t)v[3];
	}
	text_get_u64(&in, "read", &read, INT64_MAX);
	p->stamp.read = (int64_t)read;
	p->stash_kvno = (uint32_t)kvno;
	p->good = !in.failed && strcmp(good, "yes") == 0;
	bytes_release(&b);
	return in.failed ? 0 : 1;
}

int
proof_write(const struct state *s, const struct proof *p)
{
	char text[SMALL], path[PATH_MAX];
	struct text_out o = { text, 0, sizeof(text), false };

	text_put_u64(&o, "kdcsync-proof", 1);
	text_put_when(&o, "time", p->time);
	text_put(&o, "good", p->good ? "yes" : "no");
	text_put(&o, "result", p->result);
	text_put_digest(&o, "digest", &p->digest);
	text_put_u64(&o, "stash-kvno", p->stash_kvno);
	text_put_list(&o, "mkey-kvnos", p->mkey_kvno, p->n_mkey);
	for (int i = 0; i < PLACE_DATA; i++) {
		text_put_u64(&o, stamp_names[i][0], p->stamp.file[i].dev);
		text_put_u64(&o, stamp_names[i][1], p->stamp.file[i].ino);
		text_put_u64(&o, stamp_names[i][2], p->stamp.file[i].size);
		text_put_u64(
		    &o, stamp_names[i][3], (uint64_t)p->stamp.file[i].mtime);
	}
	text_put_u64(&o, "read", (uint64_t)p->stamp.read);
	if (o.failed) {
		say("%s/proof: cannot be written as text", s->dir);
		return -1;
	}
	state_path(s, "proof", path);
	return newfile_put(path, text, o.len);
}

/*
 * The override.
 */
int
override_read(const struct state *s, struct override *o)
{
	struct bytes b = BYTES_NONE;
	struct text_in in;
	uint64_t version;

	memset(o, 0, sizeof(*o));
	if (read_small(s, "override", &b) != 1)
		return 0;
	in = (struct text_in){ { b.p, b.len }, false };
	text_get_u64(&in, "kdcsync-override", &version, 1);
	text_get_when(&in, "until", &o->until);
	text_get_digest(&in, "seal", &o->seal);
	text_get(&in, "reason", o->reason, sizeof(o->reason));
	bytes_release(&b);
	return in.failed ? 0 : 1;
}

int
override_write(const struct state *s, const struct override *o)
{
	char text[SMALL], path[PATH_MAX];
	struct text_out out = { text, 0, sizeof(text), false };

	text_put_u64(&out, "kdcsync-override", 1);
	text_put_when(&out, "until", o->until);
	text_put_digest(&out, "seal", &o->seal);
	text_put(&out, "reason", o->reason);
	if (out.failed) {
		say("override: the reason must be one line of plain text");
		return -1;
	}
	state_path(s, "override", path);
	return newfile_put(path, text, out.len);
}
