#include "alter.h"

#include "../../format/dump.h"
#include "../../sys/file.h"
#include "../../sys/proc.h"
#include "../../sys/say.h"
#include "counters.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DEADLINE_MS (10 * 60 * 1000)

/* What ends the work early. */
enum { OTHER = 1, FAILED };

struct work {
	const struct alter *a;
	krb5_context ctx;
	bool locked;
	struct fetched was;
	struct princ princ;
	struct policy policy;
	struct bytes line;
	struct altered *n;
};

/* Principals under one lock, or each put would be an fsync; policies take their
 * own. */
static int
lock(struct work *w, int mode)
{
	krb5_error_code code = krb5_db_lock(w->ctx, mode);

	if (code != 0)
		entry_say(w->ctx, w->a->db, "lock", code);
	w->locked = code == 0;
	return w->locked ? 0 : FAILED;
}

/* Answers 0 even when its flush failed: the proof reads it back. */
static void
unlock(struct work *w)
{
	if (w->locked)
		(void)krb5_db_unlock(w->ctx);
	w->locked = false;
}

static int
failed(struct work *w, const char *doing, krb5_error_code code)
{
	if (code == 0)
		return 0;
	entry_say(w->ctx, w->a->db, doing, code);
	return FAILED;
}

static int
delete_princ(struct work *w, struct span name)
{
	char *text = strndup(name.p, name.len);
	krb5_principal princ = NULL;
	krb5_error_code code = ENOMEM;

	if (text != NULL)
		code = krb5_parse_name(w->ctx, text, &princ);
	if (code == 0)
		code = krb5_db_delete_principal(w->ctx, princ);
	krb5_free_principal(w->ctx, princ);
	free(text);
	if (code == KRB5_KDB_NOENTRY)
		return w->a->again ? 0 : OTHER;
	return failed(w, "delete a principal", code);
}

static int
put_princ(struct work *w, enum dump_change what, struct span line)
{
	int there;

	if (princ_decode(line, &w->princ) == -1)
		return OTHER;
	there = fetch(w->ctx, w->a->db, w->princ.name, &w->was);
	if (there == -1)
		return FAILED;
	if (there == 1) {
		counters_carry(&w->princ, &w->was.p);
		fetch_drop(w->ctx, &w->was);
	}
	if (!w->a->again && there != (what == DUMP_CHANGED))
		return OTHER;
	return failed(w, "put a principal", entry_put_princ(w->ctx, &w->princ));
}

static int
delete_policy(struct work *w, struct span name)
{
	char *text = strndup(name.p, name.len);
	krb5_error_code code = ENOMEM;
	osa_policy_ent_t e = NULL;
	bool there = false;

	/* What delete says of one that is not there has no public name. */
	if (text != NULL)
		there = krb5_db_get_policy(w->ctx, text, &e) == 0;
	if (there) {
		krb5_db_free_policy(w->ctx, e);
		code = krb5_db_delete_policy(w->ctx, text);
	}
	free(text);
	if (!there)
		return w->a->again ? 0 : OTHER;
	return failed(w, "delete a policy", code);
}

/* As with principals the whole record is new. */
static int
put_policy(struct work *w, enum dump_change what, struct span line)
{
	int rc = 0;

	if (policy_decode(line, &w->policy) == -1)
		return OTHER;
	if (what == DUMP_CHANGED || w->a->again)
		rc = delete_policy(w, w->policy.name);
	if (rc != 0)
		return rc;
	return failed(w, "put a policy", entry_put_policy(w->ctx, &w->policy));
}

static void
count(struct work *w, enum dump_change what, enum dump_line kind,
    struct span name)
{
	static const char *const word[] = { "added", "removed", "changed" };
	uint64_t *n[] = { &w->n->added, &w->n->removed, &w->n->changed };

	*n[what] += 1;
	if (kind == DUMP_PRINC)
		w->n->principals = true;
	else
		w->n->policies = true;
	say_debug("%s %s: %.*s", kind == DUMP_PRINC ? "principal" : "policy",
	    word[what], (int)name.len, name.p);
}

static int
make(void *arg, enum dump_change what, enum dump_line kind, struct span name,
    struct span from, struct span to)
{
	struct work *w = arg;

	(void)from;
	count(w, what, kind, name);
	if (kind == DUMP_PRINC)
		return what == DUMP_REMOVED ? delete_princ(w, name)
					    : put_princ(w, what, to);
	unlock(w);
	return what == DUMP_REMOVED ? delete_policy(w, name)
				    : put_policy(w, what, to);
}

static int
same_princ(struct work *w, struct span name, struct span want)
{
	int there = fetch(w->ctx, w->a->db, name, &w->was), rc = OTHER;

	if (there == -1)
		return FAILED;
	w->line.len = 0;
	if (there == 0)
		return want.len == 0 ? 0 : OTHER;
	if (princ_encode(&w->was.p, &w->line) == 0 &&
	    span_equal((struct span){ w->line.p, w->line.len }, want))
		rc = 0;
	fetch_drop(w->ctx, &w->was);
	return rc;
}

static int
same_policy(struct work *w, struct span name, struct span want)
{
	char *text = strndup(name.p, name.len);
	osa_policy_ent_t e = NULL;
	int rc = OTHER;

	if (text == NULL)
		return FAILED;
	if (krb5_db_get_policy(w->ctx, text, &e) != 0)
		e = NULL;
	w->line.len = 0;
	if (e == NULL)
		rc = want.len == 0 ? 0 : OTHER;
	else if (entry_to_policy(e, &w->policy) == 0 &&
	    policy_encode(&w->policy, &w->line) == 0 &&
	    span_equal((struct span){ w->line.p, w->line.len }, want))
		rc = 0;
	if (e != NULL)
		krb5_db_free_policy(w->ctx, e);
	free(text);
	return rc;
}

static int
look(void *arg, enum dump_change what, enum dump_line kind, struct span name,
    struct span from, struct span to)
{
	struct work *w = arg;

	(void)what;
	(void)from;
	if (kind == DUMP_PRINC)
		return same_princ(w, name, to);
	unlock(w);
	return same_policy(w, name, to);
}

static int
each(struct work *w, int mode,
    int (*fn)(void *, enum dump_change, enum dump_line, struct span,
	struct span, struct span))
{
	struct span from = { NULL, 0 }, to = { NULL, 0 };
	int rc = FAILED;

	w->ctx = entry_open(w->a->place, w->a->db, false);
	if (w->ctx != NULL && file_map(w->a->from, "changes", &from) == 0 &&
	    file_map(w->a->to, "changes", &to) == 0)
		rc = lock(w, mode);
	if (rc == 0)
		rc = dump_diff(from, to, fn, w);
	unlock(w);
	entry_close(w->ctx);
	file_unmap(&from);
	file_unmap(&to);
	fetch_release(&w->was);
	princ_release(&w->princ);
	policy_release(&w->policy);
	bytes_release(&w->line);
	return rc == -1 ? OTHER : rc;
}

static int
make_child(void *arg, void *result)
{
	struct work w = { .a = arg, .n = result };

	return each(&w, KRB5_DB_LOCKMODE_EXCLUSIVE, make);
}

static int
look_child(void *arg, void *result)
{
	struct work w = { .a = arg };

	(void)result;
	return each(&w, KRB5_DB_LOCKMODE_SHARED, look);
}

int
alter(const struct alter *a, struct altered *n)
{
	const int keep[] = { a->from, a->to, -1 };
	struct alter arg = *a;
	int rc;

	memset(n, 0, sizeof(*n));
	rc = proc_call(
	    a->db, make_child, &arg, n, sizeof(*n), keep, 0, DEADLINE_MS);
	return rc == 0 || rc == OTHER ? rc : -1;
}

int
alter_holds(const struct alter *a)
{
	const int keep[] = { a->from, a->to, -1 };
	struct alter arg = *a;
	int rc =
	    proc_call(a->db, look_child, &arg, NULL, 0, keep, 0, DEADLINE_MS);

	if (rc == 0 || rc == OTHER)
		return rc == 0;
	return -1;
}
