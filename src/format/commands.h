#ifndef KDCSYNC_COMMANDS_H
#define KDCSYNC_COMMANDS_H

#include "bytes.h"

#include <stdint.h>

/*
 * librsync's delta format, which rdiff(1) patches: a magic number, then commands
 * that copy from the base or bring bytes of their own, and an end mark (librsync
 * 2.3, src/prototab.c).  A delta names neither its base nor its result.
 */
enum command_kind { COMMAND_END, COMMAND_COPY, COMMAND_LITERAL };

struct command {
	enum command_kind kind;
	uint64_t at;			/* of a copy: where in the base */
	uint64_t len;			/* bytes, not 0 */
	struct span literal;
};

/* What a command looks like in a delta; of a literal what stands before its
 * bytes. */
#define COMMAND_MAX 17
size_t	command_begin(char text[COMMAND_MAX]);	/* the magic number */
size_t	command_encode(const struct command *c, char text[COMMAND_MAX]);

/* Takes the magic number, the next command.  0; -1: it is none, or is cut, or
 * copies or brings nothing.  Whether the base has what a copy wants is for the
 * caller to see. */
int	command_open(struct span *delta);
int	command_next(struct span *delta, struct command *c);

#endif
