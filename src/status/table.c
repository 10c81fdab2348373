#include "table.h"

#include "cells.h"
#include "names.h"

#include "../format/when.h"
#include "../store/show.h"

#include <inttypes.h>
#include <string.h>

#define STATE 9 /* characters */
#define HEAD 512

/* "held; 2 of 3 replicas in trouble, 1 critical" */
static void
put_verdict(const struct fleet *f, FILE *out)
{
	const struct note *here = notes_worst(&f->notes);
	size_t n = fleet_configured(f), good = fleet_count(f, LEVEL_GOOD);
	size_t critical = fleet_count(f, LEVEL_CRITICAL);
	size_t current = fleet_count_current(f);
	const char *s = n == 1 ? "" : "s";

	if (here != NULL)
		fprintf(out, "%s; ", here->what);
	if (n == 0)
		fputs("no replicas are configured", out);
	else if (good < n) {
		fprintf(out, "%zu of %zu replica%s in trouble", n - good, n, s);
		if (critical > 0 && good + critical < n)
			fprintf(out, ", %zu critical", critical);
	} else if (current < n)
		fprintf(out, "%zu of %zu replica%s current", current, n, s);
	else
		fprintf(out, "%zu replica%s, %s", n, s,
		    n == 1 ? "current" : "all current");
}

static void
put_host(const struct fleet *f, FILE *out)
{
	const struct manifest *m = &f->seal.m;
	char id[SHOW_ID], age[16];
	int64_t t = f->now - m->as_of;

	show_id(m, id);
	when_span(t < 0 && t > -300 ? 0 : t, age);
	fprintf(out, "generation %s, %" PRIu64 " principals, K/M", id,
	    m->dump.principals);
	for (unsigned i = 0; i < m->dump.n_mkey; i++)
		fprintf(out, " %" PRIu32, m->dump.mkey_kvno[i]);
	if (m->dump.krbtgt)
		fprintf(out, ", krbtgt %" PRIu32, m->dump.krbtgt_kvno);
	fprintf(out, ", confirmed %s ago%s", age,
	    f->running ? ", kdc-snapshot is at work" : "");
}

/* What put writes, folded behind so many characters. */
static void
put_folded(const struct fleet *f, const struct paint *p, size_t at,
    void (*put)(const struct fleet *f, FILE *out))
{
	char text[HEAD] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");

	if (out != NULL) {
		put(f, out);
		(void)fclose(out);
	}
	paint_folded(p, at, text);
}

static void
put_verdict_line(const struct fleet *f, const struct paint *p)
{
	enum level l = fleet_level(f);
	const char *word = level_word(l);

	fputs("kdcsync ", p->f);
	paint_word(p, l, word);
	fprintf(p->f, " - %s:", f->realm);
	put_folded(f, p, 12 + strlen(word) + strlen(f->realm), put_verdict);
}

static void
put_head(const struct fleet *f, const struct paint *p)
{
	put_verdict_line(f, p);
	if (f->sealed) {
		fputs("this host:", p->f);
		put_folded(f, p, 10, put_host);
	}
	for (unsigned i = 0; i < f->notes.n; i++)
		paint_note(p, &f->notes.note[i]);
}

/* How wide all columns are but that of names, and a free one at the end. */
static size_t
cells_width(void)
{
	size_t rest = STATE + 2;

	for (enum cell c = 0; c < CELLS; c++)
		rest += 1 + (size_t)cell_width(c);
	return rest;
}

static void
put_titles(const struct paint *p, const struct names *n)
{
	fputc('\n', p->f);
	if (n->domain != NULL)
		fprintf(p->f, "names are without %s\n", n->domain);
	fprintf(p->f, "%-*s %-*s", n->width, "REPLICA", STATE, "STATE");
	for (enum cell c = 0; c < CELLS; c++)
		fprintf(p->f, " %*s", cell_width(c), cell_title(c));
	fputc('\n', p->f);
}

static void
put_replica(const struct fleet *f, const struct replica *r,
    const struct paint *p, const struct names *names)
{
	int shown = (int)names_shown(names, r->name), width = names->width;
	const char *state = replica_state(r);
	char text[CELL_TEXT];

	fprintf(p->f, "%.*s", shown, r->name);
	if (shown > width) {
		fputc('\n', p->f);
		shown = 0;
	}
	fprintf(p->f, "%*s ", width - shown, "");
	paint_word(p, notes_level(&r->notes), state);
	fprintf(p->f, "%*s", STATE - (int)strlen(state), "");
	for (enum cell c = 0; c < CELLS; c++) {
		cell_text(c, r, f->now, text);
		fprintf(p->f, " %*s", cell_width(c), text);
	}
	fputc('\n', p->f);
	for (unsigned i = 0; i < r->notes.n; i++)
		paint_note(p, &r->notes.note[i]);
	if (r->shipping && notes_level(&r->notes) != LEVEL_GOOD)
		fputs("  a ship to it is under way\n", p->f);
}

/* One that is in no configuration. */
static void
put_stray(const struct replica *r, const struct paint *p)
{
	show_name(p->f, (struct span){ r->name, strlen(r->name) });
	fputc(':', p->f);
	paint_folded(p, strlen(r->name) + 1, r->notes.note[0].text);
}

/* The first line again, when it went off the screen. */
static void
put_foot(const struct fleet *f, const struct paint *p)
{
	enum level l = fleet_level(f);

	if (l == LEVEL_GOOD || p->rows == 0 || f->n + 4 < p->rows)
		return;
	fputc('\n', p->f);
	put_verdict_line(f, p);
	fputs("only what is not good: kdc-status -q\n", p->f);
}

void
table(const struct fleet *f, const struct paint *p, bool trouble_only)
{
	struct names names;

	names_fit(f, cells_width(), p->columns, &names);
	put_head(f, p);
	if (fleet_configured(f) >
	    (trouble_only ? fleet_count(f, LEVEL_GOOD) : 0))
		put_titles(p, &names);
	for (size_t i = 0; i < f->n; i++) {
		const struct replica *r = &f->replica[i];

		if (trouble_only && notes_level(&r->notes) == LEVEL_GOOD)
			continue;
		if (r->configured) {
			put_replica(f, r, p, &names);
			continue;
		}
		if (i == fleet_configured(f))
			fputc('\n', p->f);
		put_stray(r, p);
	}
	if (!trouble_only)
		put_foot(f, p);
}
