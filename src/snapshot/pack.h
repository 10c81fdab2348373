#ifndef KDCSYNC_PACK_H
#define KDCSYNC_PACK_H

#include "../format/hello.h"
#include "../store/chain.h"
#include "../store/seal.h"
#include "../store/state.h"

#include <stdbool.h>

/* Which bundle a replica needs, and its bytes. */
enum pack_kind { PACK_HEARTBEAT, PACK_DELTA, PACK_FULL };

struct pack {
	enum pack_kind kind;
	struct chain chain;		/* of the deltas */
	int full;			/* the dump, compressed, or -1 */
	bool grant;			/* with the grant, if there is one: set
					 * it after the choice */
};
#define PACK_NONE { .full = -1 }

/* Chooses by what the replica has (has NULL: nothing), or full where asked: the
 * deltas that it missed, or the whole dump if that is smaller.  0 or -1, said. */
int	pack_choose(const struct state *s, const struct seal *now,
	    const struct digest *has, bool full, struct pack *k);

/* Has whoever said this hello another grant than now, or none? */
bool	pack_needs_grant(const struct hello *h, const struct seal *now);

/* Writes the tar to fd.  0 or -1, said. */
int	pack_write(const struct pack *k, const struct state *s,
	    const struct seal *now, int fd);

void	pack_release(struct pack *k);

/* "heartbeat", "delta", "3 deltas", "full dump". */
#define PACK_WORDS 32
void	pack_words(const struct pack *k, char words[PACK_WORDS]);

#endif
