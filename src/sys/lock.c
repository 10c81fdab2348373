#include "lock.h"
#include "proc.h"
#include "say.h"
#include "stop.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct holder {
	struct stat file;
	bool shared_too; /* a shared lock stands in our way */
	int own;	 /* our descriptor: not a holder */
	int pid;
	char program[32];
};

/* Reads a small file of /proc as text.  False when it went away. */
static bool
slurp(int dir, const char *name, char *text, size_t size)
{
	ssize_t n;
	int fd;

	fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return false;
	n = read(fd, text, size - 1);
	close(fd);
	if (n == -1)
		return false;
	text[n] = '\0';
	return true;
}

/* proc(5), fdinfo: "lock:\t1: OFDLCK  ADVISORY  WRITE -1 08:02:1234 0 EOF";
 * only locks that are held through this descriptor are shown. */
static bool
has_lock(const char *info, bool shared_too)
{
	const char *line, *next;

	for (line = strstr(info, "lock:"); line != NULL; line = next) {
		char kind[16], how[16], mode[16];

		next = strstr(line + 1, "lock:");
		if (sscanf(line, "lock: %*s %15s %15s %15s", kind, how, mode) !=
		    3)
			continue;
		if (strcmp(kind, "OFDLCK") != 0 && strcmp(kind, "POSIX") != 0)
			continue;
		if (shared_too || strcmp(mode, "WRITE") == 0)
			return true;
	}
	return false;
}

/* The device in a lock line is the filesystem's, on btrfs not stat's: so the
 * descriptor itself is looked at. */
static bool
holds(int pid_dir, const char *fd_name, const struct holder *h)
{
	char name[32], info[2048];
	struct stat st;

	(void)snprintf(name, sizeof(name), "fdinfo/%.16s", fd_name);
	if (!slurp(pid_dir, name, info, sizeof(info)) ||
	    !has_lock(info, h->shared_too))
		return false;
	(void)snprintf(name, sizeof(name), "fd/%.16s", fd_name);
	return fstatat(pid_dir, name, &st, 0) == 0 &&
	    st.st_dev == h->file.st_dev && st.st_ino == h->file.st_ino;
}

/* Whether the process has the lock. */
static bool
look(int pid_dir, struct holder *h)
{
	bool found = false;
	struct dirent *e;
	DIR *fds;
	int fd;

	fd = openat(pid_dir, "fdinfo", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return false;
	fds = fdopendir(fd);
	if (fds == NULL) {
		close(fd);
		return false;
	}
	for (e = readdir(fds); e != NULL && !found; e = readdir(fds)) {
		if (!isdigit((unsigned char)e->d_name[0]) ||
		    (h->pid == getpid() && atoi(e->d_name) == h->own))
			continue;
		found = holds(pid_dir, e->d_name, h);
	}
	closedir(fds);
	if (found && !slurp(pid_dir, "comm", h->program, sizeof(h->program)))
		found = false;
	h->program[strcspn(h->program, "\n")] = '\0';
	return found;
}

/* Fills in pid and program.  Other users' processes show only to root. */
static bool
find(struct holder *h)
{
	bool found = false;
	struct dirent *e;
	DIR *all;
	int fd;

	all = opendir("/proc");
	if (all == NULL)
		return false;
	for (e = readdir(all); e != NULL && !found; e = readdir(all)) {
		if (!isdigit((unsigned char)e->d_name[0]))
			continue;
		h->pid = atoi(e->d_name);
		fd = openat(
		    dirfd(all), e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd == -1)
			continue;
		found = look(fd, h);
		close(fd);
	}
	closedir(all);
	return found;
}

static char who[64];

const char *
lock_who(void)
{
	return who;
}

static void
tell_busy(int fd, const char *path, enum lock_mode mode, int wait_ms)
{
	struct holder h = { .shared_too = mode == LOCK_EXCLUSIVE, .own = fd };
	char waited[32] = "";

	(void)snprintf(who, sizeof(who), "another program");
	if (fstat(fd, &h.file) == 0 && find(&h))
		(void)snprintf(
		    who, sizeof(who), "%s (pid %d)", h.program, h.pid);
	if (wait_ms == LOCK_SILENT)
		return;
	if (wait_ms >= 1000)
		(void)snprintf(
		    waited, sizeof(waited), " for %d s", wait_ms / 1000);
	say("%s: locked by %s%s; end it or wait, then run again", path, who,
	    waited);
}

static int
set(int fd, short type)
{
	struct flock fl = { .l_type = type, .l_whence = SEEK_SET };

	return fcntl(fd, F_OFD_SETLK, &fl);
}

int
lock_fd(int fd, const char *path, enum lock_mode mode, int wait_ms)
{
	int64_t until = proc_now() + wait_ms;
	long pause_ms = 1;

	for (;;) {
		struct timespec ts = { 0, pause_ms * 1000000 };

		if (set(fd, mode == LOCK_SHARED ? F_RDLCK : F_WRLCK) == 0)
			return 0;
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN && errno != EACCES) {
			say("%s: lock: %s", path, strerror(errno));
			return -1;
		}
		if (proc_now() >= until) {
			tell_busy(fd, path, mode, wait_ms);
			return LOCK_BUSY;
		}
		if (stop_asked())
			return -1; /* whoever asked knows why */
		(void)nanosleep(&ts, NULL);
		pause_ms = pause_ms < 25 ? pause_ms * 2 : 50;
	}
}

int
lock_file(const char *path, enum lock_mode mode, int wait_ms, int *fd)
{
	struct stat st;
	int rc;

	*fd = open(
	    path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
	if (*fd == -1) {
		say("%s: open: %s", path, strerror(errno));
		return -1;
	}
	if (fstat(*fd, &st) == 0 && S_ISREG(st.st_mode)) {
		rc = lock_fd(*fd, path, mode, wait_ms);
	} else {
		say("%s: not a regular file", path);
		rc = -1;
	}
	if (rc != 0) {
		close(*fd);
		*fd = -1;
	}
	return rc;
}

int
lock_held(const char *path)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd, rc;

	fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1)
		return 0;
	rc = fcntl(fd, F_OFD_GETLK, &l);
	close(fd);
	return rc == 0 && l.l_type != F_UNLCK;
}
