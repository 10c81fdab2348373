#ifndef KDCSYNC_REPORT_H
#define KDCSYNC_REPORT_H

#include "../format/manifest.h"
#include "../store/level.h"

#include <stdbool.h>
#include <stdint.h>

/* What a check found, and all of them together.  What the gate may be told to
 * overlook: age, clock and signer are the administrator's to judge, content never
 * is. */
struct finding {
	const char *check;		/* "content", "age", ... */
	enum level level;
	bool overridable;
	char text[1024];		/* what is wrong; what to do */
};
#define FINDINGS_MAX 24
#define REPORT_LINE 1152			/* of face_short */

struct report {
	struct finding finding[FINDINGS_MAX];
	unsigned n;
	char realm[REALM_MAX];
	bool primary;			/* this host's role */
	bool sealed;			/* m is there: of the seal, or current */
	struct manifest m;
	int64_t now, age;		/* UTC; seconds since as-of */
	int64_t proof;			/* last deep proof, UTC; 0 never */
	int64_t max_age;		/* seconds, as configured */
	uint32_t stash_kvno;
	bool gate_only;			/* a level that only the gate gives */
	bool repairable;		/* content is wrong, dump and seal not */
	bool waiting;			/* another has a lock that the repair
					 * needs: the next run tries again */
};

void	report_add(struct report *r, const char *check, enum level level,
	    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void	report_add_overridable(struct report *r, const char *check,
	    enum level level, const char *fmt, ...)
	    __attribute__((format(printf, 4, 5)));

/* The worst level (unknown is worse than warning, less than critical), and the
 * first finding of it; NULL when all is good. */
enum level report_level(const struct report *r, const struct finding **first);

/* Is everything that stands in the way overridable? */
bool	report_overridable(const struct report *r);

#endif
