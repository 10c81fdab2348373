#ifndef KDCSYNC_SEALED_H
#define KDCSYNC_SEALED_H

#include "paint.h"

#include "../store/config.h"
#include "../store/seal.h"
#include "../store/state.h"

#include <stdint.h>

/* What a host that is no primary knows without looking at its database: its own
 * seal, and where to ask for more. */
struct sealed {
	const char *realm;
	int64_t now, max_age;		/* UTC; seconds */
	bool restore;			/* kdc-restore is at work, or was */
	bool there;			/* seal is that of seal.tar */
	struct seal seal;
	struct notes notes;
};

void	sealed_read(struct sealed *s, const struct config *cf,
	    const struct state *state, const char *realm);
void	sealed_release(struct sealed *s);

void	sealed_lines(const struct sealed *s, const struct paint *p);
void	sealed_json(const struct sealed *s, FILE *out);

#endif
