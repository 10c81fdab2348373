#include "text.h"

#include "number.h"
#include "when.h"

#include <string.h>

static bool
printable(const char *p, size_t n, char first)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (p[i] < first || p[i] > '~')
			return false;
	}
	return n != 0;
}

static struct span
text_span(const char *text)
{
	return (struct span){ text, strlen(text) };
}

static bool
none(const char *value)
{
	return strcmp(value, "-") == 0;
}

static void
append(struct text_out *o, struct span s)
{
	memcpy(o->p + o->len, s.p, s.len);
	o->len += s.len;
}

void
text_put(struct text_out *o, const char *name, const char *value)
{
	struct span n = text_span(name), v = text_span(value);

	if (!printable(v.p, v.len, ' ') || o->cap - o->len < 3 + n.len ||
	    o->cap - o->len - 3 - n.len < v.len)
		o->failed = true;
	if (o->failed)
		return;
	append(o, n);
	append(o, text_span(": "));
	append(o, v);
	append(o, text_span("\n"));
}

void
text_put_word(struct text_out *o, const char *name, const char *word)
{
	if (!printable(word, strlen(word), '!'))
		o->failed = true;
	text_put(o, name, word);
}

void
text_put_u64(struct text_out *o, const char *name, uint64_t v)
{
	char value[NUMBER_MAX + 1];

	*number_put_u64(value, v) = '\0';
	text_put(o, name, value);
}

void
text_put_maybe(struct text_out *o, const char *name, bool there, uint64_t v)
{
	if (there)
		text_put_u64(o, name, v);
	else
		text_put(o, name, "-");
}

void
text_put_when(struct text_out *o, const char *name, int64_t t)
{
	char value[WHEN_TEXT] = "-";

	if (t != 0 && when_encode(t, value) == -1)
		o->failed = true;
	text_put(o, name, value);
}

static bool
digest_none(const struct digest *d)
{
	static const struct digest zeros;

	return digest_equal(d, &zeros);
}

void
text_put_digest(struct text_out *o, const char *name, const struct digest *d)
{
	char value[DIGEST_TEXT] = "-";

	if (!digest_none(d))
		digest_encode(d, value);
	text_put(o, name, value);
}

void
text_put_list(
    struct text_out *o, const char *name, const uint32_t *v, unsigned n)
{
	char value[TEXT_LIST_MAX] = "-", *p = value;
	unsigned i;

	for (i = 0; i < n; i++) {
		if ((i > 0 && v[i] <= v[i - 1]) ||
		    value + sizeof(value) - p < NUMBER_MAX + 2) {
			o->failed = true;
			break;
		}
		if (i > 0)
			*p++ = ' ';
		p = number_put_u64(p, v[i]);
		*p = '\0';
	}
	text_put(o, name, value);
}

/* Takes the next line off i; its value when it is called name. */
static struct span
next_value(struct text_in *i, const char *name)
{
	struct span n = text_span(name), line = i->rest;
	const char *end = NULL;

	if (!i->failed && line.len != 0)
		end = memchr(line.p, '\n', line.len);
	if (end == NULL)
		goto fail;
	line.len = (size_t)(end - line.p);
	i->rest.p += line.len + 1;
	i->rest.len -= line.len + 1;
	if (line.len < n.len + 2 || memcmp(line.p, n.p, n.len) != 0 ||
	    memcmp(line.p + n.len, ": ", 2) != 0)
		goto fail;
	line.p += n.len + 2;
	line.len -= n.len + 2;
	return line;
fail:
	i->failed = true;
	return (struct span){ NULL, 0 };
}

void
text_get(struct text_in *i, const char *name, char *value, size_t cap)
{
	struct span v = next_value(i, name);

	value[0] = '\0';
	if (i->failed || v.len >= cap || !printable(v.p, v.len, ' ')) {
		i->failed = true;
		return;
	}
	memcpy(value, v.p, v.len);
	value[v.len] = '\0';
}

void
text_get_word(struct text_in *i, const char *name, char *word, size_t cap)
{
	text_get(i, name, word, cap);
	if (!printable(word, strlen(word), '!'))
		i->failed = true;
}

void
text_get_u64(struct text_in *i, const char *name, uint64_t *v, uint64_t max)
{
	struct span value = next_value(i, name);

	if (number_take_u64(&value, max, v) && value.len == 0)
		return;
	*v = 0;
	i->failed = true;
}

void
text_get_maybe(
    struct text_in *i, const char *name, bool *there, uint64_t *v, uint64_t max)
{
	struct text_in look = *i;

	*v = 0;
	*there = !span_equal(next_value(&look, name), text_span("-"));
	if (*there)
		text_get_u64(i, name, v, max);
	else
		*i = look;
}

void
text_get_when(struct text_in *i, const char *name, int64_t *t)
{
	char value[WHEN_TEXT];

	*t = 0;
	text_get(i, name, value, sizeof(value));
	if (none(value))
		return;
	if (when_decode(value, strlen(value), t) == -1 || *t == 0)
		i->failed = true;
}

void
text_get_digest(struct text_in *i, const char *name, struct digest *d)
{
	char value[DIGEST_TEXT];

	*d = (struct digest){ { 0 } };
	text_get(i, name, value, sizeof(value));
	if (none(value))
		return;
	if (digest_decode(value, strlen(value), d) == -1 || digest_none(d))
		i->failed = true;
}

void
text_get_list(
    struct text_in *i, const char *name, uint32_t *v, unsigned cap, unsigned *n)
{
	struct span rest = next_value(i, name);
	uint64_t next;

	*n = 0;
	if (span_equal(rest, text_span("-")))
		return;
	while (*n < cap && number_take_u64(&rest, UINT32_MAX, &next)) {
		if (*n > 0 && next <= v[*n - 1])
			break;
		v[(*n)++] = (uint32_t)next;
		if (rest.len == 0)
			return;
		if (*rest.p != ' ')
			break;
		rest.p++;
		rest.len--;
	}
	i->failed = true;
}

bool
text_next(const struct text_in *i, const char *name)
{
	struct text_in look = *i;

	(void)next_value(&look, name);
	return !look.failed;
}

/* A phrase needs no storage of its own when there is one for each number. */
#define NEWER(n) "format version " n ", not 1: upgrade kdcsync here first"

int
text_version(struct text_in *i, const char *name, const char **why)
{
	static const char *const newer[] = { NEWER("0"), NULL, NEWER("2"),
		NEWER("3"), NEWER("4"), NEWER("5"), NEWER("6"), NEWER("7"),
		NEWER("8"), NEWER("9") };
	uint64_t version;

	text_get_u64(i, name, &version, UINT64_MAX);
	if (i->failed) {
		*why = "damaged, or another kind of text";
		return -1;
	}
	if (version == 1)
		return 0;
	*why = version <= 9 ? newer[version] : NEWER("over 9");
	return -1;
}
