#include "realm.h"

#include "store/kdb/bulk.h"
#include "store/kdb/walk.h"

static struct realm realm;

static int
count(void *arg, struct princ *p, struct span line)
{
	(void)p;
	(void)line;
	++*(int *)arg;
	return 0;
}

/* Would another program get the lock? */
static bool
is_free(const char *path)
{
	struct flock all = { .l_type = F_WRLCK };
	int fd = open(path, O_RDWR | O_CLOEXEC), rc;

	assert_int_not_equal(fd, -1);
	rc = fcntl(fd, F_OFD_SETLK, &all);
	assert_int_equal(close(fd), 0);
	return rc == 0;
}

/* While there are puts the lock is held, and its file's stamp stays as it was; all
 * is there for whoever opens the database afterwards, under its lock. */
static void
aside_and_back(void **state)
{
	static const struct timespec then[2] = { { 1000, 0 }, { 1000, 0 } };
	char path[PATH_MAX], why[160], name[32];
	struct bulk b;
	krb5_context ctx;
	struct stat st;
	int n = 0;

	(void)state;
	place_path(realm.p.db, PLACE_LOCK, path);
	ctx = entry_open(&realm.p, realm.p.db, true);
	assert_non_null(ctx);
	assert_int_equal(bulk_begin(ctx, realm.p.db, &b), 0);
	assert_int_not_equal(b.number, -1);
	assert_int_equal(utimensat(AT_FDCWD, path, then, 0), 0);
	for (int i = 0; i < 100; i++) {
		(void)snprintf(name, sizeof(name), "user%d@" REALM, i);
		realm_put(ctx, name, 100, (uint32_t)i);
	}
	assert_false(is_free(path));
	assert_int_equal(bulk_end(ctx, realm.p.db, &b), 0);
	assert_true(is_free(path));
	assert_int_equal(lstat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_int_equal(st.st_mtim.tv_sec, 1000);
	/* From now on they are stamped again. */
	realm_put(ctx, "more@" REALM, 100, 1);
	assert_int_equal(lstat(path, &st), 0);
	assert_int_not_equal(st.st_mtim.tv_sec, 1000);
	entry_close(ctx);
	ctx = entry_open(&realm.p, realm.p.db, false);
	assert_non_null(ctx);
	assert_int_equal(krb5_db_lock(ctx, KRB5_DB_LOCKMODE_EXCLUSIVE), 0);
	realm_put(ctx, "and more@" REALM, 100, 1);
	assert_int_equal(krb5_db_unlock(ctx), 0);
	assert_int_equal(walk_princs(ctx, false, why, count, &n), 0);
	assert_int_equal(n, 102);
	entry_close(ctx);
}

/* A descriptor that was opened meanwhile is not closed for it. */
static void
a_stranger(void **state)
{
	struct bulk b;
	krb5_context ctx;
	int saved, fd;

	(void)state;
	ctx = entry_open(&realm.p, realm.p.db, false);
	assert_non_null(ctx);
	assert_int_equal(bulk_begin(ctx, realm.p.db, &b), 0);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(fd, b.number);
	saved = scratch_hush(-1);
	assert_int_equal(bulk_end(ctx, realm.p.db, &b), -1);
	scratch_unhush(saved);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	entry_close(ctx);
}

/* One that is not found is left where it is. */
static void
not_found(void **state)
{
	char path[PATH_MAX], away[PATH_MAX + 8];
	struct bulk b;
	krb5_context ctx;

	(void)state;
	place_path(realm.p.db, PLACE_LOCK, path);
	(void)snprintf(away, sizeof(away), "%s.away", path);
	ctx = entry_open(&realm.p, realm.p.db, false);
	assert_non_null(ctx);
	assert_int_equal(rename(path, away), 0);
	assert_int_equal(bulk_begin(ctx, realm.p.db, &b), 0);
	assert_int_equal(b.number, -1);
	realm_put(ctx, "one@" REALM, 100, 1);
	assert_int_equal(rename(away, path), 0);
	assert_int_equal(bulk_end(ctx, realm.p.db, &b), 0);
	assert_true(is_free(path));
	entry_close(ctx);
}

static int
setup(void **state)
{
	(void)state;
	(void)umask(077);
	realm_make(&realm);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	realm_end(&realm);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(aside_and_back),
		cmocka_unit_test(a_stranger),
		cmocka_unit_test(not_found),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
