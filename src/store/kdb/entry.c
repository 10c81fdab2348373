#include "entry.h"

#include "../../sys/say.h"
#include "name.h"

#include <errno.h>
#include <kadm5/admin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
entry_say(
    krb5_context ctx, const char *db, const char *doing, krb5_error_code code)
{
	const char *words = krb5_get_error_message(ctx, code);

	say("%s: %s: %s", db, doing, words);
	krb5_free_error_message(ctx, words);
}

krb5_context
entry_open(const struct place *p, const char *db, bool create)
{
	char dbname[PATH_MAX + 8];
	char *args[] = { dbname, NULL };
	krb5_context ctx = NULL;
	krb5_error_code code;

	(void)snprintf(dbname, sizeof(dbname), "dbname=%s", db);
	code = krb5_init_context_profile(NULL, KRB5_INIT_CONTEXT_KDC, &ctx);
	if (code != 0) {
		say("krb5.conf, kdc.conf: cannot read them");
		return NULL;
	}
	/* Module, library and name all follow from the default realm. */
	code = krb5_set_default_realm(ctx, p->realm);
	if (code == 0 && create)
		code = krb5_db_create(ctx, args);
	else if (code == 0)
		code = krb5_db_open(
		    ctx, args, KRB5_KDB_OPEN_RW | KRB5_KDB_SRV_TYPE_ADMIN);
	if (code != 0) {
		entry_say(ctx, db, create ? "create" : "open", code);
		krb5_free_context(ctx);
		return NULL;
	}
	return ctx;
}

void
entry_close(krb5_context ctx)
{
	if (ctx == NULL)
		return;
	(void)krb5_db_fini(ctx);
	krb5_free_context(ctx);
}

static int
tl_from(const krb5_tl_data *from, size_t n, struct tl *to)
{
	for (size_t i = 0; i < n; i++, from = from->tl_data_next) {
		if (from == NULL)
			return -1;
		to[i].type = from->tl_data_type;
		to[i].len = from->tl_data_length;
		to[i].data = from->tl_data_contents;
	}
	return from == NULL ? 0 : -1;
}

static int
keys_from(const krb5_key_data *from, size_t n, struct key *to)
{
	for (size_t i = 0; i < n; i++) {
		if (from[i].key_data_ver < 0 || from[i].key_data_ver > 2)
			return -1;
		to[i].ver = from[i].key_data_ver;
		to[i].kvno = from[i].key_data_kvno;
		for (int j = 0; j < to[i].ver; j++) {
			to[i].part[j].type = from[i].key_data_type[j];
			to[i].part[j].len = from[i].key_data_length[j];
			to[i].part[j].data = from[i].key_data_contents[j];
		}
	}
	return 0;
}

int
entry_to_princ(krb5_context ctx, krb5_db_entry *e, struct princ *p, char **name)
{
	if (e->len != KRB5_KDB_V1_BASE_LENGTH || e->e_length != 0 ||
	    e->n_tl_data < 0 || e->n_key_data < 0)
		return -1;
	krb5_dbe_sort_key_data(e->key_data, (size_t)e->n_key_data);
	if (princ_reserve(p, (size_t)e->n_tl_data, (size_t)e->n_key_data) == -1)
		return -1;
	p->n_tl = (size_t)e->n_tl_data;
	p->n_key = (size_t)e->n_key_data;
	if (tl_from(e->tl_data, p->n_tl, p->tl) == -1 ||
	    keys_from(e->key_data, p->n_key, p->key) == -1)
		return -1;
	p->attributes = e->attributes;
	p->max_life = e->max_life;
	p->max_renewable_life = e->max_renewable_life;
	p->expiration = (uint32_t)e->expiration;
	p->pw_expiration = (uint32_t)e->pw_expiration;
	p->last_success = (uint32_t)e->last_success;
	p->last_failed = (uint32_t)e->last_failed;
	p->fail_auth_count = e->fail_auth_count;
	return name_unparse(ctx, e->princ, &p->pool, name, &p->name);
}

int
entry_to_policy(osa_policy_ent_t e, struct policy *p)
{
	if (e->n_tl_data < 0 || policy_reserve(p, (size_t)e->n_tl_data) == -1)
		return -1;
	p->n_tl = (size_t)e->n_tl_data;
	if (tl_from(e->tl_data, p->n_tl, p->tl) == -1)
		return -1;
	p->name = (struct span){ e->name, strlen(e->name) };
	p->min_life = (int32_t)e->pw_min_life;
	p->max_life = (int32_t)e->pw_max_life;
	p->min_length = (int32_t)e->pw_min_length;
	p->min_classes = (int32_t)e->pw_min_classes;
	p->history = (int32_t)e->pw_history_num;
	p->max_fail = (int32_t)e->pw_max_fail;
	p->failcnt_interval = (int32_t)e->pw_failcnt_interval;
	p->lockout_duration = (int32_t)e->pw_lockout_duration;
	p->attributes = (int32_t)e->attributes;
	p->ticket_max_life = (int32_t)e->max_life;
	p->ticket_max_renewable_life = (int32_t)e->max_renewable_life;
	p->keysalts = (struct span){ e->allowed_keysalts,
		e->allowed_keysalts == NULL ? 0 : strlen(e->allowed_keysalts) };
	return 0;
}

/* libkdb5 takes non-const bytes and does not write to them. */
static krb5_octet *
borrow(const uint8_t *data)
{
	union {
		const uint8_t *from;
		krb5_octet *to;
	} u = { data };

	return u.to;
}

static krb5_tl_data *
tl_to(const struct tl *from, size_t n)
{
	krb5_tl_data *to = calloc(n + 1, sizeof(*to));

	for (size_t i = 0; to != NULL && i < n; i++) {
		to[i].tl_data_type = from[i].type;
		to[i].tl_data_length = from[i].len;
		to[i].tl_data_contents = borrow(from[i].data);
		to[i].tl_data_next = i + 1 < n ? &to[i + 1] : NULL;
	}
	return to;
}

static krb5_key_data *
keys_to(const struct key *from, size_t n)
{
	krb5_key_data *to = calloc(n + 1, sizeof(*to));

	for (size_t i = 0; to != NULL && i < n; i++) {
		to[i].key_data_ver = from[i].ver;
		to[i].key_data_kvno = from[i].kvno;
		for (int j = 0; j < from[i].ver; j++) {
			to[i].key_data_type[j] = from[i].part[j].type;
			to[i].key_data_length[j] = from[i].part[j].len;
			to[i].key_data_contents[j] =
			    borrow(from[i].part[j].data);
		}
	}
	return to;
}

static krb5_error_code
parse_name(krb5_context ctx, struct span name, krb5_principal *princ)
{
	char *text = strndup(name.p, name.len);
	krb5_error_code code;

	if (text == NULL)
		return ENOMEM;
	code = krb5_parse_name(ctx, text, princ);
	free(text);
	return code;
}

krb5_error_code
entry_put_princ(krb5_context ctx, const struct princ *p)
{
	krb5_db_entry e;
	krb5_error_code code = ENOMEM;

	memset(&e, 0, sizeof(e));
	if (p->n_tl > INT16_MAX || p->n_key > INT16_MAX)
		return EINVAL;
	e.len = KRB5_KDB_V1_BASE_LENGTH;
	e.mask = KADM5_LOAD | KADM5_PRINCIPAL | KADM5_ATTRIBUTES |
	    KADM5_MAX_LIFE | KADM5_MAX_RLIFE | KADM5_PRINC_EXPIRE_TIME |
	    KADM5_PW_EXPIRATION | KADM5_LAST_SUCCESS | KADM5_LAST_FAILED |
	    KADM5_FAIL_AUTH_COUNT | KADM5_TL_DATA | KADM5_KEY_DATA;
	e.attributes = p->attributes;
	e.max_life = p->max_life;
	e.max_renewable_life = p->max_renewable_life;
	e.expiration = (krb5_timestamp)p->expiration;
	e.pw_expiration = (krb5_timestamp)p->pw_expiration;
	e.last_success = (krb5_timestamp)p->last_success;
	e.last_failed = (krb5_timestamp)p->last_failed;
	e.fail_auth_count = p->fail_auth_count;
	e.n_tl_data = (krb5_int16)p->n_tl;
	e.n_key_data = (krb5_int16)p->n_key;
	e.tl_data = tl_to(p->tl, p->n_tl);
	e.key_data = keys_to(p->key, p->n_key);
	if (e.tl_data == NULL || e.key_data == NULL)
		goto out;
	/* krb5_db_put_principal walks the list, not the count. */
	if (p->n_tl == 0) {
		free(e.tl_data);
		e.tl_data = NULL;
	}
	code = parse_name(ctx, p->name, &e.princ);
	if (code == 0)
		code = krb5_db_put_principal(ctx, &e);
out:
	krb5_free_principal(ctx, e.princ);
	free(e.tl_data);
	free(e.key_data);
	return code;
}

krb5_error_code
entry_put_policy(krb5_context ctx, const struct policy *p)
{
	osa_policy_ent_rec e;
	krb5_error_code code = ENOMEM;

	memset(&e, 0, sizeof(e));
	if (p->n_tl > INT16_MAX)
		return EINVAL;
	e.pw_min_life = (krb5_ui_4)p->min_life;
	e.pw_max_life = (krb5_ui_4)p->max_life;
	e.pw_min_length = (krb5_ui_4)p->min_length;
	e.pw_min_classes = (krb5_ui_4)p->min_classes;
	e.pw_history_num = (krb5_ui_4)p->history;
	e.pw_max_fail = (krb5_ui_4)p->max_fail;
	e.pw_failcnt_interval = (krb5_ui_4)p->failcnt_interval;
	e.pw_lockout_duration = (krb5_ui_4)p->lockout_duration;
	e.attributes = (krb5_ui_4)p->attributes;
	e.max_life = (krb5_ui_4)p->ticket_max_life;
	e.max_renewable_life = (krb5_ui_4)p->ticket_max_renewable_life;
	e.n_tl_data = (krb5_int16)p->n_tl;
	e.name = strndup(p->name.p, p->name.len);
	e.tl_data = tl_to(p->tl, p->n_tl);
	if (p->keysalts.p != NULL)
		e.allowed_keysalts = strndup(p->keysalts.p, p->keysalts.len);
	if (e.name == NULL || e.tl_data == NULL ||
	    (p->keysalts.p != NULL && e.allowed_keysalts == NULL))
		goto out;
	if (p->n_tl == 0) {
		free(e.tl_data);
		e.tl_data = NULL;
	}
	code = krb5_db_create_policy(ctx, &e);
out:
	free(e.name);
	free(e.tl_data);
	free(e.allowed_keysalts);
	return code;
}

krb5_error_code
entry_get(krb5_context ctx, struct span name, krb5_db_entry **e)
{
	krb5_principal princ = NULL;
	krb5_error_code code;

	*e = NULL;
	code = parse_name(ctx, name, &princ);
	if (code == 0)
		code = krb5_db_get_principal(ctx, princ, 0, e);
	if (code == KRB5_KDB_NOENTRY)
		code = 0;
	krb5_free_principal(ctx, princ);
	return code;
}
