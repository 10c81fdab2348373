#include "cron.h"

#include "../format/text.h"
#include "../format/when.h"
#include "../sys/file.h"
#include "../sys/say.h"
#include "../store/seal.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define HOUR 3600
#define DAY 86400
#define STATE_CRON "cron"
#define STATE_CRON_PAST "cron.past"

/* Is it time to speak again of a trouble that stays? */
static bool
is_due(int64_t now, int64_t since, int64_t told)
{
	if (told < since || now < told)
		return true;
	return now - told >= (told - since < HOUR ? HOUR : DAY);
}

/* A clock that was set back makes no moment of the past lie ahead: what would
 * is now, or it would be news at every run until then. */
static int64_t
past(int64_t then, int64_t now)
{
	return then < now ? then : now;
}

static void
print(const struct bytes *said)
{
	(void)file_write(STDERR_FILENO, "stderr", said->p, said->len);
}

static void
say_since(const char *what, int64_t now, int64_t since)
{
	char then[WHEN_TEXT], span[16];

	if (when_encode(since, then) == -1)
		return;
	when_span(now - since, span);
	say("%s: so since %s, %s ago", what, then, span);
}

/* "sealed again, after 3 h unreached". */
static void
say_healed(const char *what, const char *is, const char *was, int64_t now,
    int64_t since)
{
	char span[16];

	when_span(now - past(since, now), span);
	say("%s: %s again, after %s %s", what, is, span, was);
}

void
cron_replica(const struct state *s, const char *name,
    const struct ledger *before, const struct bytes *said)
{
	struct ledger now;

	if (before == NULL) {
		print(said);
		return;
	}
	ledger_read(s, name, &now);
	if (now.answer == LEDGER_SEALED) {
		if (before->answer != LEDGER_SEALED && before->told != 0)
			say_healed(name, ledger_word(now.answer),
			    ledger_word(before->answer), now.tried,
			    before->since);
		now.told = 0;
	} else if (now.answer != before->answer || before->told == 0) {
		print(said);
		now.told = now.tried;
	} else if (is_due(now.tried, now.since, now.told)) {
		print(said);
		now.since = past(now.since, now.tried);
		say_since(name, now.tried, now.since);
		now.told = now.tried;
	} else {
		return;
	}
	if (now.told != before->told)
		(void)ledger_write(s, name, &now);
}

/* Its ledger belongs to the other run, so the clock tells what was told. */
void
cron_skipped(const struct ledger *before, int64_t max_transfer,
    int64_t interval, const struct bytes *said)
{
	int64_t late = time(NULL) - before->tried - max_transfer;

	if (before->tried == 0 || late < 0)
		return;
	if (late < interval || (late >= HOUR && late < HOUR + interval) ||
	    (late >= DAY && late % DAY < interval))
		print(said);
}

/*
 * This host's part.
 */
struct trouble {
	char word[32]; /* "-": none */
	int64_t since, told;
};

static void
read_trouble(const struct state *s, const char *file, struct trouble *t)
{
	struct bytes b = BYTES_NONE;
	struct text_in in;
	const char *why;

	*t = (struct trouble){ "-", 0, 0 };
	if (state_read(s, file, &b) != 1)
		return;
	in = (struct text_in){ { b.p, b.len }, false };
	if (text_version(&in, "kdcsync-cron", &why) == -1)
		in.failed = true;
	text_get_word(&in, "trouble", t->word, sizeof(t->word));
	text_get_when(&in, "since", &t->since);
	text_get_when(&in, "told", &t->told);
	if (in.failed || in.rest.len > 0)
		*t = (struct trouble){ "-", 0, 0 };
	bytes_release(&b);
}

static void
write_trouble(const struct state *s, const char *file, const struct trouble *t)
{
	char text[256];
	struct text_out out = { text, 0, sizeof(text), false };

	text_put_u64(&out, "kdcsync-cron", 1);
	text_put_word(&out, "trouble", t->word);
	text_put_when(&out, "since", t->since);
	text_put_when(&out, "told", t->told);
	if (!out.failed)
		(void)state_write(s, file, text, out.len);
}

/* What is told of is called what, and remembered in file. */
static void
tell(const struct state *s, const char *file, const char *what,
    const char *trouble, const struct bytes *said)
{
	const char *word = trouble == NULL ? "-" : trouble;
	int64_t now = time(NULL);
	struct trouble t;

	read_trouble(s, file, &t);
	/* A complaint that is no trouble, of a file that was replaced, say. */
	if (trouble == NULL)
		print(said);
	if (strcmp(t.word, word) != 0) {
		if (trouble == NULL)
			say_healed(what, "well", t.word, now, t.since);
		else
			print(said);
		(void)snprintf(t.word, sizeof(t.word), "%s", word);
		t.since = t.told = now;
	} else if (trouble != NULL && is_due(now, t.since, t.told)) {
		print(said);
		t.since = past(t.since, now);
		say_since(what, now, t.since);
		t.told = now;
	} else {
		return;
	}
	write_trouble(s, file, &t);
}

void
cron_primary(
    const struct state *s, const char *trouble, const struct bytes *said)
{
	tell(s, STATE_CRON, "this host", trouble, said);
}

void
cron_busy(const struct state *s, int64_t interval, const struct bytes *said)
{
	char path[PATH_MAX];
	struct seal seal;
	int64_t as_of = 0;

	state_path(s, STATE_CURRENT, path);
	if (seal_read(path, &seal) == 1)
		as_of = seal.m.as_of;
	seal_release(&seal);
	if (time(NULL) - as_of > 3 * interval)
		cron_primary(s, "busy", said);
}

void
cron_past(const struct state *s, const char *trouble, const struct bytes *said)
{
	tell(s, STATE_CRON_PAST, "old generations", trouble, said);
}
