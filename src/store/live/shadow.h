#ifndef KDCSYNC_SHADOW_H
#define KDCSYNC_SHADOW_H

#include "install.h"

/* The new database, built beside the live one. */

/* Fills it from the dump, counters from old; on disk when it returns.  SEALED (go
 * on), REFUSED (the dump) or FAILED, said. */
enum verdict_outcome shadow_fill(struct install *in);

/* Makes it a copy of the live database, whose stamp is old's then.  Where what the
 * last swap replaced is still there, only the pages that moved are written.  SEALED
 * (go on), BUSY or FAILED, said. */
enum verdict_outcome shadow_copy(struct install *in);

/* Structure, records and digest are what is signed, and the stash opens it.  SEALED
 * (go on), REFUSED or FAILED, said. */
enum verdict_outcome shadow_prove(struct install *in);

/* Does this host's stash open database db?  As above.  judge: of the answer that
 * in->r->mkey has. */
enum verdict_outcome shadow_check_mkey(struct install *in, const char *db);
enum verdict_outcome shadow_judge_mkey(const struct install *in);

int	shadow_flush(const struct install *in);
void	shadow_drop(const struct install *in);

/* It has what was live before the swap: the next shadow_copy starts from that.  A
 * page of it that is wrong is one that differs, so nothing of it is trusted. */
void	shadow_keep(const struct install *in);

#endif
