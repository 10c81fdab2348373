#ifndef KDCSYNC_EXCHANGE_H
#define KDCSYNC_EXCHANGE_H

#include "peer.h"

/* What goes to and fro in a session, kdcsync-bundle(5): as much as can be read
 * or written now.  Each may end the session. */

/* In HELLO: reads; leads to HELD. */
void	exchange_hello(struct peer *p);

/* From HELD: finds its bundle; leads to SENDING. */
void	exchange_begin(struct peer *p);

/* In SENDING: writes; leads to VERDICT. */
void	exchange_send(struct peer *p);

/* In VERDICT, and in SENDING, for who refuses need not read all: reads; leads to
 * ENDING, or back to HELLO, once, when the whole dump is needed. */
void	exchange_verdict(struct peer *p);

#endif
