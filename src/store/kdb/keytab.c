#include "keytab.h"

#include "../../sys/file.h"
#include "../../sys/say.h"

#include <errno.h>
#include <krb5.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* libkrb5 would take any file for a keytab without keys, or fail with
 * words of its own for a missing one. */
static int
check_file(const char *path)
{
	int fd = file_open(path);

	if (fd == -1) {
		if (errno == ENOENT)
			say("%s: no such file; kadmin's ktadd -norandkey "
			    "writes one",
			    path);
		return -1;
	}
	(void)close(fd);
	return 0;
}

static int
unparse(krb5_context ctx, krb5_const_principal p, char name[KEYTAB_NAME])
{
	char *text = NULL;
	int n;

	if (krb5_unparse_name(ctx, p, &text) != 0)
		return -1;
	n = snprintf(name, KEYTAB_NAME, "%s", text);
	krb5_free_unparsed_name(ctx, text);
	return n < KEYTAB_NAME ? 0 : -1;
}

/* Is it the one that is looked for? */
static bool
fits(krb5_context ctx, krb5_const_principal p, const char *realm,
    krb5_const_principal want)
{
	if (want != NULL)
		return krb5_principal_compare(ctx, p, want);
	return p->realm.length == strlen(realm) &&
	    memcmp(p->realm.data, realm, p->realm.length) == 0;
}

/* 1: found, 0: not there, -1: no keytab. */
static int
search(krb5_context ctx, krb5_keytab kt, const char *realm,
    krb5_const_principal want, char name[KEYTAB_NAME])
{
	krb5_keytab_entry e;
	krb5_kt_cursor at;
	krb5_error_code code;
	int rc = 0;

	if (krb5_kt_start_seq_get(ctx, kt, &at) != 0)
		return -1;
	while (rc == 0 &&
	    (code = krb5_kt_next_entry(ctx, kt, &e, &at)) != KRB5_KT_END) {
		if (code != 0) {
			rc = -1;
			break;
		}
		if (fits(ctx, e.principal, realm, want))
			rc = unparse(ctx, e.principal, name) == 0 ? 1 : -1;
		(void)krb5_free_keytab_entry_contents(ctx, &e);
	}
	(void)krb5_kt_end_seq_get(ctx, kt, &at);
	return rc;
}

static int
find(krb5_context ctx, const char *path, const char *realm, const char *want,
    char name[KEYTAB_NAME])
{
	krb5_principal p = NULL;
	krb5_keytab kt = NULL;
	char full[PATH_MAX + 8];
	int rc = -1;

	(void)snprintf(full, sizeof(full), "FILE:%s", path);
	if (krb5_set_default_realm(ctx, realm) != 0 ||
	    (want != NULL && krb5_parse_name(ctx, want, &p) != 0)) {
		say("%s: no name of a principal", want);
		return -1;
	}
	if (krb5_kt_resolve(ctx, full, &kt) == 0)
		rc = search(ctx, kt, realm, p, name);
	if (rc == -1)
		say("%s: not a keytab, or damaged; kadmin's ktadd -norandkey "
		    "writes one",
		    path);
	if (rc == 0)
		say("%s: has no key of %s%s; kadmin's ktadd -norandkey adds "
		    "one",
		    path, want == NULL ? "any principal of " : "",
		    want == NULL ? realm : want);
	if (kt != NULL)
		(void)krb5_kt_close(ctx, kt);
	krb5_free_principal(ctx, p);
	return rc == 1 ? 0 : -1;
}

int
keytab_find(const char *path, const char *realm, const char *want,
    char name[KEYTAB_NAME])
{
	krb5_context ctx = NULL;
	int rc;

	if (check_file(path) == -1)
		return -1;
	if (krb5_init_context(&ctx) != 0) {
		say("krb5.conf: cannot read it");
		return -1;
	}
	rc = find(ctx, path, realm, want, name);
	krb5_free_context(ctx);
	return rc;
}
