#include "peer.h"

#include "exchange.h"
#include "outcome.h"

#include "../sys/say.h"
#include "../sys/stop.h"
#include "../sys/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Its end.
 */
static void
finish(struct peer *p)
{
	int status;

	if (p->proc.pid != -1) {
		/* What it printed last stands in the pipe when it has ended. */
		chatter_hear_rest(&p->chatter, &p->proc.err);
		status = proc_end(&p->proc);
		if (p->answer == LEDGER_NEVER)
			outcome_no_hello(p, status);
		/* kdc-apply says on stderr, too, what its verdict says. */
		if (p->answer == LEDGER_SEALED ||
		    strstr(p->chatter.last, p->why) == NULL)
			chatter_say(&p->chatter);
	}
	p->stage = PEER_DONE;
	if (!p->skipped)
		outcome_tell(p);
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

void
peer_end(struct peer *p, int wait_ms)
{
	p->stage = PEER_ENDING;
	proc_close(&p->proc.in);
	proc_close(&p->proc.out);
	p->until = proc_now() + wait_ms;
	if (wait_ms == 0)
		finish(p);
}

void
peer_drop(struct peer *p)
{
	if (p->proc.pid != -1)
		(void)proc_end(&p->proc);
	p->stage = PEER_DONE;
	peer_release(p);
}

void
peer_stop(struct peer *p, const char *why)
{
	if (p->stage == PEER_ENDING) {
		finish(p);
		return;
	}
	if (p->stage == PEER_WAITING) {
		p->skipped = true;
		if (!p->run->superseded)
			say("%s: %s", p->to->name, why);
	}
	if (p->run->superseded)
		p->skipped = true; /* the line about it has been said */
	outcome_set(
	    p, p->greeted ? LEDGER_UNKNOWN : LEDGER_UNREACHED, "%s", why);
	peer_end(p, 0);
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
	/* What a first session said is not this one's word. */
	p->greeted = p->answered = false;
	return 0;
}

/* What has been said becomes the answer; it is not said twice. */
static void
cannot_begin(struct peer *p)
{
	size_t name = strlen(p->to->name);
	char line[256];

	say_last(line, sizeof(line));
	outcome_set(p, LEDGER_UNREACHED, "%s",
	    strncmp(line, p->to->name, name) == 0 && line[name] == ':'
		? line + name + 2
		: line);
	p->said = true;
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
	/* Nobody else gets it either: the ledger may be written. */
	if (rc == -1 && !stop_asked()) {
		cannot_begin(p);
		return -1;
	}
	p->skipped = true;
	p->answer = LEDGER_BUSY;
	if (rc == LOCK_BUSY)
		say("%s: skipped: %s still ships to it", p->to->name,
		    lock_who());
	finish(p);
	return -1;
}

void
peer_init(struct peer *p, struct run *r, const struct config_replica *to)
{
	memset(p, 0, sizeof(*p));
	p->to = to;
	p->run = r;
	p->proc = (struct proc)PROC_NONE;
	p->chatter.name = to->name;
	p->lock = -1;
	p->full = r->full;
}

void
peer_start(struct peer *p)
{
	const char *why;

	p->start = proc_now();
	p->until = p->start + p->to->max_transfer * 1000;
	if (lock(p) == -1)
		return;
	p->words = words_split(p->to->command, &why);
	if (p->words == NULL) {
		outcome_set(p, LEDGER_UNREACHED, "command: %s", why);
		finish(p);
	} else if (run_command(p) == -1) {
		cannot_begin(p);
	}
}

static void
run_again(struct peer *p)
{
	chatter_hear_rest(&p->chatter, &p->proc.err);
	chatter_forget(&p->chatter);
	(void)proc_end(&p->proc);
	if (run_command(p) == -1)
		cannot_begin(p);
}

void
peer_go(struct peer *p, bool anew)
{
	if (p->stage != PEER_HELLO)
		return;
	if (anew)
		run_again(p);
	p->start = p->moved = proc_now();
	p->until = p->start + p->to->max_transfer * 1000;
}

void
peer_again(struct peer *p)
{
	say_info(
	    "%s: asks for the whole dump: %s", p->to->name, p->verdict.why);
	p->full = true;
	run_again(p);
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
		chatter_hear(&p->chatter, &p->proc.err);
	if (v[2].revents != 0 && p->stage == PEER_SENDING)
		exchange_send(p);
	if (v[0].revents != 0) {
		if (p->stage == PEER_HELLO)
			exchange_hello(p);
		else if (p->stage == PEER_SENDING || p->stage == PEER_VERDICT)
			exchange_verdict(p);
	}
	if (v[3].revents != 0 && p->stage == PEER_ENDING)
		finish(p);
}

static void
give_up(struct peer *p, const char *limit, int64_t seconds)
{
	char doing[128];

	peer_words(p, doing, sizeof(doing));
	outcome_set(p, p->greeted ? LEDGER_UNKNOWN : LEDGER_UNREACHED,
	    "%s: given up after %" PRId64 " s (%s); %s", doing, seconds, limit,
	    p->stage == PEER_VERDICT
		? "if it is still at work, make that longer"
		: "is it there, and the line good?");
	peer_end(p, 0);
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
	case PEER_WAITING:
		(void)snprintf(text, size, "waits for its turn");
		break;
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
