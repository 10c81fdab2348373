#ifndef KDCSYNC_PORT_H
#define KDCSYNC_PORT_H

/* A port on 127.0.0.1 that nobody has for TCP at this moment, nor for UDP; it is
 * not kept: who binds it next may find it taken.  0: none, said. */
unsigned port_free(void);

#endif
