#ifndef KDCSYNC_CONF_H
#define KDCSYNC_CONF_H

#include "../store/kdb/place.h"

/* krb5.conf and kdc.conf for a database that is not to meet any other: whoever
 * uses them reaches no KDC but the one on 127.0.0.1:port (0: none at all), by no
 * DNS, and writes to no log but DIR/krb5kdc.log. */

/* Writes p->krb5_conf and p->kdc_conf for p->db and p->stash.  0 or -1, said. */
int	conf_write(const struct place *p, unsigned port);

#endif
