#include "sealed.h"

#include "json.h"

#include "../format/when.h"
#include "../store/show.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#define CLOCK_SKEW 300

static void
judge(struct sealed *s)
{
	int64_t age = s->now - s->seal.m.as_of;
	char text[16], max[16];

	when_span(age, text);
	when_span(s->max_age, max);
	if (age < -CLOCK_SKEW)
		notes_add(&s->notes, LEVEL_CRITICAL, "clock",
		    "the seal is dated after now; set the clock");
	else if (age > s->max_age)
		notes_add(&s->notes, LEVEL_CRITICAL, "stale",
		    "the data are %s old (max_age %s)", text, max);
	else if (age > 3 * (int64_t)s->seal.m.interval)
		notes_add(&s->notes, LEVEL_WARNING, "old",
		    "the data are %s old, more than 3 intervals", text);
}

void
sealed_read(struct sealed *s, const struct config *cf,
    const struct state *state, const char *realm)
{
	char path[PATH_MAX];
	int rc;

	memset(s, 0, sizeof(*s));
	s->realm = realm;
	s->max_age = cf->max_age;
	s->now = time(NULL);
	s->restore = state->role == ROLE_RESTORE;
	if (s->restore) {
		notes_add(
		    &s->notes, LEVEL_CRITICAL, "restore", STATE_CUT_SHORT);
		return;
	}
	state_path(state, STATE_SEAL, path);
	rc = seal_read(path, &s->seal);
	s->there = rc == 1;
	if (rc == 1)
		judge(s);
	else
		notes_add(&s->notes, LEVEL_CRITICAL, "seal",
		    "%s: %s; ship from the primary (kdc-snapshot)", path,
		    rc == 0 ? "missing: nothing was ever proved here"
			    : "damaged");
}

void
sealed_release(struct sealed *s)
{
	seal_release(&s->seal);
}

void
sealed_lines(const struct sealed *s, const struct paint *p)
{
	enum level l = notes_level(&s->notes);
	const struct manifest *m = &s->seal.m;
	int64_t age = s->now - m->as_of;
	char id[SHOW_ID], span[16];

	fputs("kdcsync ", p->f);
	paint_word(p, l, level_word(l));
	fprintf(p->f, " - %s: this host is %s", s->realm,
	    s->restore ? "being restored" : "a replica");
	if (s->there) {
		show_id(m, id);
		when_span(age < 0 && age >= -CLOCK_SKEW ? 0 : age, span);
		fprintf(p->f, ", sealed %s, as of %s ago", id, span);
	}
	fputc('\n', p->f);
	for (unsigned i = 0; i < s->notes.n; i++)
		paint_note(p, &s->notes.note[i]);
	if (s->there) {
		fputs("  of all replicas tells kdc-status on ", p->f);
		show_name(p->f, (struct span){ m->source, strlen(m->source) });
		fputs("; of this database kdc-verify\n", p->f);
	}
}

void
sealed_json(const struct sealed *s, FILE *out)
{
	json_head(out, s->restore ? "restore" : "replica", s->realm, s->now,
	    &s->notes, notes_level(&s->notes));
	fprintf(
	    out, ",\"max_age_seconds\":%" PRId64 ",\"current\":", s->max_age);
	if (s->there) {
		fputc('{', out);
		show_json_manifest(out, &s->seal.m);
		fprintf(out, ",\"interval_seconds\":%" PRIu64 ",\"source\":",
		    s->seal.m.interval);
		show_json_text(out,
		    (struct span){
			s->seal.m.source, strlen(s->seal.m.source) });
		fputc('}', out);
	} else {
		fputs("null", out);
	}
	fputs("}\n", out);
}
