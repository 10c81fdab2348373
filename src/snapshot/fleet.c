#include "fleet.h"

#include "cron.h"
#include "exchange.h"

#include "../sys/proc.h"
#include "../sys/progress.h"
#include "../sys/say.h"
#include "../sys/stop.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#define HELLO_MS 1000 /* so long is waited for everybody's hello */
#define DRAW_MS 200   /* from one picture to the next */

static void
tell_cron(const struct fleet *f, const struct slot *x)
{
	if (x->peer.skipped)
		cron_skipped(&x->before, x->peer.to->max_transfer,
		    f->run.cf->interval, &x->said);
	else
		cron_replica(f->run.state, x->peer.to->name,
		    x->peer.lost ? NULL : &x->before, &x->said);
}

void
fleet_listen(struct fleet *f, struct slot *x)
{
	if (f->o.cron)
		f->outer = say_capture(&x->said);
}

void
fleet_listen_end(struct fleet *f, struct slot *x)
{
	if (f->o.cron)
		(void)say_capture(NULL);
	if (x->peer.stage == PEER_DONE && !x->released) {
		if (f->o.cron)
			tell_cron(f, x);
		peer_release(&x->peer);
		x->released = true;
	}
	if (f->o.cron)
		(void)say_capture(f->outer);
}

static size_t
under_way(const struct fleet *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->next; i++)
		n += f->slot[i].peer.stage != PEER_DONE;
	return n;
}

void
fleet_start(struct fleet *f)
{
	size_t n = under_way(f);

	while (f->next < f->o.n && n < f->room) {
		struct slot *x = &f->slot[f->next++];

		if (x->peer.stage != PEER_WAITING)
			continue; /* stopped before its turn */
		ledger_read(f->run.state, x->peer.to->name, &x->before);
		fleet_listen(f, x);
		peer_start(&x->peer);
		fleet_listen_end(f, x);
		n += x->peer.stage != PEER_DONE;
	}
}

/* Whoever has said hello goes on, once all have or it was long enough. */
static void
let_go(struct fleet *f)
{
	bool all = true;

	for (size_t i = 0; i < f->o.n; i++)
		all = all && f->slot[i].peer.stage != PEER_HELLO;
	if (!all && proc_now() - f->start < HELLO_MS)
		return;
	for (size_t i = 0; i < f->o.n; i++) {
		struct slot *x = &f->slot[i];

		if (x->peer.stage != PEER_HELD)
			continue;
		fleet_listen(f, x);
		exchange_begin(&x->peer);
		fleet_listen_end(f, x);
	}
}

/* Ends those whose bundle is not wholly sent, or simply all. */
static void
stop(struct fleet *f, bool all, const char *why)
{
	for (size_t i = 0; i < f->o.n; i++) {
		struct slot *x = &f->slot[i];

		if (x->peer.stage >= (all ? PEER_DONE : PEER_VERDICT))
			continue;
		fleet_listen(f, x);
		peer_stop(&x->peer, why);
		fleet_listen_end(f, x);
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
	for (size_t i = 0; i < f->o.n; i++) {
		const struct peer *p = &f->slot[i].peer;

		if (p->stage == PEER_WAITING || p->stage >= PEER_ENDING)
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

	for (size_t i = 0; i < f->o.n; i++) {
		const struct peer *p = &f->slot[i].peer;

		if (p->stage == PEER_WAITING || p->stage == PEER_DONE)
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
	for (size_t i = 0; i < f->o.n; i++) {
		struct slot *x = &f->slot[i];
		const struct pollfd *v = x->poll;
		bool woken = false;

		if (v == NULL)
			continue;
		for (int k = 0; k < PEER_FDS; k++)
			woken = woken || v[k].revents != 0;
		fleet_listen(f, x);
		if (woken)
			peer_serve(&x->peer, v);
		/* Who only prints has moved nothing. */
		if (x->peer.stage != PEER_DONE)
			peer_late(&x->peer, now);
		fleet_listen_end(f, x);
	}
}

/* What all wait for: the number of descriptors.  Those that are not under way
 * have none, for poll(2) takes no more than may be open. */
static nfds_t
wants(struct fleet *f)
{
	nfds_t n = 0;

	for (size_t i = 0; i < f->o.n; i++) {
		struct slot *x = &f->slot[i];

		x->poll = NULL;
		if (x->peer.stage == PEER_WAITING || x->peer.stage == PEER_DONE)
			continue;
		peer_wants(&x->peer, f->poll + n);
		x->poll = f->poll + n;
		n += PEER_FDS;
	}
	f->poll[n] = (struct pollfd){ stop_fd(), POLLIN, 0 };
	return n + 1;
}

void
fleet_loop(struct fleet *f)
{
	nfds_t n;
	int ms;

	for (;;) {
		fleet_start(f);
		let_go(f);
		ms = wait_ms(f);
		if (ms == -1)
			return;
		draw(f, proc_now());
		n = wants(f);
		if (poll(f->poll, n, ms) == -1 && errno != EINTR) {
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
