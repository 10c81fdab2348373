#include "deep.h"

#include "../format/text.h"
#include "../sys/say.h"

#include <time.h>

#define DAY 86400 /* seconds */
#define RECORD "deep"
#define RECORD_MAX 128

bool
deep_due(const struct state *s)
{
	struct bytes b = BYTES_NONE;
	int64_t then = 0, now = time(NULL);
	struct text_in in;
	const char *why;

	if (state_read(s, RECORD, &b) != 1)
		return true;
	in = (struct text_in){ { b.p, b.len }, false };
	if (text_version(&in, "kdcsync-deep", &why) == -1)
		in.failed = true;
	text_get_when(&in, "time", &then);
	if (in.rest.len != 0)
		in.failed = true;
	bytes_release(&b);
	return in.failed || now < then || now - then >= DAY;
}

int
deep_done(const struct state *s)
{
	char text[RECORD_MAX];
	struct text_out o = { text, 0, sizeof(text), false };

	text_put_u64(&o, "kdcsync-deep", 1);
	text_put_when(&o, "time", time(NULL));
	if (o.failed) {
		say("%s/" RECORD ": cannot be written as text", s->dir);
		return -1;
	}
	return state_write(s, RECORD, text, o.len);
}
