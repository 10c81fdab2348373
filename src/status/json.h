#ifndef KDCSYNC_JSON_H
#define KDCSYNC_JSON_H

#include "fleet.h"

#include <stdio.h>

/* One JSON object and a newline; schema 1, see kdc-status(8). */
void	json(const struct fleet *f, FILE *out);

/* The members that primary and replica begin alike, without braces. */
void	json_head(FILE *out, const char *role, const char *realm, int64_t now,
	    const struct notes *n, enum level l);

#endif
