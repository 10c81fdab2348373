#include "outcome.h"

#include "../sys/say.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* What comes from elsewhere, fit for a line of text. */
static void
make_plain(char *text)
{
	for (; *text != '\0'; text++)
		if (*text < 0x20 || *text > 0x7e)
			*text = '?';
}

void
outcome_set(struct peer *p, enum ledger_answer a, const char *fmt, ...)
{
	va_list ap;

	p->answer = a;
	va_start(ap, fmt);
	(void)vsnprintf(p->why, sizeof(p->why), fmt, ap);
	va_end(ap);
	make_plain(p->why);
	if (p->why[0] == '\0')
		memcpy(p->why, "-", 2);
}

void
outcome_no_hello(struct peer *p, int status)
{
	char how[48] = "killed";

	if (status >= 0)
		(void)snprintf(how, sizeof(how), "exit status %d", status);
	if (p->chatter.last[0] != '\0')
		outcome_set(p, LEDGER_UNREACHED, "no hello: %.180s (%s)",
		    p->chatter.last, how);
	else
		outcome_set(p, LEDGER_UNREACHED,
		    "no hello: its command ended %s (%s); run it by hand to "
		    "see why",
		    p->len == 0 ? "without a word" : "in the middle of it",
		    how);
	chatter_forget(&p->chatter);
}

static int
write_ledger(const struct peer *p)
{
	struct ledger l;

	ledger_read(p->run->state, p->to->name, &l);
	l.tried = time(NULL);
	if (l.answer != p->answer)
		l.since = l.tried;
	l.answer = p->answer;
	(void)snprintf(l.why, sizeof(l.why), "%s", p->why);
	if (p->greeted) {
		l.free = p->hello.free;
		memcpy(l.krb5, p->hello.krb5, sizeof(l.krb5));
		memcpy(l.kdcsync, p->hello.kdcsync, sizeof(l.kdcsync));
	}
	if (p->answer == LEDGER_SEALED) {
		l.sealed = l.tried;
		(void)snprintf(l.sent, sizeof(l.sent), "%s", p->parcel->words);
		l.bytes = p->sent;
		l.ms = (uint64_t)(proc_now() - p->start);
	}
	if (p->answered) {
		l.has_verdict = true;
		l.verdict = p->verdict;
	}
	return ledger_write(p->run->state, p->to->name, &l);
}

/* The one line about it. */
static void
say_line(const struct peer *p)
{
	switch (p->answer) {
	case LEDGER_SEALED:
		say_info("%s: sealed %" PRIu64 ".%" PRIu64 ", %s, %" PRIu64
			 " bytes sent, %" PRId64 " ms",
		    p->to->name, p->verdict.epoch, p->verdict.generation,
		    p->parcel->words, p->sent, proc_now() - p->start);
		break;
	case LEDGER_REFUSED:
	case LEDGER_BUSY:
	case LEDGER_FAILED:
		say("%s: %s: %s", p->to->name, ledger_word(p->answer), p->why);
		break;
	case LEDGER_UNREACHED:
	case LEDGER_UNKNOWN:
		say("%s: %s", p->to->name, p->why);
		break;
	case LEDGER_NEVER:
	case LEDGER_AHEAD:
		break; /* ahead.c has said it */
	}
}

void
outcome_tell(struct peer *p)
{
	if (!p->said)
		say_line(p);
	p->lost = write_ledger(p) == -1;
}
