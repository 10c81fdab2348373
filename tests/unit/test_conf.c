/* Goal of this test: what the two files of a private realm say, to the byte: one
 * KDC or none, and no other. */

#include "scratch.h"

#include "restore/conf.h"

#include "sys/say.h"

static void
is(const char *path, const char *want)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_int_not_equal(fd, -1);
	if (!scratch_is(fd, want, strlen(want)))
		fail_msg("%s is not: %s", path, want);
	close(fd);
}

static struct place
place(const char *dir, const char *mkey)
{
	struct place p = { .realm = "R",
		.db = "/d/principal",
		.db_dir = "/d",
		.stash = "/d/stash",
		.acl = "/d/kadm5.acl" };

	(void)snprintf(p.mkey_name, sizeof(p.mkey_name), "%s", mkey);
	(void)snprintf(p.krb5_conf, PATH_MAX, "%s/krb5.conf", dir);
	(void)snprintf(p.kdc_conf, PATH_MAX, "%s/kdc.conf", dir);
	return p;
}

#define CLIENT(kdc)                                                            \
	"# Of kdc-restore, for the database in /d only.\n"                     \
	"[libdefaults]\n"                                                      \
	"    default_realm = R\n"                                              \
	"    dns_lookup_kdc = false\n"                                         \
	"    dns_lookup_realm = false\n"                                       \
	"    dns_canonicalize_hostname = false\n"                              \
	"    rdns = false\n"                                                   \
	"    udp_preference_limit = 1\n"                                       \
	"[realms]\n"                                                           \
	"    R = {\n" kdc "    }\n"
#define KDC(at, mkey)                                                          \
	"# Of kdc-restore, for the database in /d only.\n"                     \
	"[kdcdefaults]\n"                                                      \
	"    kdc_listen = " at "\n"                                            \
	"    kdc_tcp_listen = " at "\n"                                        \
	"[realms]\n"                                                           \
	"    R = {\n"                                                          \
	"        database_name = /d/principal\n"                               \
	"        key_stash_file = /d/stash\n"                                  \
	"        acl_file = /d/kadm5.acl\n" mkey "    }\n"                     \
	"[logging]\n"                                                          \
	"    default = FILE:/d/krb5kdc.log\n"

static void
written(void **state)
{
	struct place p;
	struct stat st;
	char dir[32];
	int saved;

	(void)state;
	scratch_dir(dir);
	p = place(dir, "");
	assert_int_equal(conf_write(&p, 0), 0);
	is(p.krb5_conf, CLIENT(""));
	is(p.kdc_conf, KDC("\"\"", ""));
	p = place(dir, "K/X");
	assert_int_equal(conf_write(&p, 7788), 0);
	is(p.krb5_conf, CLIENT("        kdc = 127.0.0.1:7788\n"));
	is(p.kdc_conf,
	    KDC("127.0.0.1:7788", "        master_key_name = K/X\n"));
	assert_int_equal(stat(p.kdc_conf, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(scratch_names(dir, 1), 2);
	saved = scratch_hush(-1);
	assert_int_equal(conf_write(&p, 1), -1);
	scratch_unhush(saved);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written),
	};

	say_program("test");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
