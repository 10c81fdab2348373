#ifndef KDCSYNC_STAMPS_H
#define KDCSYNC_STAMPS_H

#include "../format/text.h"
#include "kdb/files.h"

/* The stamps of a database's files as lines of a text: "principal-dev" and so on,
 * and when they were read. */
void	stamps_put(struct text_out *o, const struct stamp *s);
void	stamps_get(struct text_in *in, struct stamp *s);

#endif
