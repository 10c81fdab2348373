#include "exchange.h"

#include "ahead.h"
#include "outcome.h"

#include "../sys/say.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CHUNK 65536

/*
 * Hello.
 */
static void
take_hello(struct peer *p)
{
	const char *why;

	if (hello_decode((struct span){ p->text, p->len }, &p->hello, &why) ==
	    -1) {
		outcome_set(p, LEDGER_UNREACHED, "its hello: %s", why);
		peer_end(p, 0);
		return;
	}
	if (strcmp(p->hello.realm, p->run->now->m.realm) != 0) {
		outcome_set(p, LEDGER_UNREACHED,
		    "it serves realm %s, not %s; is its command right?",
		    p->hello.realm, p->run->now->m.realm);
		peer_end(p, 0);
		return;
	}
	p->greeted = true;
	p->needs_grant = pack_needs_grant(&p->hello, p->run->now);
	switch (ahead_check(
	    p->run->cf, p->run->state, p->to->name, &p->hello, p->run->now)) {
	case AHEAD_OF_PRIMARY:
		p->run->superseded = true;
		outcome_set(p, LEDGER_AHEAD, "it is ahead of this primary");
		peer_end(p, 0);
		break;
	case AHEAD_OF_RUN:
		say_info("%s: a later run has been there already", p->to->name);
		p->answer = LEDGER_SEALED;
		p->skipped = true;
		peer_end(p, 0);
		break;
	case AHEAD_NO:
		p->stage = PEER_HELD;
		break;
	}
}

void
exchange_hello(struct peer *p)
{
	ssize_t missing = hello_missing((struct span){ p->text, p->len }), n;

	n = read(p->proc.out, p->text + p->len, (size_t)missing);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		peer_end(p, PEER_FAIL_MS); /* then outcome_no_hello */
		return;
	}
	p->len += (size_t)n;
	p->moved = proc_now();
	missing = hello_missing((struct span){ p->text, p->len });
	if (missing == 0) {
		take_hello(p);
	} else if (missing == -1) {
		outcome_set(p, LEDGER_UNREACHED,
		    "no hello: it says something else; is its command "
		    "kdc-apply, and does its login print nothing?");
		peer_end(p, 0);
	}
}

/*
 * Bundle.
 */
void
exchange_begin(struct peer *p)
{
	p->parcel = shelf_get(&p->run->shelf,
	    p->hello.has_dump ? &p->hello.digest : NULL, p->full,
	    p->needs_grant);
	p->len = 0;
	p->moved = proc_now();
	p->stage = PEER_SENDING;
	if (p->parcel == NULL) {
		outcome_set(p, LEDGER_UNKNOWN,
		    "no bundle for it could be made; the reason is above");
		peer_end(p, 0);
	}
}

static void
sent_all(struct peer *p)
{
	proc_close(&p->proc.in);
	p->stage = PEER_VERDICT;
}

void
exchange_send(struct peer *p)
{
	char buf[CHUNK];
	ssize_t n, done;

	n = pread(p->parcel->fd, buf, sizeof(buf), (off_t)p->sent);
	if (n <= 0) {
		outcome_set(p, LEDGER_UNKNOWN, "bundle: read: %s",
		    n == 0 ? "it became shorter" : strerror(errno));
		peer_end(p, 0);
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
		outcome_set(p, as[v->outcome], "%s%s",
		    v->outcome == VERDICT_NEED_FULL
			? "asks for the whole dump, which it got: "
			: "",
		    v->why);
	else if (p->sent < p->parcel->size)
		outcome_set(p, LEDGER_UNKNOWN,
		    "says sealed, without the whole bundle; what it has is "
		    "unknown: look at its kdc-verify");
	else if (v->epoch != m->epoch || v->generation != m->generation ||
	    !digest_equal(&v->digest, &m->dump.digest))
		outcome_set(p, LEDGER_UNKNOWN,
		    "says sealed, but generation %" PRIu64 ".%" PRIu64
		    " is not what was sent; look at its kdc-verify",
		    v->epoch, v->generation);
	else
		outcome_set(p, LEDGER_SEALED, "-");
	peer_end(p, PEER_END_MS);
}

static void
take_verdict(struct peer *p)
{
	const char *why;

	if (p->len == 0)
		outcome_set(p, LEDGER_UNKNOWN,
		    "no verdict: its command ended first; what it has is "
		    "unknown until the next run");
	else if (verdict_decode(
		     (struct span){ p->text, p->len }, &p->verdict, &why) == -1)
		outcome_set(p, LEDGER_UNKNOWN, "its verdict: %s", why);
	else if (strcmp(p->verdict.realm, p->run->now->m.realm) != 0)
		outcome_set(p, LEDGER_UNKNOWN,
		    "its verdict is for realm %s, not %s", p->verdict.realm,
		    p->run->now->m.realm);
	else
		p->answered = true;
	if (!p->answered)
		peer_end(p, PEER_FAIL_MS);
	else if (p->verdict.outcome == VERDICT_NEED_FULL && !p->full)
		peer_again(p);
	else
		judge(p);
}

/* Also while we send: who refuses need not read all. */
void
exchange_verdict(struct peer *p)
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
		outcome_set(p, LEDGER_UNKNOWN,
		    "its verdict does not end; is its command kdc-apply?");
		peer_end(p, 0);
	}
}
