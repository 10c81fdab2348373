#include "hello.h"

#include "number.h"
#include "text.h"

#include <string.h>

#define FIRST "kdcsync-hello: "
#define LAST "seal: "

static bool
fits(const struct hello *h)
{
	static const struct digest none;

	if (h->has_dump && digest_equal(&h->digest, &none))
		return false;
	if (!h->sealed)
		return true;
	return h->seal.len != 0 && h->seal.len <= MANIFEST_MAX &&
	    h->seal_sig.len != 0 && h->seal_sig.len <= BUNDLE_SIG_MAX;
}

static void
put_seal(struct text_out *o, const struct hello *h)
{
	char value[2 * NUMBER_MAX + 2] = "-", *p;

	if (h->sealed) {
		p = number_put_u64(value, h->seal.len);
		*p++ = ' ';
		*number_put_u64(p, h->seal_sig.len) = '\0';
	}
	text_put(o, "seal", value);
}

size_t
hello_encode(const struct hello *h, char text[HELLO_MAX])
{
	static const struct digest none;
	/* Room for the empty line stays. */
	struct text_out o = { text, 0, HELLO_LINES_MAX - 1, false };

	if (!fits(h))
		return 0;
	text_put_u64(&o, "kdcsync-hello", HELLO_VERSION);
	text_put_word(&o, "realm", h->realm);
	text_put_digest(&o, "digest", h->has_dump ? &h->digest : &none);
	text_put_u64(&o, "free", h->free);
	text_put(&o, "krb5", h->krb5);
	text_put(&o, "kdcsync", h->kdcsync);
	put_seal(&o, h);
	if (o.failed)
		return 0;
	text[o.len++] = '\n';
	if (h->sealed) {
		memcpy(text + o.len, h->seal.p, h->seal.len);
		o.len += h->seal.len;
		memcpy(text + o.len, h->seal_sig.p, h->seal_sig.len);
		o.len += h->seal_sig.len;
	}
	return o.len;
}

/* The value of the line `seal:`.  0 or -1. */
static int
seal_decode(struct span s, size_t *seal, size_t *sig)
{
	uint64_t a, b;

	*seal = *sig = 0;
	if (span_equal(s, (struct span){ "-", 1 }))
		return 0;
	if (!number_take_u64(&s, MANIFEST_MAX, &a) || s.len == 0 || *s.p != ' ')
		return -1;
	s.p++;
	s.len--;
	if (!number_take_u64(&s, BUNDLE_SIG_MAX, &b) || s.len != 0)
		return -1;
	if (a == 0 || b == 0)
		return -1;
	*seal = (size_t)a;
	*sig = (size_t)b;
	return 0;
}

static void
get_seal(struct text_in *i, struct hello *h)
{
	char value[2 * NUMBER_MAX + 2];
	struct span v = { value, 0 };
	size_t seal, sig;

	text_get(i, "seal", value, sizeof(value));
	v.len = strlen(value);
	if (seal_decode(v, &seal, &sig) == -1 || i->rest.len == 0 ||
	    i->rest.len - 1 != seal + sig)
		i->failed = true;
	if (i->failed)
		return;
	h->sealed = seal != 0;
	if (!h->sealed)
		return;
	h->seal = (struct span){ i->rest.p + 1, seal };
	h->seal_sig = (struct span){ i->rest.p + 1 + seal, sig };
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
	size_t seal, sig, lines;
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
	if (seal_decode(last, &seal, &sig) == -1 || !agree(rest, "\n"))
		return -1;
	lines = text.len - rest.len + 1;
	if (lines > HELLO_LINES_MAX || text.len > lines + seal + sig)
		return -1;
	return (ssize_t)(lines + seal + sig - text.len);
}
