#ifndef KDCSYNC_PROBE_H
#define KDCSYNC_PROBE_H

/* Does a KDC of realm answer at HOST:PORT (TCP) within wait_ms?  It is asked
 * for a ticket for a client that need not exist: any answer of the Kerberos
 * protocol counts, an error too.  1, 0, or -1 (said): no such address, no
 * libkrb5. */
int	probe_kdc(const char *realm, const char *where, int wait_ms);

#endif
