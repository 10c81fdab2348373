/* Goal of this test: what another process's words say is read as kpropd(8) reads
 * them, cut short or not, and its database is ours only if it is. */

#include "scratch.h"

#include "store/kdb/kpropd.h"

#include <unistd.h>

#define WORDS(s) ((struct span){ s, sizeof(s) })

static void
expect(struct span words, const char *realm, const char *database)
{
	struct kpropd_arguments a;

	kpropd_arguments(words, &a);
	if (realm == NULL)
		assert_null(a.realm);
	else
		assert_string_equal(a.realm, realm);
	if (database == NULL)
		assert_null(a.database);
	else
		assert_string_equal(a.database, database);
}

static void
test_arguments(void **state)
{
	(void)state;
	expect((struct span){ NULL, 0 }, NULL, NULL);
	expect(WORDS("/usr/sbin/kpropd"), NULL, NULL);
	expect(WORDS("kpropd\0-D"), NULL, NULL);
	expect(WORDS("kpropd\0-D\0-r\0A.TEST\0-F\0/db"), "A.TEST", "/db");
	expect(WORDS("kpropd\0-rA.TEST\0-F/db"), "A.TEST", "/db");
	expect(WORDS("kpropd\0-DdSF\0/db\0-tr\0B"), "B", "/db");
	expect(WORDS("kpropd\0-DdrA\0-Dd"), "A", NULL);
	/* A value is no option, whatever it looks like. */
	expect(WORDS("kpropd\0-f\0-F\0-a\0-r"), NULL, NULL);
	expect(WORDS("kpropd\0--pid-file\0-F\0-r\0-D"), "-D", NULL);
	expect(WORDS("kpropd\0--pid-file=-F\0-F\0/db"), NULL, "/db");
	expect(WORDS("kpropd\0-AF\0-pr\0-s\0-r"), NULL, NULL);
	expect(WORDS("kpropd\0-x\0-F\0-xr"), NULL, NULL);
	/* The last one counts. */
	expect(WORDS("kpropd\0-F\0/a\0-F\0/b"), NULL, "/b");
	/* The first word is a name, and may be empty. */
	expect(WORDS("-F\0/db"), NULL, NULL);
	expect(WORDS("\0-F\0/db"), NULL, "/db");
	/* Without its value. */
	expect(WORDS("kpropd\0-F"), NULL, NULL);
	expect(WORDS("kpropd\0-D\0-r"), NULL, NULL);
}

/* At the end of a page nobody may read on. */
static void
test_cut(void **state)
{
	static const char words[] = "kpropd\0-Dd\0-r\0A.TEST\0-F/db\0-f\0/x";
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *p = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct kpropd_arguments a;

	(void)state;
	assert_ptr_not_equal(p, MAP_FAILED);
	assert_int_equal(mprotect(p + page, page, PROT_NONE), 0);
	for (size_t n = 0; n <= sizeof(words); n++) {
		struct span cut = { p + page - n, n };

		memcpy(p + page - n, words, n);
		kpropd_arguments(cut, &a);
		assert_true(a.realm == NULL || strcmp(a.realm, "A.TEST") == 0);
		assert_true(
		    a.database == NULL || strcmp(a.database, "/db") == 0);
		assert_null(kpropd_variable(cut, "KRB5_CONFIG"));
	}
	munmap(p, 2 * page);
}

static void
test_variable(void **state)
{
	struct span e =
	    WORDS("A=1\0XKRB5_CONFIG=no\0KRB5_CONFIG=/etc/k\0KRB5_CONFIGS=no\0"
		  "KRB5_KDC_PROFILE=");

	(void)state;
	assert_string_equal(kpropd_variable(e, "KRB5_CONFIG"), "/etc/k");
	assert_string_equal(kpropd_variable(e, "KRB5_KDC_PROFILE"), "");
	assert_string_equal(kpropd_variable(e, "A"), "1");
	assert_null(kpropd_variable(e, "KRB5"));
	assert_null(kpropd_variable((struct span){ NULL, 0 }, "A"));
}

static void
test_same(void **state)
{
	char dir[32], here[64], there[64];
	int proc = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	assert_int_not_equal(proc, -1);
	scratch_dir(dir);
	snprintf(here, sizeof(here), "%s/principal", dir);
	/* Nothing has to be there yet. */
	assert_true(kpropd_same(proc, here, here));
	snprintf(there, sizeof(there), "%s/../%s//principal", dir,
	    strrchr(dir, '/') + 1);
	assert_true(kpropd_same(proc, there, here));
	snprintf(there, sizeof(there), "%s/principal2", dir);
	assert_false(kpropd_same(proc, there, here));
	snprintf(there, sizeof(there), "%s/sub/principal", dir);
	assert_false(kpropd_same(proc, there, here));
	assert_false(kpropd_same(proc, "/tmp/principal", here));
	assert_false(kpropd_same(proc, "/", here));
	assert_false(kpropd_same(proc, "", here));
	assert_false(kpropd_same(proc, "principal", here));
	/* As seen from where it stands. */
	assert_int_equal(chdir(dir), 0);
	assert_true(kpropd_same(proc, "principal", here));
	assert_true(kpropd_same(proc, "./principal", here));
	assert_int_equal(chdir("/"), 0);
	/* Whoever went away has no database. */
	assert_false(kpropd_same(-1, "principal", here));
	close(proc);
	scratch_names(dir, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_variable),
		cmocka_unit_test(test_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
