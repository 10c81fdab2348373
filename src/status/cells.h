#ifndef KDCSYNC_CELLS_H
#define KDCSYNC_CELLS_H

#include "replica.h"

/* What stands in the columns of a replica's line, at most as wide as it: "-" for
 * what is not known, "long" for what does not fit. */
enum cell {
	CELL_BEHIND, CELL_AGE, CELL_PROVED, CELL_STASH, CELL_KM, CELL_KRBTGT,
	CELL_BYTES, CELL_TOOK, CELLS
};
#define CELL_TEXT 24

const char *cell_title(enum cell c);
int	cell_width(enum cell c);		/* characters */

void	cell_text(enum cell c, const struct replica *r, int64_t now,
	    char text[CELL_TEXT]);

#endif
