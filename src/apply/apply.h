#ifndef KDCSYNC_APPLY_H
#define KDCSYNC_APPLY_H

#include "../format/verdict.h"
#include "../store/config.h"
#include "../store/kdb/place.h"
#include "../store/state.h"

#include <stdbool.h>

/* Applies the bundle in file path to the live database and seals it.  Takes the
 * apply lock for itself.  v gets what this replica then is, whatever the
 * outcome, which is also returned.  Nothing changes but on SEALED. */
enum verdict_outcome apply(const struct config *cf, const struct place *p,
	    struct state *s, const char *path, struct verdict *v);

/* What this replica is now, with the outcome o and the reason said last. */
void	apply_report(const struct place *p, const struct state *s,
	    enum verdict_outcome o, struct verdict *v);

/* Says what apply would change, by name, and changes nothing. */
enum verdict_outcome apply_dry(const struct config *cf, const struct place *p,
	    struct state *s, const char *path);

/* Runs on_sealed if the gate had refused (the file `refused` is there), which
 * goes away when the command succeeds.  Call it without the apply lock. */
void	apply_on_sealed(const struct config *cf, struct state *s);

#endif
