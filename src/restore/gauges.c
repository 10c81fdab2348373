#include "gauges.h"

#include "../sys/file.h"
#include "../sys/newfile.h"
#include "../sys/say.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PREFIX "kdcsync_drill_"
#define TEXT_MAX 65536

static int __attribute__((format(printf, 4, 5))) gauge(
    struct bytes *to, const char *name, const char *help, const char *fmt, ...)
{
	char text[512], value[32];
	va_list ap;
	int n;

	va_start(ap, fmt);
	(void)vsnprintf(value, sizeof(value), fmt, ap);
	va_end(ap);
	n = snprintf(text, sizeof(text),
	    "# HELP " PREFIX "%s %s\n"
	    "# TYPE " PREFIX "%s gauge\n" PREFIX "%s %s\n",
	    name, help, name, name, value);
	return bytes_add(to, text, (size_t)n);
}

int
gauges_encode(const struct gauges *g, struct bytes *text)
{
	if (gauge(text, "success", "1 if the last drill was good.", "%d",
		g->success) == -1 ||
	    gauge(text, "timestamp_seconds", "When the last drill ended.",
		"%" PRId64, g->ran) == -1 ||
	    gauge(text, "success_timestamp_seconds",
		"When the last good drill ended; 0: never.", "%" PRId64,
		g->succeeded) == -1 ||
	    gauge(text, "duration_seconds",
		"Time to recover, of the last good drill.", "%" PRId64 ".%03d",
		g->duration_ms / 1000, (int)(g->duration_ms % 1000)) == -1 ||
	    gauge(text, "as_of_timestamp_seconds",
		"Until when the last good drill had the data.", "%" PRId64,
		g->as_of) == -1 ||
	    gauge(text, "principals", "How many the last good drill had.",
		"%" PRIu64, g->principals) == -1)
		return -1;
	return 0;
}

/* The value of a metric, in thousandths; 0 if it has none. */
static int64_t
value_of(struct span text, const char *name)
{
	const char *p = text.p, *end = text.p + text.len, *eol;
	char line[128], want[64];
	size_t len;

	(void)snprintf(want, sizeof(want), PREFIX "%s ", name);
	for (; p < end; p = eol + 1) {
		eol = memchr(p, '\n', (size_t)(end - p));
		if (eol == NULL)
			return 0;
		len = (size_t)(eol - p);
		if (len >= sizeof(line))
			continue;
		memcpy(line, p, len);
		line[len] = '\0';
		if (strncmp(line, want, strlen(want)) == 0) {
			double v = strtod(line + strlen(want), NULL);

			return v > 0 && v < 1e12 ? (int64_t)(v * 1000 + 0.5)
						 : 0;
		}
	}
	return 0;
}

void
gauges_decode(struct span text, struct gauges *g)
{
	*g = (struct gauges){
		.success = value_of(text, "success") == 1000,
		.ran = value_of(text, "timestamp_seconds") / 1000,
		.succeeded = value_of(text, "success_timestamp_seconds") / 1000,
		.duration_ms = value_of(text, "duration_seconds"),
		.as_of = value_of(text, "as_of_timestamp_seconds") / 1000,
		.principals = (uint64_t)value_of(text, "principals") / 1000,
	};
}

/* Of what stood there only what the last good one left is of use. */
static void
take_old(const char *path, struct gauges *g)
{
	struct bytes text = BYTES_NONE, unheard = BYTES_NONE;
	struct gauges old;

	say_capture(&unheard);
	(void)file_read(path, TEXT_MAX, &text);
	say_capture(NULL);
	gauges_decode((struct span){ text.p, text.len }, &old);
	old.success = false;
	old.ran = g->ran;
	*g = old;
	bytes_release(&text);
	bytes_release(&unheard);
}

int
gauges_write(const char *path, struct gauges *g)
{
	struct newfile n = NEWFILE_NONE;
	struct bytes text = BYTES_NONE;
	int rc = -1;

	if (!g->success)
		take_old(path, g);
	if (gauges_encode(g, &text) == -1)
		say("%s: memory is short", path);
	/* Nothing secret, and the exporter is another user. */
	else if (newfile_begin(&n, path) == 0 && fchmod(n.fd, 0644) == 0 &&
	    file_write(n.fd, path, text.p, text.len) == 0)
		rc = newfile_commit(&n);
	newfile_abandon(&n);
	bytes_release(&text);
	return rc;
}
