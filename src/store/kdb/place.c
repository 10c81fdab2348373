#include "place.h"

#include "../../sys/say.h"
#include "../../sys/units.h"

#include <kadm5/admin.h>
#include <kdb.h>
#include <profile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KRB5_CONF "/etc/krb5.conf" /* DEFAULT_PROFILE_PATH */

static const char *const suffix[PLACE_FILES] = { "", ".kadm5", ".ok",
	".kadm5.lock" };

void
place_path(const char *db, enum place_file which, char path[PATH_MAX])
{
	/* place_find leaves room for every suffix. */
	if (snprintf(path, PATH_MAX, "%s%s", db, suffix[which]) >= PATH_MAX)
		path[0] = '\0';
}

const char *
place_krb5_version(void)
{
	return KDCSYNC_KRB5;
}

/* [dbmodules] names the back end and may name the database. */
static int
module_value(profile_t prof, const char *realm, const char *what, char *value,
    size_t size)
{
	char *module = NULL, *v = NULL;
	long code;
	int rc = -1;

	code = profile_get_string(
	    prof, "realms", realm, "database_module", realm, &module);
	if (code == 0)
		code =
		    profile_get_string(prof, "dbmodules", module, what, "", &v);
	if (code != 0) {
		say("kdc.conf: cannot read [dbmodules]; check its syntax");
		goto out;
	}
	if (strlen(v) >= size) {
		say("kdc.conf: [dbmodules] %s: too long", what);
		goto out;
	}
	strcpy(value, v);
	rc = 0;
out:
	profile_release_string(module);
	profile_release_string(v);
	return rc;
}

static int
keep(const char *realm, const char *what, const char *from, char *to,
    size_t size)
{
	/* Room for ".kdcsync/verify/principal.kadm5.lock" behind it. */
	if (from == NULL || from[0] == '\0' || strlen(from) + 64 > size) {
		say("kdc.conf: realm %s: %s: not set, or too long; is it the "
		    "realm of this KDC?",
		    realm, what);
		return -1;
	}
	strcpy(to, from);
	return 0;
}

/* libkrb5 reads all of KRB5_CONFIG, and takes from each what those before it
 * do not say. */
static void
find_profiles(struct place *p)
{
	const char *all = secure_getenv("KRB5_CONFIG"), *end;
	const char *kdc = secure_getenv("KRB5_KDC_PROFILE");

	for (all = all == NULL ? KRB5_CONF : all; *all != '\0'; all = end) {
		end = strchrnul(all, ':');
		(void)snprintf(p->krb5_conf, sizeof(p->krb5_conf), "%.*s",
		    (int)(end - all), all);
		if (access(p->krb5_conf, R_OK) == 0)
			break;
		end += *end == ':';
	}
	(void)snprintf(p->kdc_conf, sizeof(p->kdc_conf), "%s",
	    kdc == NULL ? KDC_CONF : kdc);
}

static int
fill_in(krb5_context ctx, struct place *p)
{
	kadm5_config_params in = { 0 }, params = { 0 };
	profile_t prof = NULL;
	char library[64];
	const char *slash;
	int rc = -1;

	in.mask = KADM5_CONFIG_REALM;
	in.realm = p->realm;
	if (kadm5_get_config_params(ctx, 1, &in, &params) != 0) {
		say("kdc.conf: cannot read the settings of realm %s; check "
		    "its syntax (KRB5_KDC_PROFILE names another file)",
		    p->realm);
		return -1;
	}
	if (krb5_get_profile(ctx, &prof) != 0) {
		say("krb5.conf: cannot read it");
		goto out;
	}
	if (module_value(
		prof, p->realm, "db_library", library, sizeof(library)) == -1 ||
	    module_value(prof, p->realm, "database_name", p->db,
		sizeof(p->db) - 64) == -1)
		goto out;
	if (library[0] != '\0' && strcmp(library, "db2") != 0) {
		say("kdc.conf: realm %s uses the %s back end; kdcsync works "
		    "with db2 only",
		    p->realm, library);
		goto out;
	}
	if (p->db[0] == '\0' &&
	    keep(p->realm, "database_name", params.dbname, p->db,
		sizeof(p->db)) == -1)
		goto out;
	if (keep(p->realm, "key_stash_file", params.stash_file, p->stash,
		sizeof(p->stash)) == -1)
		goto out;
	if ((params.mask & KADM5_CONFIG_MKEY_NAME) != 0 &&
	    params.mkey_name != NULL &&
	    keep(p->realm, "master_key_name", params.mkey_name, p->mkey_name,
		sizeof(p->mkey_name)) == -1)
		goto out;
	if ((params.mask & KADM5_CONFIG_ACL_FILE) != 0 &&
	    params.acl_file != NULL)
		(void)snprintf(p->acl, sizeof(p->acl), "%s", params.acl_file);
	if ((params.mask & KADM5_CONFIG_IPROP_ENABLED) != 0 &&
	    params.iprop_enabled && params.iprop_logfile != NULL)
		(void)snprintf(
		    p->ulog, sizeof(p->ulog), "%s", params.iprop_logfile);
	if (snprintf(p->room, sizeof(p->room), "%s.kdcsync", p->db) >=
	    (int)sizeof(p->room))
		goto out;
	if (p->db[0] != '/') {
		say("kdc.conf: database_name: %s: not an absolute path", p->db);
		goto out;
	}
	slash = strrchr(p->db, '/');
	(void)snprintf(p->db_dir, sizeof(p->db_dir), "%.*s",
	    slash == p->db ? 1 : (int)(slash - p->db), p->db);
	rc = 0;
out:
	profile_release(prof);
	kadm5_free_config_params(ctx, &params);
	return rc;
}

int
place_find(const char *realm, struct place *p)
{
	krb5_context ctx = NULL;
	char *def = NULL;
	int rc = -1;

	memset(p, 0, sizeof(*p));
	if (krb5_init_context_profile(NULL, KRB5_INIT_CONTEXT_KDC, &ctx) != 0) {
		say("krb5.conf, kdc.conf: cannot read them; check their "
		    "syntax, and KRB5_CONFIG and KRB5_KDC_PROFILE");
		return -1;
	}
	if (realm == NULL && krb5_get_default_realm(ctx, &def) != 0) {
		say("krb5.conf: no default_realm; name the realm with -r or "
		    "in kdcsync.conf");
		goto out;
	}
	if (snprintf(p->realm, sizeof(p->realm), "%s",
		realm == NULL ? def : realm) >= (int)sizeof(p->realm)) {
		say("%s: too long for a realm", p->realm);
		goto out;
	}
	rc = fill_in(ctx, p);
	if (rc == 0)
		find_profiles(p);
out:
	krb5_free_default_realm(ctx, def);
	krb5_free_context(ctx);
	return rc;
}
