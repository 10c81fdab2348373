#include "peer.h"

#include "ahead.h"

#include "../sys/say.h"
#include "../sys/words.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define END_MS 10000 /* what is left to a command after its verdict */
#define FAIL_MS 1000 /* and after it broke off, to tell its exit status */
#define CHUNK 65536
#define LINES_SHOWN 10 /* of what a command prints */

/* What comes from elsewhere, fit for a line of ours. */
static void
make_plain(char *text)
{
	for (; *text != '\0'; text++)
		if (*text < 0x20 || *text > 0x7e)
			*text = '?';
}

static void __attribute__((format(printf, 3, 4)))
answer(struct peer *p, enum ledger_answer a, const char *fmt, ...)
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

/*
 * What its command prints on stderr.  A line is said when the next one comes, so
 * that the last one, which often is the reason, can go into our own.
 */
static void
say_last_line(struct peer *p)
{
	if (p->last[0] != '\0')
		say("%s: %s", p->to->name, p->last);
	p->last[0] = '\0';
}

static void
line_done(struct peer *p)
{
	p->line[p->line_len] = '\0';
	p->line_len = 0;
	make_plain(p->line);
	if (p->line[0] == '\0')
		return;
	p->lines++;
	if (p->lines > LINES_SHOWN)
		return;
	say_last_line(p);
	if (p->lines == LINES_SHOWN)
		say("%s: prints more, which is not shown", p->to->name);
	else
		memcpy(p->last, p->line, sizeof(p->last));
}

static void
hear_err(struct peer *p)
{
	char buf[4096];
	ssize_t n;

	n = read(p->proc.err, buf, sizeof(buf));
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		proc_close(&p->proc.err);
	for (ssize_t i = 0; i < n; i++) {
		if (buf[i] == '\n' || p->line_len == sizeof(p->line) - 1)
			line_done(p);
		if (buf[i] != '\n' && buf[i] != '\r')
			p->line[p->line_len++] = buf[i];
	}
}

/* All that is there, once it has ended; never more than a pipe holds. */
static void
hear_rest(struct peer *p)
{
	for (int i = 0; i < 32 && p->proc.err != -1; i++)
		hear_err(p);
	line_done(p);
}

/*
 * Its end.
 */
static void
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
	(void)ledger_write(p->run->state, p->to->name, &l);
}

/* The one line about it. */
static void
tell(struct peer *p)
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

/* It broke off before its hello was whole: the last line it printed and its exit
 * status may tell why. */
static void
explain_no_hello(struct peer *p, int status)
{
	char how[48] = "killed by a signal";

	if (status >= 0)
		(void)snprintf(how, sizeof(how), "exit status %d", status);
	if (p->last[0] != '\0')
		answer(
		    p, LEDGER_UNREACHED, "no hello: %.180s (%s)", p->last, how);
	else
		answer(p, LEDGER_UNREACHED,
		    "no hello: its command ended %s (%s); run it by hand to "
		    "see why",
		    p->len == 0 ? "without a word" : "in the middle of it",
		    how);
	p->last[0] = '\0';
}

static void
finish(struct peer *p)
{
	int status;

	if (p->proc.pid != -1) {
		/* What it printed last stands in the pipe when it has ended. */
		hear_rest(p);
		status = proc_end(&p->proc);
		if (p->answer == LEDGER_NEVER)
			explain_no_hello(p, status);
		/* kdc-apply says on stderr, too, what its verdict says. */
		if (p->answer == LEDGER_SEALED ||
		    strstr(p->last, p->why) == NULL)
			say_last_line(p);
	}
	p->stage = PEER_DONE;
	if (!p->skipped) {
		tell(p);
		write_ledger(p);
	}
}

void
peer_release(struct peer *p)
{
	if (p->lock != -1)
		(void)close(p->lock);
	p->lock = -1;
	free(p->words);
	p->words = NULL;
}

/* All is known; its command has a moment to end by itself. */
static void
end(struct peer *p, int wait_ms)
{
	p->stage = PEER_ENDING;
	proc_close(&p->proc.in);
	proc_close(&p->proc.out);
	p->until = proc_now() + wait_ms;
	if (wait_ms == 0)
		finish(p);
}

void
peer_stop(struct peer *p, const char *why)
{
	if (p->stage == PEER_ENDING) {
		finish(p);
		return;
	}
	if (p->run->superseded)
		p->skipped = true; /* the line about it has been said */
	answer(p, p->greeted ? LEDGER_UNKNOWN : LEDGER_UNREACHED, "%s", why);
	end(p, 0);
}

/*
 * Its beginning.
 */
static int
run_command(struct peer *p)
{
	if (proc_start(&p->proc, p->to->name, (const char *const *)p->words) ==
	    -1)
		return -1;
	p->stage = PEER_HELLO;
	p->moved = proc_now();
	p->len = 0;
	p->sent = 0;
	return 0;
}

/* What has been said becomes the answer; it is not said twice. */
static void
cannot_run(struct peer *p)
{
	size_t name = strlen(p->to->name);
	char line[256];

	say_last(line, sizeof(line));
	answer(p, LEDGER_UNREACHED, "%s",
	    strncmp(line, p->to->name, name) == 0 && line[name] == ':'
		? line + name + 2
		: line);
	finish(p);
}

/* 0; -1: it is DONE. */
static int
lock(struct peer *p)
{
	char name[160];
	int rc;

	(void)snprintf(name, sizeof(name), "ship.%s", p->to->name);
	rc = state_lock(p->run->state, name, LOCK_SILENT, &p->lock);
	if (rc == 0)
		return 0;
	p->skipped = true;
	p->answer = rc == LOCK_BUSY ? LEDGER_BUSY : LEDGER_UNREACHED;
	if (rc == LOCK_BUSY)
		say("%s: skipped: %s still ships to it", p->to->name,
		    lock_who());
	finish(p);
	return -1;
}

void
peer_start(struct peer *p, struct run *r, const struct config_replica *to)
{
	const char *why;

	memset(p, 0, sizeof(*p));
	p->to = to;
	p->run = r;
	p->proc = (struct proc)PROC_NONE;
	p->lock = -1;
	p->full = r->full;
	p->start = proc_now();
	p->until = p->start + to->max_transfer * 1000;
	if (lock(p) == -1)
		return;
	p->words = words_split(to->command, &why);
	if (p->words == NULL) {
		answer(p, LEDGER_UNREACHED, "command: %s", why);
		finish(p);
	} else if (run_command(p) == -1) {
		cannot_run(p);
	}
}

/*
 * Hello.
 */
static void
take_hello(struct peer *p)
{
	const char *why;

	if (hello_decode((struct span){ p->text, p->len }, &p->hello, &why) ==
	    -1) {
		answer(p, LEDGER_UNREACHED, "its hello: %s", why);
		end(p, 0);
		return;
	}
	if (strcmp(p->hello.realm, p->run->now->m.realm) != 0) {
		answer(p, LEDGER_UNREACHED,
		    "it serves realm %s, not %s; is its command right?",
		    p->hello.realm, p->run->now->m.realm);
		end(p, 0);
		return;
	}
	p->greeted = true;
	switch (ahead_check(
	    p->run->cf, p->run->state, p->to->name, &p->hello, p->run->now)) {
	case AHEAD_OF_PRIMARY:
		p->run->superseded = true;
		answer(p, LEDGER_AHEAD, "it is ahead of this primary");
		end(p, 0);
		break;
	case AHEAD_OF_RUN:
		say_info("%s: a later run has been there already", p->to->name);
		p->answer = LEDGER_SEALED;
		p->skipped = true;
		end(p, 0);
		break;
	case AHEAD_NO:
		p->stage = PEER_HELD;
		break;
	}
}

static void
hear_hello(struct peer *p)
{
	ssize_t missing = hello_missing((struct span){ p->text, p->len }), n;

	n = read(p->proc.out, p->text + p->len, (size_t)missing);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		end(p, FAIL_MS); /* then explain_no_hello */
		return;
	}
	p->len += (size_t)n;
	p->moved = proc_now();
	missing = hello_missing((struct span){ p->text, p->len });
	if (missing == 0) {
		take_hello(p);
	} else if (missing == -1) {
		answer(p, LEDGER_UNREACHED,
		    "no hello: it says something else; is its command "
		    "kdc-apply, and does its login print nothing?");
		end(p, 0);
	}
}

/*
 * Bundle.
 */
void
peer_go(struct peer *p)
{
	p->parcel = shelf_get(&p->run->shelf,
	    p->hello.has_dump ? &p->hello.digest : NULL, p->full);
	p->len = 0;
	p->moved = proc_now();
	p->stage = PEER_SENDING;
	if (p->parcel == NULL) {
		answer(p, LEDGER_UNKNOWN,
		    "no bundle for it could be made; the reason is above");
		end(p, 0);
	}
}

static void
sent_all(struct peer *p)
{
	proc_close(&p->proc.in);
	p->stage = PEER_VERDICT;
}

static void
send_some(struct peer *p)
{
	char buf[CHUNK];
	ssize_t n, done;

	n = pread(p->parcel->fd, buf, sizeof(buf), (off_t)p->sent);
	if (n <= 0) {
		answer(p, LEDGER_UNKNOWN, "bundle: read: %s",
		    n == 0 ? "it became shorter" : strerror(errno));
		end(p, 0);
		return;
	}
	done = write(p->proc.in, buf, (size_t)n);
	if (done == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (done == -1) {
		/* It does not want more: its verdict says why. */
		sent_all(p);
		return;
	}
	p->sent += (uint64_t)done;
	p->moved = proc_now();
	if (p->sent == p->parcel->size)
		sent_all(p);
}

/*
 * Verdict.
 */
/* The same once more, with the whole dump. */
static void
again(struct peer *p)
{
	say_info(
	    "%s: asks for the whole dump: %s", p->to->name, p->verdict.why);
	hear_rest(p);
	p->last[0] = '\0';
	(void)proc_end(&p->proc);
	p->full = true;
	if (run_command(p) == -1)
		cannot_run(p);
}

static void
judge(struct peer *p)
{
	static const enum ledger_answer as[] = {
		[VERDICT_SEALED] = LEDGER_SEALED,
		[VERDICT_NEED_FULL] = LEDGER_FAILED,
		[VERDICT_REFUSED] = LEDGER_REFUSED,
		[VERDICT_BUSY] = LEDGER_BUSY,
		[VERDICT_FAILED] = LEDGER_FAILED,
	};
	const struct verdict *v = &p->verdict;
	const struct manifest *m = &p->run->now->m;

	if (v->outcome != VERDICT_SEALED)
		answer(p, as[v->outcome], "%s%s",
		    v->outcome == VERDICT_NEED_FULL
			? "asks for the whole dump, which it got: "
			: "",
		    v->why);
	else if (p->sent < p->parcel->size)
		answer(p, LEDGER_UNKNOWN,
		    "says sealed, without the whole bundle; what it has is "
		    "unknown: look at its kdc-verify");
	else if (v->epoch != m->epoch || v->generation != m->generation ||
	    !digest_equal(&v->digest, &m->dump.digest))
		answer(p, LEDGER_UNKNOWN,
		    "says sealed, but generation %" PRIu64 ".%" PRIu64
		    " is not what was sent; look at its kdc-verify",
		    v->epoch, v->generation);
	else
		answer(p, LEDGER_SEALED, "-");
	end(p, END_MS);
}

static void
take_verdict(struct peer *p)
{
	const char *why;

	if (p->len == 0)
		answer(p, LEDGER_UNKNOWN,
		    "no verdict: its command ended first; what it has is "
		    "unknown until the next run");
	else if (verdict_decode(
		     (struct span){ p->text, p->len }, &p->verdict, &why) == -1)
		answer(p, LEDGER_UNKNOWN, "its verdict: %s", why);
	else if (strcmp(p->verdict.realm, p->run->now->m.realm) != 0)
		answer(p, LEDGER_UNKNOWN, "its verdict is for realm %s, not %s",
		    p->verdict.realm, p->run->now->m.realm);
	else
		p->answered = true;
	if (!p->answered)
		end(p, FAIL_MS);
	else if (p->verdict.outcome == VERDICT_NEED_FULL && !p->full)
		again(p);
	else
		judge(p);
}

/* Also while we send: who refuses need not read all. */
static void
hear_verdict(struct peer *p)
{
	ssize_t n;

	n = read(p->proc.out, p->text + p->len, VERDICT_MAX + 1 - p->len);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		take_verdict(p);
		return;
	}
	p->len += (size_t)n;
	p->moved = proc_now();
	if (p->len > VERDICT_MAX) {
		answer(p, LEDGER_UNKNOWN, "its verdict does not end");
		end(p, 0);
	}
}

/*
 * For the loop.
 */
void
peer_wants(const struct peer *p, struct pollfd v[PEER_FDS])
{
	bool hears = p->stage == PEER_HELLO || p->stage == PEER_SENDING ||
	    p->stage == PEER_VERDICT;

	v[0] = (struct pollfd){ hears ? p->proc.out : -1, POLLIN, 0 };
	v[1] = (struct pollfd){ p->proc.err, POLLIN, 0 };
	v[2] = (struct pollfd){ p->stage == PEER_SENDING ? p->proc.in : -1,
		POLLOUT, 0 };
	v[3] = (struct pollfd){ p->stage == PEER_ENDING ? p->proc.watch : -1,
		POLLIN, 0 };
}

int64_t
peer_due(const struct peer *p)
{
	int64_t idle = p->moved + p->to->deadline * 1000;

	if (p->stage == PEER_HELD || p->stage == PEER_ENDING)
		return p->until;
	return idle < p->until ? idle : p->until;
}

void
peer_serve(struct peer *p, const struct pollfd v[PEER_FDS])
{
	if (v[1].revents != 0 && p->proc.err != -1)
		hear_err(p);
	if (v[2].revents != 0 && p->stage == PEER_SENDING)
		send_some(p);
	if (v[0].revents != 0) {
		if (p->stage == PEER_HELLO)
			hear_hello(p);
		else if (p->stage == PEER_SENDING || p->stage == PEER_VERDICT)
			hear_verdict(p);
	}
	if (v[3].revents != 0 && p->stage == PEER_ENDING)
		finish(p);
}

static void
give_up(struct peer *p, const char *limit, int64_t seconds)
{
	char doing[128];

	peer_words(p, doing, sizeof(doing));
	answer(p, p->greeted ? LEDGER_UNKNOWN : LEDGER_UNREACHED,
	    "%s: given up after %" PRId64 " s (%s); %s", doing, seconds, limit,
	    p->stage == PEER_VERDICT
		? "if it is still at work, make that longer"
		: "is it there, and the line good?");
	end(p, 0);
}

void
peer_late(struct peer *p, int64_t now)
{
	if (now < peer_due(p))
		return;
	if (p->stage == PEER_ENDING)
		finish(p);
	else if (now >= p->until)
		give_up(p, "max_transfer", p->to->max_transfer);
	else
		give_up(p, "deadline: nothing moved", p->to->deadline);
}

/* "12 of 340 KB". */
static void
amount(uint64_t done, uint64_t all, char text[64])
{
	static const char *const unit[] = { "bytes", "KB", "MB", "GB" };
	uint64_t by = 1;
	unsigned u = 0;

	while (u < 3 && all / by >= 10000) {
		by *= 1000;
		u++;
	}
	(void)snprintf(text, 64, "%" PRIu64 " of %" PRIu64 " %s", done / by,
	    all / by, unit[u]);
}

void
peer_words(const struct peer *p, char *text, size_t size)
{
	char much[64];

	switch (p->stage) {
	case PEER_HELLO:
		(void)snprintf(text, size, "no hello yet");
		break;
	case PEER_HELD:
		(void)snprintf(text, size, "has said hello");
		break;
	case PEER_SENDING:
		amount(p->sent, p->parcel->size, much);
		(void)snprintf(
		    text, size, "sending %s, %s", p->parcel->words, much);
		break;
	case PEER_VERDICT:
		(void)snprintf(text, size, "%s sent, waiting for its verdict",
		    p->parcel->words);
		break;
	case PEER_ENDING:
	case PEER_DONE:
		(void)snprintf(text, size, "%s", ledger_word(p->answer));
		break;
	}
}
