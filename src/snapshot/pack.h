#ifndef KDCSYNC_PACK_H
#define KDCSYNC_PACK_H

#include "../format/hello.h"
#include "../store/seal.h"
#include "../store/state.h"

#include <stdbool.h>
#include <stdint.h>

/* Which bundle a replica needs, and its bytes. */
enum pack_kind { PACK_HEARTBEAT, PACK_DELTA, PACK_FULL };

struct pack {
	enum pack_kind kind;
	int payload;			/* open file, or -1 */
	uint64_t size;			/* of the payload, bytes */
	char name[BUNDLE_NAME_MAX];	/* of the payload */
};
#define PACK_NONE { .payload = -1 }

/* Chooses by what the replica has (has NULL: nothing), or full where asked.
 * 0 or -1, said. */
int	pack_choose(const struct state *s, const struct seal *now,
	    const struct digest *has, bool full, struct pack *k);

/* Writes the tar through write_fn (all n bytes, or -1). */
int	pack_write(const struct pack *k, const struct seal *now,
	    int (*write_fn)(void *arg, const void *p, size_t n), void *arg);

void	pack_release(struct pack *k);
const char *pack_word(enum pack_kind kind);	/* "delta" */

#endif
