#include "difference.h"

#include "show.h"

#include "../format/change.h"
#include "../format/dump.h"
#include "../sys/say.h"

#include <inttypes.h>

struct job {
	struct difference *n;
	FILE *f; /* NULL: nothing is printed */
	bool json;
	bool any; /* a JSON object was printed */
	struct princ princ[2];
	struct policy policy[2];
};

static void
text_record(FILE *f, const char *what, enum dump_line kind, struct span name,
    const struct change *c)
{
	const char *sep = ": ";

	fprintf(
	    f, "%-8s %-9s ", what, kind == DUMP_PRINC ? "principal" : "policy");
	show_name(f, name);
	if (c->rekeyed) {
		fprintf(f, "%skvno %u->%u", sep, c->kvno_from, c->kvno_to);
		sep = ", ";
	}
	for (unsigned i = 0; i < CHANGE_FIELDS; i++)
		if ((c->fields & UINT32_C(1) << i) != 0) {
			fprintf(
			    f, "%s%s", sep, change_word((enum change_field)i));
			sep = ", ";
		}
	fprintf(f, "\n");
}

static void
json_record(struct job *j, const char *what, enum dump_line kind,
    struct span name, const struct change *c)
{
	const char *sep = "";

	fprintf(j->f,
	    "%s{\"change\":\"%s\",\"kind\":\"%s\",\"name\":", j->any ? "," : "",
	    what, kind == DUMP_PRINC ? "principal" : "policy");
	j->any = true;
	show_json_text(j->f, name);
	if (c->rekeyed)
		fprintf(j->f, ",\"kvno_from\":%u,\"kvno_to\":%u", c->kvno_from,
		    c->kvno_to);
	fprintf(j->f, ",\"fields\":[");
	for (unsigned i = 0; i < CHANGE_FIELDS; i++)
		if ((c->fields & UINT32_C(1) << i) != 0) {
			fprintf(j->f, "%s\"%s\"", sep,
			    change_word((enum change_field)i));
			sep = ",";
		}
	fprintf(j->f, "]}");
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
	j->n->added += change == DUMP_ADDED;
	j->n->removed += change == DUMP_REMOVED;
	j->n->rekeyed += c.rekeyed;
	j->n->changed += change == DUMP_CHANGED && !c.rekeyed;
	if (j->f != NULL && j->json)
		json_record(j, what, kind, name, &c);
	else if (j->f != NULL)
		text_record(j->f, what, kind, name, &c);
	return 0;
}

static int
run(struct job *j, struct span from, struct span to)
{
	int rc;

	*j->n = (struct difference){ .added = 0 };
	rc = dump_diff(from, to, on_change, j);
	if (rc == -1)
		say("a record cannot be read, though its dump is what was "
		    "signed; is memory short?");
	for (int i = 0; i < 2; i++) {
		princ_release(&j->princ[i]);
		policy_release(&j->policy[i]);
	}
	return rc == -1 ? -1 : 0;
}

int
difference_print(
    FILE *f, struct span from, struct span to, bool json, struct difference *n)
{
	struct job j = { .n = n, .f = f, .json = json };

	return run(&j, from, to);
}

int
difference_count(struct span from, struct span to, struct difference *n)
{
	struct job j = { .n = n };

	return run(&j, from, to);
}

uint64_t
difference_total(const struct difference *n)
{
	return n->added + n->removed + n->rekeyed + n->changed;
}

void
difference_words(const struct difference *n, char words[DIFFERENCE_WORDS])
{
	(void)snprintf(words, DIFFERENCE_WORDS,
	    "%" PRIu64 " differ: %" PRIu64 " added, %" PRIu64
	    " removed, %" PRIu64 " rekeyed, %" PRIu64 " changed",
	    difference_total(n), n->added, n->removed, n->rekeyed, n->changed);
}
