#include "ship.h"

#include "cron.h"
#include "exchange.h"
#include "peer.h"

#include "../sys/proc.h"
#include "../sys/progress.h"
#include "../sys/say.h"
#include "../sys/stop.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define HELLO_MS 1000 /* so long is waited for everybody's hello */
#define DRAW_MS 200   /* from one picture to the next */

struct slot {
	struct peer peer;
	struct ledger before;
	struct bytes said; /* with --cron */
	bool released;
};

struct fleet {
	const struct ship *o;
	struct run run;
	struct slot *slot;
	struct pollfd *poll; /* PEER_FDS each, and one for stop.h */
	int64_t start;
	bool draws;
	int64_t drawn;
};

/* What is said until listen_end is about this replica. */
static void
listen_begin(struct fleet *f, struct slot *x)
{
	if (f->o->cron)
		say_capture(&x->said);
}

static void
listen_end(struct fleet *f, struct slot *x)
{
	say_capture(NULL);
	if (x->peer.stage != PEER_DONE || x->released)
		return;
	if (f->o->cron && !x->peer.skipped)
		cron_replica(
		    f->run.state, x->peer.to->name, &x->before, &x->said);
	peer_release(&x->peer);
	x->released = true;
}

static void
start_all(struct fleet *f)
{
	for (size_t i = 0; i < f->o->n; i++) {
		struct slot *x = &f->slot[i];

		ledger_read(f->run.state, f->o->to[i]->name, &x->before);
		listen_begin(f, x);
		peer_start(&x->peer, &f->run, f->o->to[i]);
		listen_end(f, x);
	}
}

/* Whoever has said hello goes on, once all have or it was long enough. */
static void
let_go(struct fleet *f)
{
	bool all = true;

	for (size_t i = 0; i < f->o->n; i++)
		all = all && f->slot[i].peer.stage != PEER_HELLO;
	if (!all && proc_now() - f->start < HELLO_MS)
		return;
	for (size_t i = 0; i < f->o->n; i++) {
		struct slot *x = &f->slot[i];

		if (x->peer.stage != PEER_HELD)
			continue;
		listen_begin(f, x);
		exchange_begin(&x->peer);
		listen_end(f, x);
	}
}

/* Ends those whose bundle is not wholly sent, or simply all. */
static void
stop(struct fleet *f, bool all, const char *why)
{
	for (size_t i = 0; i < f->o->n; i++) {
		struct slot *x = &f->slot[i];

		if (x->peer.stage >= (all ? PEER_DONE : PEER_VERDICT))
			continue;
		listen_begin(f, x);
		peer_stop(&x->peer, why);
		listen_end(f, x);
	}
}

/* A picture of those that are under way. */
static void
draw(struct fleet *f, int64_t now)
{
	char words[128];

	if (!f->draws || now - f->drawn < DRAW_MS)
		return;
	f->drawn = now;
	for (size_t i = 0; i < f->o->n; i++) {
		const struct peer *p = &f->slot[i].peer;

		if (p->stage >= PEER_ENDING)
			continue;
		peer_words(p, words, sizeof(words));
		progress_line("%5.1f s  %s: %s",
		    (double)(now - p->start) / 1000, p->to->name, words);
	}
	progress_draw();
}

/* How long poll(2) may wait; -1 when nobody is left. */
static int
wait_ms(const struct fleet *f)
{
	int64_t due = INT64_MAX, ms;
	bool hello = false;

	for (size_t i = 0; i < f->o->n; i++) {
		const struct peer *p = &f->slot[i].peer;

		if (p->stage == PEER_DONE)
			continue;
		hello = hello || p->stage == PEER_HELD;
		if (peer_due(p) < due)
			due = peer_due(p);
	}
	if (due == INT64_MAX)
		return -1;
	if (hello && f->start + HELLO_MS < due)
		due = f->start + HELLO_MS;
	ms = due - proc_now();
	if (f->draws && ms > DRAW_MS)
		ms = DRAW_MS;
	if (ms < 0)
		return 0;
	return ms > 60000 ? 60000 : (int)ms;
}

/* Serves those that poll woke us for; whoever has not moved then may be late.
 * The clock is read once: what one costs is not another's delay. */
static void
serve(struct fleet *f, int64_t now)
{
	for (size_t i = 0; i < f->o->n; i++) {
		struct slot *x = &f->slot[i];
		const struct pollfd *v = f->poll + i * PEER_FDS;
		bool woken = false;

		if (x->peer.stage == PEER_DONE)
			continue;
		for (int k = 0; k < PEER_FDS; k++)
			woken = woken || v[k].revents != 0;
		listen_begin(f, x);
		if (woken)
			peer_serve(&x->peer, v);
		/* Who only prints has moved nothing. */
		if (x->peer.stage != PEER_DONE)
			peer_late(&x->peer, now);
		listen_end(f, x);
	}
}

static void
loop(struct fleet *f)
{
	nfds_t n = (nfds_t)(f->o->n * PEER_FDS);
	int ms;

	for (;;) {
		let_go(f);
		ms = wait_ms(f);
		if (ms == -1)
			return;
		draw(f, proc_now());
		for (size_t i = 0; i < f->o->n; i++)
			peer_wants(&f->slot[i].peer, f->poll + i * PEER_FDS);
		f->poll[n] = (struct pollfd){ stop_fd(), POLLIN, 0 };
		if (poll(f->poll, n + 1, ms) == -1 && errno != EINTR) {
			say("poll: %s", strerror(errno));
			stop(f, true, "this host's fault: see above");
			return;
		}
		if (stop_asked()) {
			stop(f, true, "stopped before it was done");
			return;
		}
		serve(f, proc_now());
		if (f->run.superseded)
			stop(f, false, "nothing more is shipped");
	}
}

static void
count(const struct fleet *f, struct ship_count *c)
{
	for (size_t i = 0; i < f->o->n; i++) {
		const struct peer *p = &f->slot[i].peer;

		c->sealed += p->answer == LEDGER_SEALED;
		c->reached += p->answer != LEDGER_UNREACHED;
	}
	c->superseded = f->run.superseded;
}

static void
release(struct fleet *f)
{
	for (size_t i = 0; f->slot != NULL && i < f->o->n; i++)
		bytes_release(&f->slot[i].said);
	shelf_release(&f->run.shelf);
	free(f->slot);
	free(f->poll);
}

int
ship(const struct config *cf, struct state *s, const struct seal *now,
    const struct ship *o, struct ship_count *c)
{
	struct fleet f = { .o = o, .start = proc_now() };
	int rc = -1;

	memset(c, 0, sizeof(*c));
	f.run = (struct run){ .cf = cf,
		.state = s,
		.now = now,
		.full = o->full,
		.shelf = { .state = s, .now = now } };
	f.slot = calloc(o->n + 1, sizeof(*f.slot));
	f.poll = calloc(o->n * PEER_FDS + 1, sizeof(*f.poll));
	if (f.slot == NULL || f.poll == NULL) {
		say("no memory for %zu replicas", o->n);
		goto out;
	}
	proc_room((o->n + 8) * (PEER_FDS + 4));
	f.draws = !o->quiet && !o->cron && progress_begin();
	start_all(&f);
	loop(&f);
	if (f.draws)
		progress_end();
	count(&f, c);
	rc = 0;
out:
	release(&f);
	return rc;
}
