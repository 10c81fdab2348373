#include "counters.h"

#include "../../sys/say.h"

void
counters_carry(struct princ *to, const struct princ *was)
{
	if (!princ_same_keys(to, was))
		return;
	to->last_success = was->last_success;
	to->last_failed = was->last_failed;
	to->fail_auth_count = was->fail_auth_count;
}

bool
counters_equal(const struct princ *a, const struct princ *b)
{
	return a->last_success == b->last_success &&
	    a->last_failed == b->last_failed &&
	    a->fail_auth_count == b->fail_auth_count;
}

int
fetch(krb5_context ctx, const char *db, struct span name, struct fetched *f)
{
	krb5_error_code code;

	f->name = NULL;
	code = entry_get(ctx, name, &f->e);
	if (code != 0) {
		entry_say(ctx, db, "lookup", code);
		return -1;
	}
	if (f->e == NULL)
		return 0;
	if (entry_to_princ(ctx, f->e, &f->p, &f->name) == 0)
		return 1;
	say("%s: lookup: a record that no dump can carry", db);
	fetch_drop(ctx, f);
	return -1;
}

void
fetch_drop(krb5_context ctx, struct fetched *f)
{
	krb5_free_unparsed_name(ctx, f->name);
	f->name = NULL;
	if (f->e != NULL)
		krb5_db_free_principal(ctx, f->e);
	f->e = NULL;
}

void
fetch_release(struct fetched *f)
{
	princ_release(&f->p);
}
