#include "walk.h"

#include "../../sys/work.h"
#include "entry.h"

#include <stdio.h>
#include <stdlib.h>

#define POLICIES_MAX 1000000

struct walk {
	krb5_context ctx;
	int (*princ_fn)(void *, struct princ *, struct span);
	int (*policy_fn)(void *, struct policy *, struct span);
	void *arg;
	struct princ princ;
	struct policy policy;
	struct bytes line;
	uint64_t n; /* policies met */
	int rc;
};

/* Any code that is not 0 ends krb5_db_iterate; ours is kept in rc. */
#define STOP KRB5_KDB_UK_RERROR

static krb5_error_code
on_princ(krb5_pointer arg, krb5_db_entry *e)
{
	struct walk *w = arg;
	char *name = NULL;

	w->line.len = 0;
	if (entry_to_princ(w->ctx, e, &w->princ, &name) == -1 ||
	    princ_encode(&w->princ, &w->line) == -1)
		w->rc = WALK_RECORD;
	else
		w->rc = w->princ_fn(
		    w->arg, &w->princ, (struct span){ w->line.p, w->line.len });
	work_step();
	krb5_free_unparsed_name(w->ctx, name);
	return w->rc == 0 ? 0 : STOP;
}

static void
on_policy(void *arg, osa_policy_ent_t e)
{
	struct walk *w = arg;

	/* This callback cannot end the walk, and one flipped bit in a pointer
	 * to the next page leads it in circles: this child dies of it, as of a
	 * crash in libdb2. */
	if (w->n++ == POLICIES_MAX)
		abort();
	if (w->rc != 0)
		return;
	w->line.len = 0;
	if (entry_to_policy(e, &w->policy) == -1 ||
	    policy_encode(&w->policy, &w->line) == -1)
		w->rc = WALK_RECORD;
	else
		w->rc = w->policy_fn(w->arg, &w->policy,
		    (struct span){ w->line.p, w->line.len });
}

static int
finish(struct walk *w, krb5_error_code code, const char *what, char why[160])
{
	const char *words;

	bytes_release(&w->line);
	/* What it points at was libkdb5's; only the arrays are ours. */
	princ_release(&w->princ);
	policy_release(&w->policy);
	if (w->rc == WALK_RECORD)
		(void)snprintf(
		    why, 160, "%s: a record that no dump can carry", what);
	if (w->rc != 0 || code == 0)
		return w->rc;
	words = krb5_get_error_message(w->ctx, code);
	(void)snprintf(why, 160, "%s: %s", what, words);
	krb5_free_error_message(w->ctx, words);
	return WALK_FAILED;
}

int
walk_princs(krb5_context ctx, bool reverse, char why[160],
    int (*fn)(void *, struct princ *, struct span), void *arg)
{
	struct walk w = { .ctx = ctx, .princ_fn = fn, .arg = arg };
	krb5_error_code code;

	code = krb5_db_iterate(
	    ctx, NULL, on_princ, &w, reverse ? KRB5_DB_ITER_REV : 0);
	return finish(&w, code, reverse ? "reverse walk" : "walk", why);
}

int
walk_policies(krb5_context ctx, char why[160],
    int (*fn)(void *, struct policy *, struct span), void *arg)
{
	struct walk w = { .ctx = ctx, .policy_fn = fn, .arg = arg };
	char all[] = "*";
	krb5_error_code code;

	code = krb5_db_iter_policy(ctx, all, on_policy, &w);
	return finish(&w, code, "walk of the policies", why);
}
