#include "diff.h"

#include "reading.h"
#include "show.h"

#include "../format/change.h"
#include "../format/dump.h"
#include "../format/when.h"
#include "../sys/file.h"
#include "../sys/say.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

struct side {
	struct manifest m;
	int dump;
	struct span map;
};

struct job {
	const struct diff *d;
	struct side from, to;
	uint64_t added, removed, rekeyed, changed;
	bool any; /* a JSON object was printed */
	struct princ princ[2];
	struct policy policy[2];
};

/*
 * What is compared.
 */
static int
open_archive(const struct diff *d, const char *path, struct side *s)
{
	struct reading x = { .cf = d->cf,
		.realm = d->realm,
		.scratch = d->state->dir,
		.keep = true };
	int fd = file_open(path), rc;

	if (fd == -1) {
		if (errno == ENOENT)
			say("%s: no generation (1.42, current), no time "
			    "(2026-11-22T07:35:00Z), and no such file",
			    path);
		return EX_DATAERR;
	}
	rc = reading_run(&x, fd, path);
	(void)close(fd);
	s->m = x.newest;
	s->dump = x.dump;
	return rc;
}

static int
open_generation(const struct diff *d, const char *name, struct side *s)
{
	struct stock k = STOCK_NONE;
	const struct manifest *m = NULL;
	int rc = EX_DATAERR;

	if (stock_read(d->state, d->realm, &k) == 0)
		m = stock_is_name(name) ? stock_named(&k, name)
					: stock_at(&k, name);
	if (m != NULL) {
		s->m = *m;
		s->dump = stock_open(&k, m);
		rc = s->dump == -1 ? EX_IOERR : EX_OK;
	}
	stock_release(&k);
	return rc;
}

static int
open_side(const struct diff *d, const char *what, struct side *s)
{
	int64_t t;
	int rc;

	*s = (struct side){ .dump = -1 };
	if (stock_is_name(what) || stock_is_time(what, &t))
		rc = open_generation(d, what, s);
	else
		rc = open_archive(d, what, s);
	if (rc == EX_OK && file_map(s->dump, what, &s->map) == -1)
		rc = EX_IOERR;
	return rc;
}

static void
close_side(struct side *s)
{
	file_unmap(&s->map);
	if (s->dump != -1)
		(void)close(s->dump);
}

/*
 * What is printed.
 */
static void
text_record(const char *what, enum dump_line kind, struct span name,
    const struct change *c)
{
	const char *sep = ": ";

	printf("%-8s %-9s ", what, kind == DUMP_PRINC ? "principal" : "policy");
	show_name(stdout, name);
	if (c->rekeyed) {
		printf("%skvno %u->%u", sep, c->kvno_from, c->kvno_to);
		sep = ", ";
	}
	for (unsigned i = 0; i < CHANGE_FIELDS; i++)
		if ((c->fields & UINT32_C(1) << i) != 0) {
			printf("%s%s", sep, change_word((enum change_field)i));
			sep = ", ";
		}
	printf("\n");
}

static void
json_record(struct job *j, const char *what, enum dump_line kind,
    struct span name, const struct change *c)
{
	const char *sep = "";

	printf(
	    "%s{\"change\":\"%s\",\"kind\":\"%s\",\"name\":", j->any ? "," : "",
	    what, kind == DUMP_PRINC ? "principal" : "policy");
	j->any = true;
	show_json_text(stdout, name);
	if (c->rekeyed)
		printf(",\"kvno_from\":%u,\"kvno_to\":%u", c->kvno_from,
		    c->kvno_to);
	printf(",\"fields\":[");
	for (unsigned i = 0; i < CHANGE_FIELDS; i++)
		if ((c->fields & UINT32_C(1) << i) != 0) {
			printf(
			    "%s\"%s\"", sep, change_word((enum change_field)i));
			sep = ",";
		}
	printf("]}");
}

static int
compare(struct job *j, enum dump_line kind, struct span from, struct span to,
    struct change *c)
{
	if (kind == DUMP_PRINC) {
		if (princ_decode(from, &j->princ[0]) == -1 ||
		    princ_decode(to, &j->princ[1]) == -1)
			return -1;
		change_princ(&j->princ[0], &j->princ[1], c);
	} else {
		if (policy_decode(from, &j->policy[0]) == -1 ||
		    policy_decode(to, &j->policy[1]) == -1)
			return -1;
		change_policy(&j->policy[0], &j->policy[1], c);
	}
	return 0;
}

static int
on_change(void *arg, enum dump_change change, enum dump_line kind,
    struct span name, struct span from, struct span to)
{
	struct job *j = arg;
	struct change c = { .fields = 0 };
	const char *what = change == DUMP_ADDED ? "added" : "removed";

	if (change == DUMP_CHANGED) {
		if (compare(j, kind, from, to, &c) == -1)
			return -1;
		what = c.rekeyed ? "rekeyed" : "changed";
	}
	j->added += change == DUMP_ADDED;
	j->removed += change == DUMP_REMOVED;
	j->rekeyed += c.rekeyed;
	j->changed += change == DUMP_CHANGED && !c.rekeyed;
	if (j->d->json)
		json_record(j, what, kind, name, &c);
	else
		text_record(what, kind, name, &c);
	return 0;
}

static void
text_begin(const struct job *j)
{
	char from[SHOW_ID], to[SHOW_ID];
	char then[WHEN_TEXT] = "", now[WHEN_TEXT] = "";

	show_id(&j->from.m, from);
	show_id(&j->to.m, to);
	(void)when_encode(j->from.m.taken, then);
	(void)when_encode(j->to.m.taken, now);
	printf("from %s, taken %s, to %s, taken %s:\n", from, then, to, now);
}

static void
text_end(const struct job *j)
{
	uint64_t n = j->added + j->removed + j->rekeyed + j->changed;

	if (n == 0)
		printf("the same: %" PRIu64 " principals, %" PRIu64
		       " policies\n",
		    j->to.m.dump.principals, j->to.m.dump.policies);
	else
		printf("%" PRIu64 " differ: %" PRIu64 " added, %" PRIu64
		       " removed, %" PRIu64 " rekeyed, %" PRIu64 " changed\n",
		    n, j->added, j->removed, j->rekeyed, j->changed);
}

static void
json_begin(const struct job *j)
{
	const char *realm = j->d->realm;

	printf("{\"schema\":1,\"realm\":");
	show_json_text(stdout, (struct span){ realm, strlen(realm) });
	printf(",\"from\":{");
	show_json_manifest(stdout, &j->from.m);
	printf("},\"to\":{");
	show_json_manifest(stdout, &j->to.m);
	printf("},\"changes\":[");
}

static void
json_end(const struct job *j)
{
	printf("],\"added\":%" PRIu64 ",\"removed\":%" PRIu64
	       ",\"rekeyed\":%" PRIu64 ",\"changed\":%" PRIu64 "}\n",
	    j->added, j->removed, j->rekeyed, j->changed);
}

static int
print(struct job *j)
{
	int rc;

	if (j->d->json)
		json_begin(j);
	else
		text_begin(j);
	rc = dump_diff(j->from.map, j->to.map, on_change, j);
	if (rc == -1) {
		say("a record cannot be read, though its dump is what was "
		    "signed; is memory short?");
		return EX_IOERR;
	}
	if (j->d->json)
		json_end(j);
	else
		text_end(j);
	if (show_end() == -1)
		return EX_IOERR;
	return j->added + j->removed + j->rekeyed + j->changed > 0;
}

int
diff_run(const struct diff *d)
{
	struct job j = { .d = d, .from = { .dump = -1 }, .to = { .dump = -1 } };
	int rc = open_side(d, d->from, &j.from);

	if (rc == EX_OK)
		rc = open_side(d, d->to, &j.to);
	if (rc == EX_OK)
		rc = print(&j);
	for (int i = 0; i < 2; i++) {
		princ_release(&j.princ[i]);
		policy_release(&j.policy[i]);
	}
	close_side(&j.from);
	close_side(&j.to);
	return rc;
}
