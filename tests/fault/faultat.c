/*
 * faultat: a fault at the Nth disk-changing system call.
 *
 * usage: faultat [-n N] [-o | -e ERRNO] [-c FILE] DIR COMMAND...
 *
 * Runs COMMAND and everything it starts and counts, over all these processes
 * together, the system calls that would change the disk: writes, flushes and
 * truncations of files below DIR (unnamed ones too), opens that create or
 * empty a file, renames, links, removals, new directories, modes, times.
 * Before the Nth is done all processes are killed at once, as when the power
 * goes; with -o only the one that asked for it; with -e ENOSPC (EIO, EDQUOT) the
 * call is not done and fails with that.  -c writes to FILE how many there were and,
 * if it came to that, the Nth; without -n all of them, one a line.
 *
 * Exit status: the command's; 128 + signal; 77 when this host does not let us
 * trace, 70 when we failed.  strace's inject=...:when=N counts for each process
 * and each system call apart: what a child does is hidden behind its parent's
 * own Nth.  Needs no privilege.  cc -o faultat faultat.c
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRACEES 256
#define SKIP 77

struct tracee {
	pid_t pid;
	bool fail; /* its current call is to fail */
	bool fresh;
};

static struct tracee tracees[TRACEES];
static const char *dir, *what = "";
static char told[400];
static long count, nth;
static FILE *list;
static bool only_one;
static int error;

static struct tracee *
find(pid_t pid)
{
	struct tracee *free_one = NULL;

	for (int i = 0; i < TRACEES; i++) {
		if (tracees[i].pid == pid)
			return &tracees[i];
		if (tracees[i].pid == 0 && free_one == NULL)
			free_one = &tracees[i];
	}
	if (free_one == NULL) {
		fprintf(stderr, "faultat: too many processes\n");
		exit(70);
	}
	*free_one = (struct tracee){ .pid = pid, .fresh = true };
	return free_one;
}

/* Is that descriptor of a file below dir? */
static bool
is_below(pid_t pid, unsigned long long fd)
{
	char link[64], path[4096];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)pid, (int)fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n == -1)
		return false;
	path[n] = '\0';
	snprintf(told, sizeof(told), "%.390s", path);
	return strncmp(path, dir, strlen(dir)) == 0 &&
	    (path[strlen(dir)] == '/' || path[strlen(dir)] == '\0');
}

/* The string at that address of the process, for -c's file. */
static void
tell_path(pid_t pid, unsigned long long at)
{
	struct iovec to = { told, sizeof(told) - 1 };
	struct iovec from = { (void *)(uintptr_t)at, sizeof(told) - 1 };
	ssize_t n;

	n = process_vm_readv(pid, &to, 1, &from, 1, 0);
	if (n <= 0) {
		/* The string may stand at the end of a page. */
		from.iov_len = 4096 - at % 4096 < sizeof(told) - 1
		    ? 4096 - at % 4096
		    : sizeof(told) - 1;
		n = process_vm_readv(pid, &to, 1, &from, 1, 0);
	}
	told[n > 0 ? n : 0] = '\0';
}

/* By the calls' numbers; not all exist on every machine. */
static bool
changes_disk(pid_t pid, const struct __ptrace_syscall_info *i)
{
	const unsigned long long *a = (const unsigned long long *)i->entry.args;

	switch (i->entry.nr) {
	case SYS_write:
		what = "write";
		return is_below(pid, a[0]);
	case SYS_pwrite64:
		what = "pwrite";
		return is_below(pid, a[0]);
	case SYS_writev:
	case SYS_pwritev:
		what = "writev";
		return is_below(pid, a[0]);
	case SYS_fsync:
	case SYS_fdatasync:
		what = "fsync";
		return is_below(pid, a[0]);
	case SYS_ftruncate:
		what = "ftruncate";
		return is_below(pid, a[0]);
	case SYS_fallocate:
		what = "fallocate";
		return is_below(pid, a[0]);
	case SYS_fchmod:
		what = "fchmod";
		return is_below(pid, a[0]);
	case SYS_fchown:
		what = "fchown";
		return is_below(pid, a[0]);
	case SYS_sendfile:
		what = "sendfile";
		return is_below(pid, a[0]);
	case SYS_copy_file_range:
		what = "copy_file_range";
		return is_below(pid, a[2]);
	case SYS_ioctl:
		what = "FICLONE";
		return a[1] == FICLONE && is_below(pid, a[0]);
	case SYS_openat:
		what = "open";
		tell_path(pid, a[1]);
		return (a[2] & (O_CREAT | O_TRUNC)) != 0 ||
		    (a[2] & O_TMPFILE) == O_TMPFILE;
	case SYS_renameat:
	case SYS_renameat2:
		what = "rename";
		tell_path(pid, a[3]);
		return true;
	case SYS_unlinkat:
		what = "unlink";
		tell_path(pid, a[1]);
		return true;
	case SYS_linkat:
	case SYS_symlinkat:
		what = "link";
		tell_path(pid, a[1]);
		return true;
	case SYS_mkdirat:
		what = "mkdir";
		tell_path(pid, a[1]);
		return true;
	case SYS_fchmodat:
	case SYS_fchownat:
		what = "chmod";
		tell_path(pid, a[1]);
		return true;
	case SYS_utimensat:
		what = "utimensat";
		tell_path(pid, a[1]);
		return true;
#ifdef SYS_open
	case SYS_open:
		what = "open";
		tell_path(pid, a[0]);
		return (a[1] & (O_CREAT | O_TRUNC)) != 0 ||
		    (a[1] & O_TMPFILE) == O_TMPFILE;
	case SYS_creat:
	case SYS_rename:
	case SYS_unlink:
	case SYS_rmdir:
	case SYS_link:
	case SYS_symlink:
	case SYS_mkdir:
	case SYS_truncate:
	case SYS_chmod:
	case SYS_lchown:
	case SYS_chown:
		what = i->entry.nr == SYS_rename ? "rename"
		    : i->entry.nr == SYS_mkdir	 ? "mkdir"
		    : i->entry.nr == SYS_rmdir	 ? "rmdir"
		    : i->entry.nr == SYS_unlink	 ? "unlink"
						 : "path";
		tell_path(pid, a[i->entry.nr == SYS_rename]);
		return true;
#endif
	default:
		return false;
	}
}

#ifdef __x86_64__
/* Makes it no call at all. */
static void
void_call(pid_t pid)
{
	struct user_regs_struct r;

	ptrace(PTRACE_GETREGS, pid, 0, &r);
	r.orig_rax = (unsigned long long)-1;
	ptrace(PTRACE_SETREGS, pid, 0, &r);
}

static void
set_result(pid_t pid, long result)
{
	struct user_regs_struct r;

	ptrace(PTRACE_GETREGS, pid, 0, &r);
	r.rax = (unsigned long long)result;
	ptrace(PTRACE_SETREGS, pid, 0, &r);
}
#else
static void
void_call(pid_t pid)
{
	(void)pid;
	fprintf(stderr, "faultat: -e is for x86_64 only\n");
	exit(SKIP);
}

static void
set_result(pid_t pid, long result)
{
	(void)pid;
	(void)result;
}
#endif

/* The Nth call is there. */
static void
strike(struct tracee *t, char *nth_call, size_t size)
{
	snprintf(nth_call, size, "%s %s", what, told);
	if (error != 0) {
		void_call(t->pid);
		t->fail = true;
	} else if (only_one) {
		kill(t->pid, SIGKILL);
	} else {
		for (int i = 0; i < TRACEES; i++)
			if (tracees[i].pid != 0)
				kill(tracees[i].pid, SIGKILL);
	}
}

static void
on_syscall(struct tracee *t, char *nth_call, size_t size)
{
	struct __ptrace_syscall_info i;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, t->pid, sizeof(i), &i) <= 0)
		return;
	if (i.op == PTRACE_SYSCALL_INFO_ENTRY && changes_disk(t->pid, &i)) {
		count++;
		if (list != NULL && nth == 0)
			fprintf(list, "%ld %s %s\n", count, what, told);
		if (count == nth)
			strike(t, nth_call, size);
	} else if (i.op == PTRACE_SYSCALL_INFO_EXIT && t->fail) {
		t->fail = false;
		set_result(t->pid, -error);
	}
}

static int
follow(pid_t first, char *nth_call, size_t size)
{
	int status, exit_status = 70, sig;
	struct tracee *t;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		t = find(pid);
		if (WIFEXITED(status) || WIFSIGNALED(status)) {
			if (pid == first)
				exit_status = WIFEXITED(status)
				    ? WEXITSTATUS(status)
				    : 128 + WTERMSIG(status);
			t->pid = 0;
			continue;
		}
		sig = WSTOPSIG(status);
		if (sig == (SIGTRAP | 0x80)) {
			on_syscall(t, nth_call, size);
			sig = 0;
		} else if (sig == SIGTRAP || (sig == SIGSTOP && t->fresh)) {
			sig = 0; /* ptrace's own */
		}
		t->fresh = false;
		ptrace(PTRACE_SYSCALL, pid, 0, sig);
	}
	return exit_status;
}

static pid_t
start(char *argv[])
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
	    PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
	    PTRACE_O_EXITKILL;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0) == -1)
			_exit(SKIP);
		raise(SIGSTOP);
		execvp(argv[0], argv);
		perror(argv[0]);
		_exit(127);
	}
	if (pid == -1 || waitpid(pid, &status, 0) != pid)
		exit(70);
	if (!WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, pid, 0, options) == -1) {
		fprintf(stderr, "faultat: not allowed to trace\n");
		kill(pid, SIGKILL);
		exit(SKIP);
	}
	find(pid)->fresh = false;
	ptrace(PTRACE_SYSCALL, pid, 0, 0);
	return pid;
}

static int
error_of(const char *name)
{
	if (strcmp(name, "ENOSPC") == 0)
		return ENOSPC;
	if (strcmp(name, "EIO") == 0)
		return EIO;
	if (strcmp(name, "EDQUOT") == 0)
		return EDQUOT;
	fprintf(stderr, "faultat: -e %s: ENOSPC, EIO or EDQUOT\n", name);
	exit(64);
}

int
main(int argc, char *argv[])
{
	const char *file = NULL;
	char nth_call[500] = "-";
	int c, status;

	while ((c = getopt(argc, argv, "+n:oe:c:")) != -1) {
		if (c == 'n')
			nth = atol(optarg);
		else if (c == 'o')
			only_one = true;
		else if (c == 'e')
			error = error_of(optarg);
		else if (c == 'c')
			file = optarg;
		else
			return 64;
	}
	if (argc - optind < 2)
		return 64;
	dir = argv[optind];
	if (file != NULL) {
		list = fopen(file, "we");
		if (list == NULL)
			return 70;
	}
	status = follow(start(&argv[optind + 1]), nth_call, sizeof(nth_call));
	if (file != NULL) {
		if (nth != 0)
			fprintf(list, "%ld %s\n", count, nth_call);
		if (ferror(list) != 0 || fclose(list) != 0)
			return 70;
	}
	return status;
}
