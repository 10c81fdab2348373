#include "sys/lock.h"
#include "sys/proc.h"
#include "sys/say.h"
#include "scratch.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

SCRATCH_PATH("principal.ok")
static char said[512];

/* Another process, named "holder", with the lock, until it is killed. */
static pid_t
hold(enum lock_mode mode, int posix)
{
	int p[2], fd;
	pid_t pid;
	char c;

	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		struct flock fl = { .l_type = F_WRLCK };

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, "holder");
		if (posix) {
			fd = open(path, O_RDWR | O_CREAT, 0600);
			if (fcntl(fd, F_SETLK, &fl) == -1)
				_exit(1);
		} else if (lock_file(path, mode, 0, &fd) != 0) {
			_exit(1);
		}
		if (write(p[1], "x", 1) == 1)
			pause();
		_exit(2);
	}
	close(p[1]);
	assert_int_equal(read(p[0], &c, 1), 1);
	close(p[0]);
	return pid;
}

static void
end_hold(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void
test_alone(void **state)
{
	struct stat st;
	int fd;

	(void)state;
	assert_int_equal(lock_file(path, LOCK_EXCLUSIVE, 0, &fd), 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 0177, 0);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(lock_fd(fd, path, LOCK_SHARED, 0), 0);
	assert_int_equal(lock_held(path), 1);
	close(fd);
	assert_int_equal(lock_held(path), 0);
	assert_int_equal(lock_held("/nonexistent/x"), 0);
	assert_int_equal(lock_file("/nonexistent/x", LOCK_SHARED, 0, &fd), -1);
	assert_int_equal(fd, -1);
	assert_int_equal(lock_file("/dev/null", LOCK_SHARED, 0, &fd), -1);
	assert_int_equal(lock_fd(-1, path, LOCK_SHARED, 0), -1);
}

static void
busy(enum lock_mode mode, int wait_ms, const char *program, pid_t pid)
{
	char want[128];
	int fd = 7;

	assert_int_equal(lock_file(path, mode, wait_ms, &fd), LOCK_BUSY);
	assert_int_equal(fd, -1);
	say_last(said, sizeof(said));
	assert_non_null(strstr(said, path));
	snprintf(want, sizeof(want), "locked by %s (pid %d)%s; ", program, pid,
	    wait_ms >= 1000 ? " for 1 s" : "");
	assert_non_null(strstr(said, want));
}

static void
test_holder_named(void **state)
{
	int64_t from;
	pid_t pid;
	int fd;

	(void)state;
	pid = hold(LOCK_EXCLUSIVE, 0);
	busy(LOCK_SHARED, 0, "holder", pid);
	from = proc_now();
	busy(LOCK_EXCLUSIVE, 1000, "holder", pid);
	assert_true(proc_now() - from >= 1000);
	end_hold(pid);
	assert_int_equal(lock_file(path, LOCK_EXCLUSIVE, 0, &fd), 0);
	close(fd);
}

static void
test_shared(void **state)
{
	pid_t pid;
	int fd;

	(void)state;
	pid = hold(LOCK_SHARED, 0);
	assert_int_equal(lock_file(path, LOCK_SHARED, 0, &fd), 0);
	/* our own shared lock is not in our way, the other one is */
	assert_int_equal(lock_fd(fd, path, LOCK_EXCLUSIVE, 0), LOCK_BUSY);
	say_last(said, sizeof(said));
	assert_non_null(strstr(said, "holder"));
	close(fd);
	busy(LOCK_EXCLUSIVE, 0, "holder", pid);
	end_hold(pid);
}

/* krb5 before 1.13, and other people's programs */
static void
test_posix_lock(void **state)
{
	pid_t pid;

	(void)state;
	pid = hold(LOCK_EXCLUSIVE, 1);
	busy(LOCK_SHARED, 0, "holder", pid);
	end_hold(pid);
}

static void
test_ourselves(void **state)
{
	char comm[32];
	int fd;

	(void)state;
	assert_int_equal(lock_file(path, LOCK_EXCLUSIVE, 0, &fd), 0);
	assert_int_equal(prctl(PR_GET_NAME, comm), 0);
	busy(LOCK_SHARED, 0, comm, getpid());
	close(fd);
}

static void
test_waits(void **state)
{
	int fd, rc;
	pid_t pid;

	(void)state;
	assert_int_equal(lock_file(path, LOCK_EXCLUSIVE, 0, &fd), 0);
	pid = fork();
	if (pid == 0) {
		close(fd); /* the parent's open file keeps the lock */
		rc = lock_file(path, LOCK_SHARED, 60000, &fd);
		_exit(rc == 0 ? 0 : 1);
	}
	usleep(100000);
	close(fd);
	assert_int_equal(waitpid(pid, &rc, 0), pid);
	assert_int_equal(rc, 0);
}

/* Once, without a word; who holds it is known all the same. */
static void
test_silent(void **state)
{
	int64_t from = proc_now();
	char want[64];
	pid_t pid;
	int fd = 7;

	(void)state;
	pid = hold(LOCK_EXCLUSIVE, 0);
	say("mark");
	assert_int_equal(
	    lock_file(path, LOCK_EXCLUSIVE, LOCK_SILENT, &fd), LOCK_BUSY);
	assert_int_equal(fd, -1);
	say_last(said, sizeof(said));
	assert_string_equal(said, "mark");
	snprintf(want, sizeof(want), "holder (pid %d)", pid);
	assert_string_equal(lock_who(), want);
	assert_true(proc_now() - from < 10000);
	/* What is no busy lock is said as ever. */
	assert_int_equal(
	    lock_file("/dev/null", LOCK_SHARED, LOCK_SILENT, &fd), -1);
	say_last(said, sizeof(said));
	assert_non_null(strstr(said, "/dev/null: not a regular file"));
	end_hold(pid);
	assert_int_equal(lock_file(path, LOCK_EXCLUSIVE, LOCK_SILENT, &fd), 0);
	close(fd);
}

/* Who it was is of the last time, and told aloud it is the same. */
static void
test_who(void **state)
{
	char comm[32], want[64];
	pid_t pid;
	int fd;

	(void)state;
	pid = hold(LOCK_EXCLUSIVE, 0);
	busy(LOCK_SHARED, 0, "holder", pid);
	snprintf(want, sizeof(want), "holder (pid %d)", pid);
	assert_string_equal(lock_who(), want);
	end_hold(pid);
	assert_int_equal(lock_file(path, LOCK_EXCLUSIVE, 0, &fd), 0);
	assert_string_equal(lock_who(), want);
	assert_int_equal(prctl(PR_GET_NAME, comm), 0);
	busy(LOCK_SHARED, 0, comm, getpid());
	snprintf(want, sizeof(want), "%s (pid %d)", comm, getpid());
	assert_string_equal(lock_who(), want);
	close(fd);
}

/* No process shows it: its descriptor is on its way from one to another. */
static void
test_nobody(void **state)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} u = { .head = { .cmsg_level = SOL_SOCKET,
		    .cmsg_type = SCM_RIGHTS,
		    .cmsg_len = CMSG_LEN(sizeof(int)) } };
	struct iovec byte = { dir, 1 };
	struct msghdr m = { .msg_iov = &byte,
		.msg_iovlen = 1,
		.msg_control = &u,
		.msg_controllen = sizeof(u.room) };
	int s[2], fd;

	(void)state;
	assert_int_equal(lock_file(path, LOCK_EXCLUSIVE, 0, &fd), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, s), 0);
	memcpy(CMSG_DATA(&u.head), &fd, sizeof(fd));
	assert_int_equal(sendmsg(s[0], &m, 0), 1);
	close(fd);
	assert_int_equal(
	    lock_file(path, LOCK_SHARED, LOCK_SILENT, &fd), LOCK_BUSY);
	assert_string_equal(lock_who(), "another program");
	close(s[0]);
	close(s[1]);
	assert_int_equal(lock_file(path, LOCK_SHARED, LOCK_SILENT, &fd), 0);
	close(fd);
}

#define WITH(t) cmocka_unit_test_setup_teardown(t, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(test_alone),
		WITH(test_holder_named),
		WITH(test_shared),
		WITH(test_posix_lock),
		WITH(test_ourselves),
		WITH(test_waits),
		WITH(test_silent),
		WITH(test_who),
		WITH(test_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
