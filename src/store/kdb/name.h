#ifndef KDCSYNC_NAME_H
#define KDCSYNC_NAME_H

#include "../../format/bytes.h"

#include <krb5.h>

/* Names of principals as text.  Inside src/store/kdb only. */

/* What krb5_unparse_name makes of princ.  text lies in pool (which is emptied
 * first), or, when the name has bytes that need an escape, in *name, to be
 * freed with krb5_free_unparsed_name (NULL: nothing to free).  0 or -1. */
int	name_unparse(krb5_context ctx, krb5_const_principal princ,
	    struct bytes *pool, char **name, struct span *text);

#endif
