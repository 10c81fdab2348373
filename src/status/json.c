#include "json.h"

#include "../format/when.h"
#include "../store/show.h"

#include <inttypes.h>
#include <string.h>

static void
put_text(FILE *f, const char *name, const char *text)
{
	fprintf(f, ",\"%s\":", name);
	show_json_text(f, (struct span){ text, strlen(text) });
}

/* null for none. */
static void
put_when(FILE *f, const char *name, int64_t t)
{
	char when[WHEN_TEXT];

	if (t != 0 && when_encode(t, when) == 0)
		fprintf(f, ",\"%s\":\"%s\"", name, when);
	else
		fprintf(f, ",\"%s\":null", name);
}

static void
put_u64(FILE *f, const char *name, bool there, uint64_t v)
{
	if (there)
		fprintf(f, ",\"%s\":%" PRIu64, name, v);
	else
		fprintf(f, ",\"%s\":null", name);
}

static void
put_bool(FILE *f, const char *name, bool there, bool v)
{
	const char *word = v ? "true" : "false";

	fprintf(f, ",\"%s\":%s", name, there ? word : "null");
}

static void
put_list(FILE *f, const char *name, const uint32_t *v, unsigned n)
{
	fprintf(f, ",\"%s\":[", name);
	for (unsigned i = 0; i < n; i++)
		fprintf(f, "%s%" PRIu32, i == 0 ? "" : ",", v[i]);
	fputc(']', f);
}

static void
put_findings(FILE *f, const struct notes *s)
{
	fputs(",\"findings\":[", f);
	for (unsigned i = 0; i < s->n; i++) {
		const struct note *n = &s->note[i];

		fprintf(f, "%s{\"check\":\"%s\",\"level\":\"%s\"",
		    i == 0 ? "" : ",", n->what, level_word(n->level));
		put_text(f, "text", n->text);
		fputc('}', f);
	}
	fputc(']', f);
}

void
json_head(FILE *out, const char *role, const char *realm, int64_t now,
    const struct notes *n, enum level l)
{
	fprintf(out,
	    "{\"schema\":1,\"status\":%d,\"word\":\"%s\",\"role\":\"%s\"",
	    (int)l, level_word(l), role);
	put_text(out, "realm", realm);
	put_when(out, "time", now);
	put_findings(out, n);
}

/* When and for how long the last copy locked the database. */
static void
put_lock(FILE *f, const struct proof *p)
{
	put_when(f, "locked", p->locked ? p->stamp.read / 1000000000 : 0);
	put_u64(f, "locked_milliseconds", p->locked, (uint64_t)p->locked_ms);
}

/* What it said it proved. */
static void
put_proved(FILE *f, const struct replica *r)
{
	const struct verdict *v = &r->l.verdict;
	char hex[DIGEST_TEXT];

	digest_encode(&v->digest, hex);
	put_u64(f, "epoch", true, v->epoch);
	put_u64(f, "generation", true, v->generation);
	put_text(f, "sha256", hex);
	put_bool(f, "digest_equal", true, r->equal);
	put_u64(f, "behind", r->counted, r->behind);
	put_when(f, "as_of", v->as_of);
	fprintf(f, ",\"age_seconds\":%" PRId64, r->age);
	put_when(f, "proof_time", v->proof);
	put_text(f, "proof_result", v->proof_result);
	put_u64(f, "stash_kvno", v->stash_kvno != 0, v->stash_kvno);
	put_list(f, "mkey_kvnos", v->mkey_kvno, v->n_mkey);
	put_bool(f, "mkey_all", r->known, r->opens);
	put_u64(f, "krbtgt_kvno", r->krbtgt_kvno != 0, r->krbtgt_kvno);
}

/* How ships to it went. */
static void
put_ships(FILE *f, const struct replica *r)
{
	const struct ledger *l = &r->l;
	bool sealed = l->sealed != 0;

	put_bool(f, "shipping", true, r->shipping);
	put_text(f, "answer", ledger_word(l->answer));
	put_text(f, "why", l->why);
	put_when(f, "since", l->since);
	put_when(f, "tried", l->tried);
	put_when(f, "sealed", l->sealed);
	put_text(f, "sent", l->sent);
	put_u64(f, "bytes", sealed, l->bytes);
	put_u64(f, "milliseconds", sealed, l->ms);
	put_u64(f, "free_bytes", l->free != 0, l->free);
	put_text(f, "krb5", l->krb5);
	put_text(f, "kdcsync", l->kdcsync);
}

static void
put_replica(FILE *f, const struct replica *r)
{
	enum level l = notes_level(&r->notes);

	fputs("{\"name\":", f);
	show_json_text(f, (struct span){ r->name, strlen(r->name) });
	put_bool(f, "configured", true, r->configured);
	put_text(f, "state", replica_state(r));
	put_text(f, "level", level_word(l));
	put_findings(f, &r->notes);
	if (r->proved)
		put_proved(f, r);
	if (r->read == 1)
		put_ships(f, r);
	fputc('}', f);
}

void
json(const struct fleet *f, FILE *out)
{
	const struct manifest *m = &f->seal.m;

	json_head(out, "primary", f->realm, f->now, &f->notes, fleet_level(f));
	put_bool(out, "running", true, f->running);
	put_u64(out, "max_age_seconds", true, (uint64_t)f->cf->max_age);
	fputs(",\"current\":", out);
	if (f->sealed) {
		fputc('{', out);
		show_json_manifest(out, m);
		put_u64(out, "interval_seconds", true, m->interval);
		put_list(out, "mkey_kvnos", m->dump.mkey_kvno, m->dump.n_mkey);
		put_u64(
		    out, "krbtgt_kvno", m->dump.krbtgt, m->dump.krbtgt_kvno);
		fputc('}', out);
	} else {
		fputs("null", out);
	}
	put_lock(out, &f->proof);
	fputs(",\"replicas\":[", out);
	for (size_t i = 0; i < f->n; i++) {
		if (i > 0)
			fputc(',', out);
		put_replica(out, &f->replica[i]);
	}
	fputs("]}\n", out);
}
