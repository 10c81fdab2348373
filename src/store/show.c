#include "show.h"

#include "../format/when.h"
#include "../sys/say.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* How many bytes of s are one printable character; 0: its first byte is none.
 * C1 controls are as good as ESC to a terminal; U+2028 and others that only look
 * odd are let through. */
static size_t
character(struct span s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	uint32_t c = p[0];
	size_t n = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

	if (n == 1)
		return c >= 0x20 && c < 0x7f ? 1 : 0;
	if (c < 0xc2 || c > 0xf4 || s.len < n)
		return 0;
	c &= 0x7fu >> n;
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ||
	    c < 0xa0)
		return 0;
	return n;
}

void
show_name(FILE *f, struct span name)
{
	size_t n;

	for (; name.len > 0; name.p += n, name.len -= n) {
		n = character(name);
		if (n > 0) {
			(void)fwrite(name.p, 1, n, f);
			continue;
		}
		fprintf(f, "\\x%02x", (unsigned char)*name.p);
		n = 1;
	}
}

void
show_json_text(FILE *f, struct span text)
{
	size_t n;

	fputc('"', f);
	for (; text.len > 0; text.p += n, text.len -= n) {
		unsigned char c = (unsigned char)*text.p;

		n = character(text);
		if (c == '"' || c == '\\')
			fputc('\\', f);
		if (n > 0) {
			(void)fwrite(text.p, 1, n, f);
			continue;
		}
		fprintf(f, "\\u%04x", c < 0x80 ? c : 0xfffd);
		n = 1;
	}
	fputc('"', f);
}

void
show_id(const struct manifest *m, char id[SHOW_ID])
{
	(void)snprintf(
	    id, SHOW_ID, "%" PRIu64 ".%" PRIu64, m->epoch, m->generation);
}

static void
json_when(FILE *f, const char *name, int64_t t)
{
	char when[WHEN_TEXT] = "";

	(void)when_encode(t, when);
	fprintf(f, "\"%s\":\"%s\"", name, when);
}

void
show_json_manifest(FILE *f, const struct manifest *m)
{
	char hex[DIGEST_TEXT];

	digest_encode(&m->dump.digest, hex);
	fprintf(f, "\"epoch\":%" PRIu64 ",\"generation\":%" PRIu64 ",",
	    m->epoch, m->generation);
	json_when(f, "taken", m->taken);
	fputc(',', f);
	json_when(f, "as_of", m->as_of);
	fprintf(f,
	    ",\"principals\":%" PRIu64 ",\"policies\":%" PRIu64
	    ",\"bytes\":%" PRIu64 ",\"sha256\":\"%s\",\"held\":",
	    m->dump.principals, m->dump.policies, m->dump.size, hex);
	if (!m->held) {
		fprintf(f, "null");
		return;
	}
	fputc('{', f);
	json_when(f, "since", m->held_since);
	fprintf(f, ",\"why\":");
	show_json_text(f, (struct span){ m->held_why, strlen(m->held_why) });
	fputc('}', f);
}

int
show_end(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	say("stdout: %s", strerror(errno));
	return -1;
}
