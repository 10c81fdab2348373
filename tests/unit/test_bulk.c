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

/* The lock file is away while there are puts, and is what it was behind them;
 * all is there for whoever opens the database afterwards, under its lock. */
static void
away_and_back(void **state)
{
	char path[PATH_MAX], why[160], name[32];
	krb5_context ctx;
	struct stat st;
	int n = 0;

	(void)state;
	place_path(realm.p.db, PLACE_LOCK, path);
	ctx = entry_open(&realm.p, realm.p.db, true);
	assert_non_null(ctx);
	assert_int_equal(bulk_begin(ctx, realm.p.db), 0);
	assert_int_equal(access(path, F_OK), -1);
	for (int i = 0; i < 100; i++) {
		(void)snprintf(name, sizeof(name), "user%d@" REALM, i);
		realm_put(ctx, name, 100, (uint32_t)i);
	}
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(bulk_end(ctx, realm.p.db), 0);
	entry_close(ctx);
	assert_int_equal(lstat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_int_equal(st.st_size, 0);
	ctx = entry_open(&realm.p, realm.p.db, false);
	assert_non_null(ctx);
	assert_int_equal(krb5_db_lock(ctx, KRB5_DB_LOCKMODE_EXCLUSIVE), 0);
	realm_put(ctx, "more@" REALM, 100, 1);
	assert_int_equal(krb5_db_unlock(ctx), 0);
	assert_int_equal(walk_princs(ctx, false, why, count, &n), 0);
	assert_int_equal(n, 101);
	entry_close(ctx);
}

/* Nothing is written through a link that somebody put in its place. */
static void
a_link(void **state)
{
	char path[PATH_MAX], other[PATH_MAX];
	krb5_context ctx;
	int saved;

	(void)state;
	place_path(realm.p.db, PLACE_LOCK, path);
	(void)snprintf(other, sizeof(other), "%s/elsewhere", realm.dir);
	ctx = entry_open(&realm.p, realm.p.db, false);
	assert_non_null(ctx);
	assert_int_equal(bulk_begin(ctx, realm.p.db), 0);
	assert_int_equal(symlink(other, path), 0);
	saved = scratch_hush(-1);
	assert_int_equal(bulk_end(ctx, realm.p.db), -1);
	scratch_unhush(saved);
	assert_int_equal(access(other, F_OK), -1);
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
		cmocka_unit_test(away_and_back),
		cmocka_unit_test(a_link),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
