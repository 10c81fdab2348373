#include "kpropd.h"

#include "../../sys/proc.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEADLINE_MS (10 * 1000)
#define WORDS_MAX (256 * 1024)

/*
 * Its words.
 */

/* The word after w, or the first for NULL; NULL at the end, which may be a word
 * that was cut. */
static const char *
word_next(struct span words, const char *w)
{
	const char *next = w == NULL ? words.p : w + strlen(w) + 1;
	size_t left = (size_t)(words.p + words.len - next);

	return left == 0 || memchr(next, '\0', left) == NULL ? NULL : next;
}

void
kpropd_arguments(struct span words, struct kpropd_arguments *a)
{
	/* kprop/kpropd.c, parse_args: those that take a value */
	static const char letters[] = "AFPafprsx";
	const char *w = word_next(words, NULL), *at;

	memset(a, 0, sizeof(*a));
	while (w != NULL && (w = word_next(words, w)) != NULL) {
		bool pid_file = strcmp(w, "--pid-file") == 0;

		if (w[0] != '-' || (w[1] == '-' && !pid_file))
			continue;
		/* "-Ddr", "REALM", or "-DdrREALM" */
		at = pid_file ? "" : strpbrk(w, letters);
		if (at == NULL)
			continue;
		if (pid_file || at[1] == '\0')
			w = word_next(words, w);
		if (*at == 'r')
			a->realm = at[1] != '\0' ? at + 1 : w;
		if (*at == 'F')
			a->database = at[1] != '\0' ? at + 1 : w;
	}
}

const char *
kpropd_variable(struct span environment, const char *name)
{
	size_t n = strlen(name);
	const char *w = NULL;

	while ((w = word_next(environment, w)) != NULL)
		if (strncmp(w, name, n) == 0 && w[n] == '=')
			return w + n + 1;
	return NULL;
}

/*
 * Its files.
 */

/* The directory that path is in, seen from proc; its last component. */
static const char *
directory_of(int proc, const char *path, struct stat *st)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash == NULL ? path : slash + 1;
	char dir[PATH_MAX + 8];

	(void)snprintf(dir, sizeof(dir), "%s/%.*s/.",
	    path[0] == '/' ? "root" : "cwd", (int)(base - path), path);
	return fstatat(proc, dir, st, 0) == -1 ? NULL : base;
}

bool
kpropd_same(int proc, const char *there, const char *here)
{
	const char *slash = strrchr(here, '/'), *base;
	struct stat a, b;
	char dir[PATH_MAX];

	if (slash == NULL ||
	    snprintf(dir, sizeof(dir), "%.*s/.", (int)(slash - here), here) >=
		(int)sizeof(dir) ||
	    stat(dir, &a) == -1)
		return false;
	base = directory_of(proc, there, &b);
	return base != NULL && strcmp(base, slash + 1) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

struct question {
	const char *realm, *config, *profile;
};

static void
variable_set(const char *name, const char *value)
{
	if (value == NULL)
		(void)unsetenv(name);
	else
		(void)setenv(name, value, 1);
}

/* In a child: its environment is not ours, and libkrb5 reads its own. */
static int
child(void *arg, void *result)
{
	const struct question *q = arg;
	struct place p;
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	/* What is wrong with another program's files is not for us to say. */
	if (null == -1 || dup2(null, STDERR_FILENO) == -1)
		return 1;
	variable_set("KRB5_CONFIG", q->config);
	variable_set("KRB5_KDC_PROFILE", q->profile);
	if (place_find(q->realm, &p) == -1)
		return 1;
	memcpy(result, p.db, sizeof(p.db));
	return 0;
}

static bool
configured(int proc, const struct kpropd_arguments *a, struct span environment,
    const char *here)
{
	struct question q = { .realm = a->realm,
		.config = kpropd_variable(environment, "KRB5_CONFIG"),
		.profile = kpropd_variable(environment, "KRB5_KDC_PROFILE") };
	const int keep[] = { -1 };
	char there[PATH_MAX] = "";

	return proc_call("configuration of kpropd", child, &q, there,
		   sizeof(there), keep, 0, DEADLINE_MS) == 0 &&
	    there[0] == '/' && kpropd_same(proc, there, here);
}

/*
 * The processes.
 */

/* All of a file of /proc; false when it went away, is not for us, or long. */
static bool
slurp(int proc, const char *name, struct bytes *b)
{
	int fd = openat(proc, name, O_RDONLY | O_CLOEXEC);
	char part[4096];
	ssize_t n = -1;

	b->len = 0;
	if (fd == -1)
		return false;
	while (b->len < WORDS_MAX && (n = read(fd, part, sizeof(part))) > 0 &&
	    bytes_add(b, part, (size_t)n) == 0)
		continue;
	(void)close(fd);
	return n == 0 && bytes_reserve(b, 1) == 0;
}

/* May it write to files of owner?  Anybody can call himself kpropd, and for
 * that alone nobody may stop us. */
static bool
may_write(const char *status, uid_t owner)
{
	const char *line = strstr(status, "\nUid:");
	unsigned euid;

	return line != NULL && sscanf(line, " Uid: %*u %u", &euid) == 1 &&
	    (euid == 0 || euid == owner);
}

/* Somebody in another root directory reads other files by the same names. */
static bool
same_root(int proc)
{
	struct stat a, b;

	return stat("/", &a) == 0 && fstatat(proc, "root", &b, 0) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static bool
serves(int proc, const struct place *p, uid_t owner, struct bytes *b)
{
	struct bytes environment = BYTES_NONE;
	struct kpropd_arguments a;
	bool yes = false;

	if (!slurp(proc, "comm", b) || b->len != 7 ||
	    memcmp(b->p, "kpropd\n", 7) != 0 || !slurp(proc, "status", b))
		return false;
	b->p[b->len] = '\0';
	if (!may_write(b->p, owner) || !same_root(proc) ||
	    !slurp(proc, "cmdline", b))
		return false;
	kpropd_arguments((struct span){ b->p, b->len }, &a);
	if (a.database != NULL)
		yes = kpropd_same(proc, a.database, p->db);
	else if (slurp(proc, "environ", &environment))
		yes = configured(proc, &a,
		    (struct span){ environment.p, environment.len }, p->db);
	bytes_release(&environment);
	return yes;
}

int
kpropd_find(const struct place *p)
{
	struct bytes b = BYTES_NONE;
	struct dirent *e;
	struct stat st;
	int found = 0, proc;
	DIR *all = opendir("/proc");

	if (all == NULL || stat(p->db_dir, &st) == -1)
		goto out;
	while (found == 0 && (e = readdir(all)) != NULL) {
		if (!isdigit((unsigned char)e->d_name[0]))
			continue;
		proc = openat(
		    dirfd(all), e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (proc == -1)
			continue;
		if (serves(proc, p, st.st_uid, &b))
			found = atoi(e->d_name);
		(void)close(proc);
	}
out:
	bytes_release(&b);
	if (all != NULL)
		(void)closedir(all);
	return found;
}
