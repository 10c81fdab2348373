#include "mkey.h"

#include "../../sys/proc.h"
#include "entry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEADLINE_MS (60 * 1000)
#define DISALLOW_ALL_TIX 0x00000040

struct check {
	const struct place *place;
	const char *db;
};

static void
found(struct mkey *m, enum mkey_state state, const char *why)
{
	m->state = state;
	(void)snprintf(m->why, sizeof(m->why), "%s", why);
}

static int
by_kvno(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* The kvnos that libkdb5 could open, from its list of master keys. */
static void
note_opened(krb5_context ctx, struct mkey *m)
{
	krb5_keylist_node *k = krb5_db_mkey_list_alias(ctx);

	for (m->n = 0; k != NULL && m->n < DUMP_MKEYS; k = k->next)
		m->kvno[m->n++] = k->kvno;
	qsort(m->kvno, m->n, sizeof(m->kvno[0]), by_kvno);
}

/* The newest kvno of K/M, which stands there in the clear. */
static void
note_newest(krb5_context ctx, krb5_principal name, struct mkey *m)
{
	krb5_db_entry *e = NULL;

	if (krb5_db_get_principal(ctx, name, 0, &e) != 0)
		return;
	for (int i = 0; i < e->n_key_data; i++)
		if (e->key_data[i].key_data_kvno > m->newest)
			m->newest = e->key_data[i].key_data_kvno;
	krb5_db_free_principal(ctx, e);
}

/* A stash holds many keys, and krb5kdc tries none but its newest: that one must
 * be in K/M, or be what MKEY_AUX is for. */
static void
found_wrong(struct mkey *m)
{
	if (m->newest != 0 && m->stash_kvno > m->newest)
		found(m, MKEY_AHEAD,
		    "the stash is newer than the master keys of the database");
	else
		found(m, MKEY_WRONG, "the stash does not open K/M");
}

/* 0 when m tells, -1 (said) when this host failed. */
static int
check_stash(krb5_context ctx, const struct place *p, struct mkey *m)
{
	char stash[PATH_MAX], mkey_name[256];
	krb5_principal name = NULL;
	krb5_keyblock key = { 0 };
	krb5_kvno kvno = 0; /* any */
	krb5_error_code code;
	int rc = 0;

	memcpy(stash, p->stash, sizeof(stash));
	memcpy(mkey_name, p->mkey_name, sizeof(mkey_name));
	code = krb5_db_setup_mkey_name(ctx,
	    mkey_name[0] == '\0' ? NULL : mkey_name, p->realm, NULL, &name);
	if (code == 0)
		code = krb5_db_fetch_mkey(ctx, name, ENCTYPE_UNKNOWN, FALSE,
		    FALSE, stash, &kvno, NULL, &key);
	if (code != 0) {
		found(m, MKEY_NO_STASH, "the stash is missing or unreadable");
		goto out;
	}
	m->stash_kvno = kvno;
	note_newest(ctx, name, m);
	code = krb5_db_fetch_mkey_list(ctx, name, &key);
	if (code == KRB5_KDB_NOMASTERKEY || code == KRB5_KDB_NOENTRY) {
		found(m, MKEY_WRONG, "the database has no K/M of this realm");
		goto out;
	}
	if (code == KRB5_KDB_BADMASTERKEY) {
		found_wrong(m);
		goto out;
	}
	if (code != 0) {
		entry_say(ctx, stash, "fetch the master keys", code);
		rc = -1;
		goto out;
	}
	note_opened(ctx, m);
	if (m->stash_kvno < m->newest)
		found(m, MKEY_OLD,
		    "the stash is older than the newest "
		    "master key");
out:
	krb5_free_keyblock_contents(ctx, &key);
	krb5_free_principal(ctx, name);
	return rc;
}

/* The newest key of krbtgt/REALM@REALM must decrypt. */
static void
check_krbtgt(krb5_context ctx, const struct place *p, struct mkey *m)
{
	krb5_principal name = NULL;
	krb5_db_entry *e = NULL;
	krb5_keyblock key = { 0 };

	if (krb5_build_principal(ctx, &name, (unsigned)strlen(p->realm),
		p->realm, KRB5_TGS_NAME, p->realm, (char *)NULL) != 0 ||
	    krb5_db_get_principal(ctx, name, 0, &e) != 0) {
		found(m, MKEY_NO_KRBTGT, "no krbtgt of this realm");
		goto out;
	}
	if (e->n_key_data <= 0 || (e->attributes & DISALLOW_ALL_TIX) != 0) {
		found(m, MKEY_NO_KRBTGT, "krbtgt has no key or is disabled");
		goto out;
	}
	krb5_dbe_sort_key_data(e->key_data, (size_t)e->n_key_data);
	if (krb5_dbe_decrypt_key_data(ctx, NULL, &e->key_data[0], &key, NULL) !=
	    0)
		found(m, MKEY_BAD_KRBTGT,
		    "krbtgt's newest key does not "
		    "decrypt");
	krb5_free_keyblock_contents(ctx, &key);
out:
	if (e != NULL)
		krb5_db_free_principal(ctx, e);
	krb5_free_principal(ctx, name);
}

static int
child(void *arg, void *result)
{
	const struct check *c = arg;
	struct mkey *m = result;
	krb5_context ctx = entry_open(c->place, c->db, false);
	int rc;

	if (ctx == NULL) {
		found(m, MKEY_WRONG, "the database does not open");
		return 0;
	}
	rc = check_stash(ctx, c->place, m);
	if (rc == 0 && (m->state == MKEY_GOOD || m->state == MKEY_OLD))
		check_krbtgt(ctx, c->place, m);
	entry_close(ctx);
	return rc == 0 ? 0 : 1;
}

int
mkey_check(const struct place *p, const char *db, struct mkey *m)
{
	struct check c = { p, db };
	const int keep[] = { -1 };
	int rc;

	memset(m, 0, sizeof(*m));
	rc = proc_call("check of the stash", child, &c, m, sizeof(*m), keep, 0,
	    DEADLINE_MS);
	m->why[sizeof(m->why) - 1] = '\0';
	return rc == 0 ? 0 : -1;
}
