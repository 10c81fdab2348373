#include "metrics.h"

#include "../sys/file.h"
#include "../sys/newfile.h"
#include "../sys/say.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int
metrics_begin(struct metrics *m)
{
	*m = (struct metrics)METRICS_NONE;
	m->f = open_memstream(&m->text, &m->size);
	if (m->f != NULL)
		return 0;
	say("metrics: memory is short");
	return -1;
}

void
metrics_name(struct metrics *m, const char *name, const char *help)
{
	fprintf(m->f, "# HELP kdcsync_%s %s\n# TYPE kdcsync_%s gauge\n", name,
	    help, name);
}

/* The value is UTF-8 there: other bytes are shown as ?. */
static void
put_value(FILE *f, const char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			fprintf(f, "\\%c", c);
		else
			fputc(c < 0x20 || c > 0x7e ? '?' : c, f);
	}
}

static void
put_labels(FILE *f, const char *name, const char *const labels[])
{
	fprintf(f, "kdcsync_%s", name);
	for (size_t i = 0; labels[i] != NULL; i += 2) {
		fprintf(f, "%c%s=\"", i == 0 ? '{' : ',', labels[i]);
		put_value(f, labels[i + 1]);
		fputc('"', f);
	}
	fputs(labels[0] == NULL ? " " : "} ", f);
}

void
metrics_put(struct metrics *m, const char *name, const char *const labels[],
    int64_t value)
{
	put_labels(m->f, name, labels);
	fprintf(m->f, "%" PRId64 "\n", value);
}

void
metrics_put_ms(
    struct metrics *m, const char *name, const char *const labels[], int64_t ms)
{
	put_labels(m->f, name, labels);
	fprintf(m->f, "%" PRId64 ".%03d\n", ms / 1000, (int)(ms % 1000));
}

int
metrics_commit(struct metrics *m, const char *path)
{
	struct newfile n = NEWFILE_NONE;
	int rc = fclose(m->f);

	m->f = NULL;
	if (rc != 0)
		say("%s: memory is short", path);
	else
		rc = newfile_begin(&n, path);
	/* Nothing secret, and the exporter is another user. */
	if (rc == 0)
		rc = fchmod(n.fd, 0644);
	if (rc == 0)
		rc = file_write(n.fd, path, m->text, m->size);
	if (rc == 0)
		rc = newfile_commit(&n);
	newfile_abandon(&n);
	free(m->text);
	*m = (struct metrics)METRICS_NONE;
	return rc == 0 ? 0 : -1;
}

/* The rest of the line that begins so: 1 and value, or 0. */
static int
find_line(struct span text, const char *begin, size_t n, char value[32])
{
	const char *p = text.p, *end = text.p + text.len, *eol;
	size_t len;

	for (; p < end; p = eol + 1) {
		eol = memchr(p, '\n', (size_t)(end - p));
		if (eol == NULL)
			return 0;
		len = (size_t)(eol - p);
		if (len < n || len - n >= 32 || memcmp(p, begin, n) != 0)
			continue;
		memcpy(value, p + n, len - n);
		value[len - n] = '\0';
		return 1;
	}
	return 0;
}

int64_t
metrics_get_ms(struct span text, const char *name, const char *const labels[])
{
	char *begin = NULL, value[32];
	int64_t ms = 0;
	size_t n = 0;
	double v;
	FILE *f = open_memstream(&begin, &n);

	if (f == NULL)
		return 0;
	put_labels(f, name, labels);
	if (fclose(f) == 0 && find_line(text, begin, n, value)) {
		v = strtod(value, NULL);
		if (v > 0 && v < 1e12)
			ms = (int64_t)(v * 1000 + 0.5);
	}
	free(begin);
	return ms;
}
