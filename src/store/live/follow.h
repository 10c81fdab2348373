#ifndef KDCSYNC_FOLLOW_H
#define KDCSYNC_FOLLOW_H

#include "install.h"

/* The new database, made of the live one and in->changes. */

/* Copy, changed records, proof, new dump: on disk when it returns.  SEALED (go
 * on); NEED_FULL: it is not what is signed (said at debug level), or does not fit
 * this host (not said); BUSY or FAILED, said. */
enum verdict_outcome follow_build(struct install *in);

/* Somebody wrote since the swap.  A KDC in the middle of a login writes the record
 * back that it read before: then in->equal is false.  The other records it has
 * from what is live. */
enum verdict_outcome follow_look(struct install *in);

#endif
