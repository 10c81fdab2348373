#ifndef KDCSYNC_SHOW_H
#define KDCSYNC_SHOW_H

#include "../format/bytes.h"
#include "../format/manifest.h"

#include <stdio.h>

/* What list and diff print alike.  Names are from a database: what is neither
 * printable ASCII nor UTF-8 does not reach the terminal as it is. */

/* As it is, control characters and stray bytes as \xNN. */
void	show_name(FILE *f, struct span name);

/* A JSON string; stray bytes are U+FFFD. */
void	show_json_text(FILE *f, struct span text);

/* "1.42" */
#define SHOW_ID 48
void	show_id(const struct manifest *m, char id[SHOW_ID]);

/* The members of a JSON object that tell of a generation, without braces. */
void	show_json_manifest(FILE *f, const struct manifest *m);

/* Everything printed has left us?  0; -1, said. */
int	show_end(void);

#endif
