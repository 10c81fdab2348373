#ifndef KDCSYNC_APPLY_H
#define KDCSYNC_APPLY_H

#include "../format/verdict.h"
#include "../store/config.h"
#include "../store/kdb/place.h"
#include "../store/seal.h"
#include "../store/state.h"

#include <stdbool.h>

/* Applies the bundle in file path to the live database and seals it.  checked:
 * what this process found signed when it received it, or NULL.  Takes the
 * apply lock for itself.  v gets what this replica then is, whatever the
 * outcome, which is also returned.  Nothing changes but on SEALED. */
enum verdict_outcome apply(const struct config *cf, const struct place *p,
	    struct state *s, const char *path,
	    const struct seal *checked, struct verdict *v);

#endif
