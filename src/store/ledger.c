#include "ledger.h"

#include "../format/text.h"
#include "../sys/file.h"
#include "../sys/newfile.h"
#include "../sys/say.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LINES_MAX 1024
#define TEXT_MAX (LINES_MAX + 1 + VERDICT_MAX)

static const char *const words[] = {
	[LEDGER_NEVER] = "never",
	[LEDGER_SEALED] = "sealed",
	[LEDGER_REFUSED] = "refused",
	[LEDGER_BUSY] = "busy",
	[LEDGER_FAILED] = "failed",
	[LEDGER_UNREACHED] = "unreached",
	[LEDGER_UNKNOWN] = "unknown",
	[LEDGER_AHEAD] = "ahead",
};
#define WORDS (sizeof(words) / sizeof(words[0]))

const char *
ledger_word(enum ledger_answer a)
{
	return words[a];
}

static void
empty(struct ledger *l)
{
	memset(l, 0, sizeof(*l));
	memcpy(l->why, "-", 2);
	memcpy(l->sent, "-", 2);
	memcpy(l->krb5, "-", 2);
	memcpy(l->kdcsync, "-", 2);
}

static void
path_of(const struct state *s, const char *replica, char path[PATH_MAX])
{
	char name[160];

	(void)snprintf(name, sizeof(name), LEDGER_DIR "/%s", replica);
	state_path(s, name, path);
}

static void
get_answer(struct text_in *i, enum ledger_answer *a)
{
	char word[16];
	unsigned n = 0;

	text_get(i, "answer", word, sizeof(word));
	while (n < WORDS && strcmp(words[n], word) != 0)
		n++;
	if (n == WORDS)
		i->failed = true;
	else
		*a = (enum ledger_answer)n;
}

/* 0 or -1. */
static int
decode(struct span text, struct ledger *l)
{
	struct text_in i = { text, false };
	const char *why;

	if (text_version(&i, "kdcsync-ledger", &why) == -1)
		return -1;
	text_get_when(&i, "tried", &l->tried);
	get_answer(&i, &l->answer);
	text_get_when(&i, "since", &l->since);
	text_get_when(&i, "told", &l->told);
	text_get(&i, "why", l->why, sizeof(l->why));
	text_get_when(&i, "sealed", &l->sealed);
	text_get(&i, "sent", l->sent, sizeof(l->sent));
	text_get_u64(&i, "bytes", &l->bytes, UINT64_MAX);
	text_get_u64(&i, "ms", &l->ms, UINT64_MAX);
	text_get_u64(&i, "free", &l->free, UINT64_MAX);
	text_get(&i, "krb5", l->krb5, sizeof(l->krb5));
	text_get(&i, "kdcsync", l->kdcsync, sizeof(l->kdcsync));
	if (i.failed || i.rest.len == 0 || *i.rest.p != '\n')
		return -1;
	i.rest.p++;
	i.rest.len--;
	l->has_verdict = i.rest.len > 0;
	return l->has_verdict ? verdict_decode(i.rest, &l->verdict, &why) : 0;
}

static size_t
encode(const struct ledger *l, char text[TEXT_MAX])
{
	struct text_out o = { text, 0, LINES_MAX, false };
	size_t n = 0;

	text_put_u64(&o, "kdcsync-ledger", 1);
	text_put_when(&o, "tried", l->tried);
	text_put(&o, "answer", words[l->answer]);
	text_put_when(&o, "since", l->since);
	text_put_when(&o, "told", l->told);
	text_put(&o, "why", l->why);
	text_put_when(&o, "sealed", l->sealed);
	text_put(&o, "sent", l->sent);
	text_put_u64(&o, "bytes", l->bytes);
	text_put_u64(&o, "ms", l->ms);
	text_put_u64(&o, "free", l->free);
	text_put(&o, "krb5", l->krb5);
	text_put(&o, "kdcsync", l->kdcsync);
	if (o.failed)
		return 0;
	text[o.len++] = '\n';
	if (l->has_verdict) {
		n = verdict_encode(&l->verdict, text + o.len);
		if (n == 0)
			return 0;
	}
	return o.len + n;
}

int
ledger_read(const struct state *s, const char *replica, struct ledger *l)
{
	struct bytes text = BYTES_NONE;
	char path[PATH_MAX];
	int rc;

	empty(l);
	path_of(s, replica, path);
	rc = file_read(path, TEXT_MAX, &text) == 0 ? 1 : -1;
	if (rc == -1 && errno == ENOENT)
		rc = 0;
	if (rc == 1 && decode((struct span){ text.p, text.len }, l) == -1) {
		empty(l);
		rc = -1;
	}
	bytes_release(&text);
	return rc;
}

int
ledger_write(const struct state *s, const char *replica, const struct ledger *l)
{
	char dir[PATH_MAX], path[PATH_MAX], text[TEXT_MAX];
	size_t n = encode(l, text);

	state_path(s, LEDGER_DIR, dir);
	path_of(s, replica, path);
	if (n == 0) {
		say("%s: cannot be written as text", path);
		return -1;
	}
	if (newfile_dir(dir) == -1)
		return -1;
	(void)newfile_sweep(path);
	return newfile_put(path, text, n);
}
