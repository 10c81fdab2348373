#ifndef KDCSYNC_RELAY_H
#define KDCSYNC_RELAY_H

#include "../store/config.h"

/*
 * The half of kdc-apply that a primary logs in to, as a user who can read no key
 * and write nothing but incoming/: hello and verdict are those of kdc-apply
 * --serve, behind apply_socket; the bundle goes there when it is received whole,
 * and signed.  That half takes our word for nothing: it gets bytes, stores them
 * where we cannot write, and checks them as if the network had brought them.
 * So nothing that is done to a file of ours changes what is applied.
 */

/* A session with a primary on stdin and stdout.  The exit status. */
int	relay(const struct config *cf);

#endif
