#ifndef KDCSYNC_GRANT_H
#define KDCSYNC_GRANT_H

#include "bytes.h"
#include "digest.h"
#include "manifest.h"

/* The operator's word that opens an epoch; see kdcsync-bundle(5). */
#define GRANT_VERSION 1
#define GRANT_MAX 1024		/* bytes of text */

struct grant {
	char realm[REALM_MAX];
	uint64_t epoch;
	char key[128];			/* SHA256:... as ssh-keygen -l prints */
	struct digest base;		/* of the generation it starts from */
	int64_t time;			/* UTC */
};

size_t	grant_encode(const struct grant *g, char text[GRANT_MAX]);
int	grant_decode(struct span text, struct grant *g, const char **why);

#endif
