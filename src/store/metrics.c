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
put_labels(struct metrics *m, const char *name, const char *const labels[])
{
	fprintf(m->f, "kdcsync_%s", name);
	for (size_t i = 0; labels[i] != NULL; i += 2) {
		fprintf(m->f, "%c%s=\"", i == 0 ? '{' : ',', labels[i]);
		put_value(m->f, labels[i + 1]);
		fputc('"', m->f);
	}
	fputs(labels[0] == NULL ? " " : "} ", m->f);
}

void
metrics_put(struct metrics *m, const char *name, const char *const labels[],
    int64_t value)
{
	put_labels(m, name, labels);
	fprintf(m->f, "%" PRId64 "\n", value);
}

void
metrics_put_ms(
    struct metrics *m, const char *name, const char *const labels[], int64_t ms)
{
	put_labels(m, name, labels);
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
