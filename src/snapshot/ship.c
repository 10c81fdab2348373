#include "ship.h"

#include "fleet.h"

#include "../sys/proc.h"
#include "../sys/progress.h"
#include "../sys/say.h"

#include <stdlib.h>
#include <string.h>

#define EARLY_MS 3000 /* a command begun before that may have given up */
#define SPARE 48      /* descriptors, for all that is no peer's */

static void
count(const struct fleet *f, struct ship_count *c)
{
	for (size_t i = 0; i < f->o.n; i++) {
		const struct peer *p = &f->slot[i].peer;

		c->sealed += p->answer == LEDGER_SEALED;
		c->reached += p->answer != LEDGER_UNREACHED;
	}
	c->asked = f->o.n;
	c->superseded = f->run.superseded;
}

static void
make_room(struct fleet *f)
{
	size_t want = SPARE + f->o.n * PEER_OPEN, may = proc_room(want);

	f->room = may > SPARE + PEER_OPEN ? (may - SPARE) / PEER_OPEN : 1;
	if (f->room < f->o.n)
		say_info("%zu replicas at once, the others after them: no more "
			 "than %zu files may be open here (ulimit -n); for all "
			 "it takes %zu",
		    f->room, may, want);
}

struct fleet *
ship_begin(const struct config *cf, struct state *s, const struct ship *o)
{
	struct fleet *f = calloc(1, sizeof(*f));

	if (f == NULL)
		goto fail;
	f->o = *o;
	f->run = (struct run){
		.cf = cf, .state = s, .full = o->full, .shelf = { .state = s }
	};
	f->slot = calloc(o->n + 1, sizeof(*f->slot));
	f->poll = calloc(o->n * PEER_FDS + 1, sizeof(*f->poll));
	for (size_t i = 0; f->slot != NULL && i < o->n; i++)
		peer_init(&f->slot[i].peer, &f->run, o->to[i]);
	if (f->slot == NULL || f->poll == NULL)
		goto fail;
	make_room(f);
	f->start = proc_now();
	fleet_start(f);
	return f;
fail:
	say("no memory for %zu replicas", o->n);
	ship_end(f);
	return NULL;
}

void
ship_go(struct fleet *f, const struct seal *now, struct ship_count *c)
{
	int64_t early = f->start;

	f->run.now = f->run.shelf.now = now;
	f->start = proc_now();
	for (size_t i = 0; i < f->next; i++) {
		struct slot *x = &f->slot[i];

		fleet_listen(f, x);
		peer_go(&x->peer, f->start - early > EARLY_MS);
		fleet_listen_end(f, x);
	}
	f->draws = !f->o.quiet && !f->o.cron && progress_begin();
	fleet_loop(f);
	if (f->draws)
		progress_end();
	memset(c, 0, sizeof(*c));
	count(f, c);
}

void
ship_end(struct fleet *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; f->slot != NULL && i < f->o.n; i++) {
		peer_drop(&f->slot[i].peer);
		bytes_release(&f->slot[i].said);
	}
	shelf_release(&f->run.shelf);
	free(f->slot);
	free(f->poll);
	free(f);
}
