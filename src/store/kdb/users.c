#include "users.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What they have open: the two lock files, and the log. */
enum { LOG = 2, FILES };

struct search {
	char path[FILES][PATH_MAX];
	struct stat file[FILES];
	bool there[FILES];
};

static void
look_at(struct search *s, const struct place *p)
{
	memset(s, 0, sizeof(*s));
	place_path(p->db, PLACE_LOCK, s->path[0]);
	place_path(p->db, PLACE_POLICY_LOCK, s->path[1]);
	memcpy(s->path[LOG], p->ulog, sizeof(p->ulog));
	for (int i = 0; i < FILES; i++)
		s->there[i] =
		    s->path[i][0] != '\0' && stat(s->path[i], &s->file[i]) == 0;
}

/* One that was removed while it is open: the process will not see the next. */
static bool
was_it(const char *path, int fds, const char *fd)
{
	char link[PATH_MAX + 16], gone[PATH_MAX + 16];
	ssize_t n = readlinkat(fds, fd, link, sizeof(link) - 1);

	if (n <= 0 || path[0] == '\0')
		return false;
	link[n] = '\0';
	(void)snprintf(gone, sizeof(gone), "%s (deleted)", path);
	return strcmp(link, gone) == 0;
}

/* Which of them is this open file?  FILES: none. */
static int
which(const struct search *s, int fds, const char *fd)
{
	struct stat st;
	int i = 0;

	/* The link's end: the very file, whatever its name is by now. */
	if (!isdigit((unsigned char)fd[0]) || fstatat(fds, fd, &st, 0) == -1)
		return FILES;
	while (i < FILES &&
	    !(s->there[i] && s->file[i].st_dev == st.st_dev &&
		s->file[i].st_ino == st.st_ino) &&
	    !(st.st_nlink == 0 && was_it(s->path[i], fds, fd)))
		i++;
	return i;
}

static bool
uses(const struct search *s, int fds, struct user *user)
{
	DIR *all = fdopendir(fds);
	struct dirent *e;
	bool found = false;
	int i;

	if (all == NULL) {
		(void)close(fds);
		return false;
	}
	while ((e = readdir(all)) != NULL) {
		i = which(s, dirfd(all), e->d_name);
		found = found || i < FILES;
		user->ulog = user->ulog || i == LOG;
	}
	(void)closedir(all);
	return found;
}

static void
name_of(int proc, char name[32])
{
	int fd = openat(proc, "comm", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd == -1 ? -1 : read(fd, name, 31);

	if (fd != -1)
		(void)close(fd);
	name[n > 0 ? n : 0] = '\0';
	name[strcspn(name, "\n")] = '\0';
}

static void
look_into(const struct search *s, int proc, int pid, struct users *u)
{
	struct user user = { .pid = pid };
	int fds = openat(proc, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fds == -1 || !uses(s, fds, &user))
		return;
	name_of(proc, user.name);
	if (strncmp(user.name, "kdc-", 4) == 0)
		return;
	if (u->n < USERS_MAX)
		u->v[u->n] = user;
	u->n++;
}

void
users_find(const struct place *p, struct users *u)
{
	struct search s;
	DIR *all = opendir("/proc");
	struct dirent *e;
	int proc;

	memset(u, 0, sizeof(*u));
	look_at(&s, p);
	while (all != NULL && (e = readdir(all)) != NULL) {
		if (!isdigit((unsigned char)e->d_name[0]) ||
		    atoi(e->d_name) == (int)getpid())
			continue;
		proc = openat(
		    dirfd(all), e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (proc == -1)
			continue;
		look_into(&s, proc, atoi(e->d_name), u);
		(void)close(proc);
	}
	if (all != NULL)
		(void)closedir(all);
}

bool
user_is_kdc(const struct user *u)
{
	return strcmp(u->name, "krb5kdc") == 0;
}

void
users_words(const struct users *u, char words[USERS_WORDS])
{
	size_t at = 0;

	(void)snprintf(words, USERS_WORDS, "nothing");
	for (unsigned i = 0; i < u->n && i < USERS_MAX; i++)
		at += (size_t)snprintf(words + at, USERS_WORDS - at,
		    "%s%.15s (pid %d)", i == 0 ? "" : ", ", u->v[i].name,
		    u->v[i].pid);
	if (u->n > USERS_MAX)
		(void)snprintf(words + at, USERS_WORDS - at, " and %u more",
		    u->n - USERS_MAX);
}
