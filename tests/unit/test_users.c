/* Goal of this test: whoever has a database open is found, by its files' inodes or
 * by the name of one that was removed; nobody else is; and he is named. */

#include "scratch.h"

#include "store/kdb/users.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static struct {
	char dir[32];
	struct place p;
} f;

static int
setup(void **state)
{
	(void)state;
	scratch_dir(f.dir);
	memset(&f.p, 0, sizeof(f.p));
	(void)snprintf(f.p.db, sizeof(f.p.db), "%s/principal", f.dir);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	scratch_tree(f.dir);
	return 0;
}

/* A process called so that has that file open until it is released. */
struct holder {
	pid_t pid;
	int release;
};

static struct holder
hold(const char *name, const char *path, int flags)
{
	int ready[2], end[2];
	struct holder h;
	char c;

	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(end), 0);
	h.pid = fork();
	assert_int_not_equal(h.pid, -1);
	if (h.pid == 0) {
		int fd = open(path, flags | O_CREAT, 0600);

		close(end[1]);
		prctl(PR_SET_NAME, name);
		if (fd == -1 || write(ready[1], "", 1) != 1 ||
		    read(end[0], &c, 1) == -1)
			_exit(1);
		_exit(0);
	}
	close(ready[1]);
	close(end[0]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	h.release = end[1];
	return h;
}

static void
let_go(struct holder *h)
{
	close(h->release);
	assert_int_equal(waitpid(h->pid, NULL, 0), h->pid);
}

static const char *
file(const char *suffix)
{
	static char path[64];

	(void)snprintf(path, sizeof(path), "%s/principal%s", f.dir, suffix);
	return path;
}

static void
found(const struct holder *h, const char *name, bool ulog)
{
	struct users u;

	users_find(&f.p, &u);
	assert_int_equal(u.n, 1);
	assert_int_equal(u.v[0].pid, h->pid);
	assert_string_equal(u.v[0].name, name);
	assert_int_equal(u.v[0].ulog, ulog);
}

static void
nobody(void)
{
	struct users u;

	users_find(&f.p, &u);
	assert_int_equal(u.n, 0);
}

static void
test_find(void **state)
{
	static const char *const lock[] = { ".ok", ".kadm5.lock" };
	struct holder h;

	(void)state;
	nobody();
	for (int i = 0; i < 2; i++) {
		h = hold("krb5kdc", file(lock[i]), O_RDWR);
		found(&h, "krb5kdc", false);
		/* It goes on with what was removed, whatever is there since. */
		assert_int_equal(unlink(file(lock[i])), 0);
		found(&h, "krb5kdc", false);
		scratch_write(file(lock[i]), "", 0);
		found(&h, "krb5kdc", false);
		let_go(&h);
		nobody();
	}
	/* Read only, too; not what is called alike. */
	h = hold("kadmind", file(".ok"), O_RDONLY);
	found(&h, "kadmind", false);
	let_go(&h);
	h = hold("krb5kdc", file(".okay"), O_RDWR);
	nobody();
	let_go(&h);
	/* Ours have locks of their own. */
	h = hold("kdc-verify", file(".ok"), O_RDWR);
	nobody();
	let_go(&h);
}

static void
test_ulog(void **state)
{
	struct holder h = hold("kadmind", file(".ulog"), O_RDWR);

	(void)state;
	nobody();
	(void)snprintf(f.p.ulog, sizeof(f.p.ulog), "%s", file(".ulog"));
	found(&h, "kadmind", true);
	let_go(&h);
	nobody();
}

static void
test_words(void **state)
{
	struct users u = { .n = 0 };
	char words[USERS_WORDS];

	(void)state;
	users_words(&u, words);
	assert_string_equal(words, "nothing");
	u.n = 2;
	u.v[0] = (struct user){ .pid = 12, .name = "krb5kdc" };
	u.v[1] = (struct user){ .pid = 13, .name = "kadmind" };
	users_words(&u, words);
	assert_string_equal(words, "krb5kdc (pid 12), kadmind (pid 13)");
	assert_true(user_is_kdc(&u.v[0]));
	assert_false(user_is_kdc(&u.v[1]));
	for (unsigned i = 0; i < USERS_MAX; i++)
		u.v[i] =
		    (struct user){ .pid = 4194304, .name = "a-name-of-fifte" };
	u.n = USERS_MAX + 3;
	users_words(&u, words);
	assert_true(strlen(words) < USERS_WORDS - 1);
	assert_non_null(strstr(words, " and 3 more"));
}

#define HERE(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		HERE(test_find),
		HERE(test_ulog),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
