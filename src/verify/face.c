#include "face.h"

#include "../format/when.h"
#include "../sys/file.h"
#include "../sys/newfile.h"
#include "../sys/say.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

void
face_lines(const struct report *r, FILE *f)
{
	const struct finding *worst;
	char line[REPORT_LINE];

	(void)report_level(r, &worst);
	face_short(r, line, sizeof(line));
	fprintf(f, "kdcsync %s\n", line);
	for (unsigned i = 0; i < r->n; i++)
		if (&r->finding[i] != worst)
			fprintf(f, "  %s - %s: %s\n",
			    level_word(r->finding[i].level),
			    r->finding[i].check, r->finding[i].text);
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

static void
metric(FILE *f, const char *name, const char *help, int64_t value)
{
	fprintf(f,
	    "# HELP kdcsync_%s %s\n# TYPE kdcsync_%s gauge\n"
	    "kdcsync_%s %" PRId64 "\n",
	    name, help, name, name, value);
}

static void
metrics(const struct report *r, FILE *f)
{
	metric(f, "verify_status", "0 good, 1 warning, 2 critical, 3 unknown.",
	    report_level(r, NULL));
	metric(f, "verify_timestamp_seconds", "When this was found.", r->now);
	metric(f, "proof_timestamp_seconds", "Last walk of every record.",
	    r->proof);
	if (!r->sealed)
		return;
	metric(f, "epoch", "Epoch of the seal.", (int64_t)r->m.epoch);
	metric(f, "generation", "Generation of the seal.",
	    (int64_t)r->m.generation);
	metric(f, "as_of_timestamp_seconds",
	    "When the primary last confirmed the data.", r->m.as_of);
	metric(f, "held", "1 while the primary holds publication.", r->m.held);
}

int
face_metrics(const struct report *r, const char *path)
{
	struct newfile n = NEWFILE_NONE;
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	int rc = -1;

	if (f == NULL) {
		say("%s: memory is short", path);
		return -1;
	}
	metrics(r, f);
	/* Nothing secret, and the exporter is another user. */
	if (fclose(f) == 0 && newfile_begin(&n, path) == 0 &&
	    fchmod(n.fd, 0644) == 0 && file_write(n.fd, path, text, size) == 0)
		rc = newfile_commit(&n);
	newfile_abandon(&n);
	free(text);
	return rc;
}
