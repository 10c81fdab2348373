#ifndef KDCSYNC_DRY_H
#define KDCSYNC_DRY_H

#include "../format/verdict.h"
#include "../store/config.h"
#include "../store/kdb/place.h"
#include "../store/state.h"

/* Says what apply would change, by name, and changes nothing. */
enum verdict_outcome dry_run(const struct config *cf, const struct place *p,
	    struct state *s, const char *path);

#endif
