#ifndef KDCSYNC_LEVEL_H
#define KDCSYNC_LEVEL_H

/* How bad a thing is, in the words and numbers of a plugin of Nagios: what
 * kdc-verify and kdc-status say and exit with. */
enum level { LEVEL_GOOD, LEVEL_WARNING, LEVEL_CRITICAL, LEVEL_UNKNOWN };

const char *level_word(enum level l);	/* "CRITICAL" */

/* From good to worst, 0 to 3: unknown is worse than warning, and less than
 * critical. */
int	level_weight(enum level l);

#endif
