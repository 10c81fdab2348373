#include "hello.h"

#include "number.h"
#include "text.h"

#include <string.h>

#define FIRST "kdcsync-hello: "
#define LAST "seal: "

/* What follows the lines, in this order; the last two or none of them. */
enum { PARTS = 4, PARTS_PLAIN = 2 };
static const size_t part_max[PARTS] = { MANIFEST_MAX, BUNDLE_SIG_MAX, GRANT_MAX,
	BUNDLE_SIG_MAX };

/* How many parts are to be encoded?  -1: that is no seal. */
static int
parts_of(const struct hello *h, struct span part[PARTS])
{
	int n = PARTS;

	part[0] = h->seal;
	part[1] = h->seal_sig;
	part[2] = h->grant;
	part[3] = h->grant_sig;
	if (h->grant.len == 0 && h->grant_sig.len == 0)
		n = PARTS_PLAIN;
	if (!h->sealed)
		return n == PARTS ? -1 : 0;
	for (int i = 0; i < n; i++)
		if (part[i].len == 0 || part[i].len > part_max[i])
			return -1;
	return n;
}

static void
put_seal(struct text_out *o, const struct span *part, int n)
{
	char value[PARTS * (NUMBER_MAX + 1)] = "-", *p = value;

	for (int i = 0; i < n; i++) {
		if (i > 0)
			*p++ = ' ';
		p = number_put_u64(p, part[i].len);
		*p = '\0';
	}
	text_put(o, "seal", value);
}

size_t
hello_encode(const struct hello *h, char text[HELLO_MAX])
{
	static const struct digest none;
	/* Room for the empty line stays. */
	struct text_out o = { text, 0, HELLO_LINES_MAX - 1, false };
	struct span part[PARTS];
	int n = parts_of(h, part);

	if (n == -1 || (h->has_dump && digest_equal(&h->digest, &none)))
		return 0;
	text_put_u64(&o, "kdcsync-hello", HELLO_VERSION);
	text_put_word(&o, "realm", h->realm);
	text_put_digest(&o, "digest", h->has_dump ? &h->digest : &none);
	text_put_u64(&o, "free", h->free);
	text_put(&o, "krb5", h->krb5);
	text_put(&o, "kdcsync", h->kdcsync);
	put_seal(&o, part, n);
	if (o.failed)
		return 0;
	text[o.len++] = '\n';
	for (int i = 0; i < n; i++) {
		memcpy(text + o.len, part[i].p, part[i].len);
		o.len += part[i].len;
	}
	return o.len;
}

/* The value of the line `seal:`: the sizes of what follows, 0 for what does
 * not, and their sum.  0 or -1. */
static int
seal_decode(struct span s, size_t size[PARTS], size_t *sum)
{
	uint64_t n;
	int i;

	memset(size, 0, PARTS * sizeof(*size));
	*sum = 0;
	if (span_equal(s, (struct span){ "-", 1 }))
		return 0;
	for (i = 0; i < PARTS; i++) {
		if (!number_take_u64(&s, part_max[i], &n) || n == 0)
			return -1;
		size[i] = (size_t)n;
		*sum += size[i];
		if (s.len == 0)
			break;
		if (*s.p != ' ')
			return -1;
		s.p++;
		s.len--;
	}
	/* A fifth one would leave i at PARTS. */
	return i == PARTS - 1 || i == PARTS_PLAIN - 1 ? 0 : -1;
}

static void
get_seal(struct text_in *i, struct hello *h)
{
	struct span *part[PARTS] = { &h->seal, &h->seal_sig, &h->grant,
		&h->grant_sig };
	char value[PARTS * (NUMBER_MAX + 1)];
	struct span v = { value, 0 };
	size_t size[PARTS], sum;
	const char *p;

	text_get(i, "seal", value, sizeof(value));
	v.len = strlen(value);
	if (seal_decode(v, size, &sum) == -1 || i->rest.len == 0 ||
	    i->rest.len - 1 != sum)
		i->failed = true;
	if (i->failed)
		return;
	h->sealed = sum != 0;
	p = i->rest.p + 1;
	for (int k = 0; k < PARTS && size[k] != 0; k++) {
		*part[k] = (struct span){ p, size[k] };
		p += size[k];
	}
}

int
hello_decode(struct span text, struct hello *h, const char **why)
{
	static const struct digest none;
	struct text_in i = { text, false };
	char again[HELLO_MAX];
	size_t n;

	memset(h, 0, sizeof(*h));
	if (text_version(&i, "kdcsync-hello", why) == -1)
		return -1;
	text_get_word(&i, "realm", h->realm, sizeof(h->realm));
	text_get_digest(&i, "digest", &h->digest);
	h->has_dump = !digest_equal(&h->digest, &none);
	text_get_u64(&i, "free", &h->free, UINT64_MAX);
	text_get(&i, "krb5", h->krb5, sizeof(h->krb5));
	text_get(&i, "kdcsync", h->kdcsync, sizeof(h->kdcsync));
	get_seal(&i, h);
	if (i.failed) {
		*why = "damaged hello";
		return -1;
	}
	n = hello_encode(h, again);
	if (n == 0 || !span_equal((struct span){ again, n }, text)) {
		*why = "hello not in its one spelling";
		return -1;
	}
	return 0;
}

/* Do s and want agree as far as both go? */
static bool
agree(struct span s, const char *want)
{
	size_t n = strlen(want);

	return s.len == 0 || memcmp(s.p, want, s.len < n ? s.len : n) == 0;
}

/* How many bytes at least follow an unfinished line. */
static ssize_t
line_missing(struct span line)
{
	const size_t least = strlen(LAST "-\n\n");

	if (!agree(line, LAST))
		return (ssize_t)(1 + least);
	return line.len + 2 < least ? (ssize_t)(least - line.len) : 2;
}

/* Reads lines off rest up to `seal:` and gives its value.  1; 0 when the text
 * ends before, with the unfinished line in *last; -1 for no such lines. */
static int
find_seal(struct span *rest, struct span *last)
{
	size_t n;

	for (;;) {
		for (n = 0; n < rest->len && rest->p[n] != '\n'; n++) {
			if (rest->p[n] < ' ' || rest->p[n] > '~')
				return -1;
		}
		*last = (struct span){ rest->p, n };
		if (n == rest->len)
			return 0;
		if (n == 0)
			return -1;
		rest->p += n + 1;
		rest->len -= n + 1;
		if (n >= strlen(LAST) && agree(*last, LAST)) {
			last->p += strlen(LAST);
			last->len -= strlen(LAST);
			return 1;
		}
	}
}

ssize_t
hello_missing(struct span text)
{
	struct span rest = text, last;
	size_t size[PARTS], sum, lines;
	ssize_t missing;
	int found;

	if (!agree(text, FIRST))
		return -1;
	found = find_seal(&rest, &last);
	if (found == -1)
		return -1;
	if (found == 0) {
		missing = line_missing(last);
		lines = text.len + (size_t)missing;
		return lines <= HELLO_LINES_MAX ? missing : -1;
	}
	if (seal_decode(last, size, &sum) == -1 || !agree(rest, "\n"))
		return -1;
	lines = text.len - rest.len + 1;
	if (lines > HELLO_LINES_MAX || text.len > lines + sum)
		return -1;
	return (ssize_t)(lines + sum - text.len);
}
