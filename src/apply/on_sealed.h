#ifndef KDCSYNC_ON_SEALED_H
#define KDCSYNC_ON_SEALED_H

#include "../store/config.h"
#include "../store/state.h"

/* Runs the command on_sealed if the gate had refused (the file `refused` is
 * there); it goes away unless the command fails or the gate refuses anew.  Call
 * it without the apply lock. */
void	on_sealed(const struct config *cf, struct state *s);

#endif
