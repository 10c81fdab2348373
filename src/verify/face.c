#include "face.h"

#include "../format/when.h"
#include "../store/show.h"

#include <inttypes.h>
#include <string.h>

static void
describe(const struct report *r, char *text, size_t size)
{
	char age[16], proof[16];

	when_span(r->age < 0 ? 0 : r->age, age);
	when_span(r->now - r->proof, proof);
	if (r->primary)
		(void)snprintf(text, size, "the primary's database is sound");
	else
		(void)snprintf(text, size,
		    "generation %" PRIu64 ".%" PRIu64 ", %" PRIu64
		    " principals, as of %s ago, proved %s ago",
		    r->m.epoch, r->m.generation, r->m.dump.principals, age,
		    proof);
}

void
face_short(const struct report *r, char *text, size_t size)
{
	const struct finding *worst;
	char good[200];

	if (report_level(r, &worst) == LEVEL_GOOD) {
		describe(r, good, sizeof(good));
		(void)snprintf(text, size, "OK - %s", good);
	} else {
		(void)snprintf(text, size, "%s - %s: %s",
		    level_word(worst->level), worst->check, worst->text);
	}
}

/* A bar begins performance data, on whatever line it stands. */
static void
put_plain(FILE *f, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (text[i] == '|')
			fputc('!', f);
		else
			show_name(f, (struct span){ text + i, 1 });
}

/* How much of text is brief: what happened, without what to do, which somebody
 * may copy to the end of its line; at most so many whole words. */
static size_t
brief(const char *text)
{
	const char *end = strstr(text, "; ");
	size_t n = end == NULL ? strlen(text) : (size_t)(end - text);

	if (n <= FACE_BRIEF)
		return n;
	for (n = FACE_BRIEF; n > 0 && text[n] != ' '; n--)
		;
	return n == 0 ? FACE_BRIEF : n;
}

static void
put_performance(const struct report *r, FILE *f)
{
	fprintf(f, " | age=%" PRId64 "s;%" PRIu64 ";", r->age < 0 ? 0 : r->age,
	    3 * r->m.interval);
	if (!r->primary)
		fprintf(f, "%" PRId64, r->max_age);
	fprintf(f, ";0 principals=%" PRIu64 ";;;0 dump=%" PRIu64 "B;;;0",
	    r->m.dump.principals, r->m.dump.size);
	if (r->proof != 0 && r->proof <= r->now)
		fprintf(f, " proof=%" PRId64 "s;;;0", r->now - r->proof);
}

static void
put_finding(const struct finding *x, FILE *f)
{
	fprintf(f, "  %s - %s: ", level_word(x->level), x->check);
	put_plain(f, x->text, strlen(x->text));
	fputc('\n', f);
}

void
face_lines(const struct report *r, bool plugin, FILE *f)
{
	const struct finding *worst;
	char line[REPORT_LINE];
	bool cut;
	size_t n;

	(void)report_level(r, &worst);
	face_short(r, line, sizeof(line));
	n = plugin ? brief(line) : strlen(line);
	cut = line[n] != '\0';
	fputs("kdcsync ", f);
	put_plain(f, line, n);
	if (cut && line[n] != ';')
		fputs(" ...", f);
	if (plugin && r->sealed)
		put_performance(r, f);
	fputc('\n', f);
	for (unsigned i = 0; i < r->n; i++)
		if (&r->finding[i] != worst || cut)
			put_finding(&r->finding[i], f);
}

/* Texts are ours and ASCII; a file name in one may hold anything. */
static void
json_text(FILE *f, const char *text)
{
	fputc('"', f);
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			fprintf(f, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			fprintf(f, "\\u%04x", c);
		else
			fputc(c, f);
	}
	fputc('"', f);
}

static void
json_seal(const struct report *r, FILE *f)
{
	char when[WHEN_TEXT], hex[DIGEST_TEXT];

	digest_encode(&r->m.dump.digest, hex);
	(void)when_encode(r->m.as_of, when);
	fprintf(f,
	    ",\"epoch\":%" PRIu64 ",\"generation\":%" PRIu64
	    ",\"as_of\":\"%s\",\"age_seconds\":%" PRId64
	    ",\"sha256\":\"%s\",\"principals\":%" PRIu64 ",\"held\":%s",
	    r->m.epoch, r->m.generation, when, r->age, hex,
	    r->m.dump.principals, r->m.held ? "true" : "false");
}

void
face_json(const struct report *r, FILE *f)
{
	char when[WHEN_TEXT];

	fprintf(f,
	    "{\"schema\":1,\"status\":%d,\"word\":\"%s\","
	    "\"role\":\"%s\",\"realm\":",
	    report_level(r, NULL), level_word(report_level(r, NULL)),
	    r->primary ? "primary" : "replica");
	json_text(f, r->realm);
	if (r->sealed)
		json_seal(r, f);
	if (r->proof != 0 && when_encode(r->proof, when) == 0)
		fprintf(f, ",\"proof_time\":\"%s\"", when);
	fprintf(f, ",\"stash_kvno\":%" PRIu32 ",\"findings\":[", r->stash_kvno);
	for (unsigned i = 0; i < r->n; i++) {
		fprintf(f, "%s{\"check\":\"%s\",\"level\":\"%s\",\"text\":",
		    i == 0 ? "" : ",", r->finding[i].check,
		    level_word(r->finding[i].level));
		json_text(f, r->finding[i].text);
		fputc('}', f);
	}
	fprintf(f, "]}\n");
}
