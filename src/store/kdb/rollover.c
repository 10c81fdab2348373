#include "rollover.h"

#include "../../sys/proc.h"
#include "entry.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define DEADLINE_MS (10 * 60 * 1000)

struct find {
	const struct place *place;
	const char *db;
};

struct count {
	krb5_context ctx;
	krb5_const_principal mkey_name;
	krb5_kvno lowest; /* what a principal without a word is under */
	struct rollover *r;
};

/* What krb5_dbe_fetch_act_key_list and krb5_dbe_find_act_mkey make of it, which
 * need the keys themselves. */
static krb5_error_code
find_active(krb5_context ctx, krb5_db_entry *e, struct rollover *r)
{
	krb5_actkvno_node *list = NULL;
	krb5_error_code code;

	code = krb5_dbe_lookup_actkvno(ctx, e, &list);
	if (code != 0)
		return code;
	/* In order of time; of those that came, the last. */
	for (krb5_actkvno_node *a = list; a != NULL; a = a->next) {
		int64_t from = (uint32_t)a->act_time;

		if (from <= time(NULL))
			r->active = a->act_kvno;
		if (a->act_kvno == r->newest)
			r->from = from;
	}
	krb5_dbe_free_actkvno_list(ctx, list);
	return 0;
}

static krb5_error_code
find_keys(krb5_context ctx, krb5_principal name, krb5_kvno *lowest,
    struct rollover *r)
{
	krb5_db_entry *e = NULL;
	krb5_error_code code = krb5_db_get_principal(ctx, name, 0, &e);

	if (code != 0)
		return code;
	*lowest = UINT16_MAX;
	for (int i = 0; i < e->n_key_data; i++) {
		krb5_kvno kvno = e->key_data[i].key_data_kvno;

		if (kvno > r->newest)
			r->newest = kvno;
		if (kvno < *lowest)
			*lowest = kvno;
	}
	r->under_way = *lowest < r->newest;
	if (r->under_way)
		code = find_active(ctx, e, r);
	krb5_db_free_principal(ctx, e);
	return code;
}

static krb5_error_code
on_princ(krb5_pointer arg, krb5_db_entry *e)
{
	struct count *c = arg;
	krb5_kvno kvno = 0;
	krb5_error_code code;

	if (krb5_principal_compare(c->ctx, e->princ, c->mkey_name))
		return 0;
	code = krb5_dbe_lookup_mkvno(c->ctx, e, &kvno);
	if (code != 0)
		return code;
	if ((kvno == 0 ? c->lowest : kvno) != c->r->active)
		c->r->behind++;
	return 0;
}

static krb5_error_code
find(krb5_context ctx, const struct place *p, struct rollover *r)
{
	struct count c = { .ctx = ctx, .r = r };
	char mkey_name[256];
	krb5_principal name = NULL;
	krb5_error_code code;

	memcpy(mkey_name, p->mkey_name, sizeof(mkey_name));
	code = krb5_db_setup_mkey_name(ctx,
	    mkey_name[0] == '\0' ? NULL : mkey_name, p->realm, NULL, &name);
	if (code == 0)
		code = find_keys(ctx, name, &c.lowest, r);
	c.mkey_name = name;
	if (code == 0 && r->under_way)
		code = krb5_db_iterate(ctx, NULL, on_princ, &c, 0);
	krb5_free_principal(ctx, name);
	return code;
}

static int
child(void *arg, void *result)
{
	const struct find *f = arg;
	krb5_context ctx = entry_open(f->place, f->db, false);
	krb5_error_code code;

	if (ctx == NULL)
		return 1;
	code = find(ctx, f->place, result);
	if (code != 0)
		entry_say(ctx, f->place->db, "look at the master keys", code);
	entry_close(ctx);
	return code == 0 ? 0 : 1;
}

int
rollover_find(const struct place *p, const char *db, struct rollover *r)
{
	struct find f = { p, db };
	const int keep[] = { -1 };

	memset(r, 0, sizeof(*r));
	return proc_call("look at the master keys", child, &f, r, sizeof(*r),
		   keep, 0, DEADLINE_MS) == 0
	    ? 0
	    : -1;
}
