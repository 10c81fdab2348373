#ifndef KDCSYNC_STOP_H
#define KDCSYNC_STOP_H

#include <stdbool.h>

/*
 * Being asked to stop: SIGTERM, SIGINT, SIGHUP.  A program that watches for it
 * unwinds, so that no copy of all keys stays behind, and then dies of the
 * signal all the same.  One that does not dies at once; what it leaves, the next
 * run removes.
 */

/* From now on the signals only ask.  What was ignored (nohup) stays ignored. */
void	stop_watch(void);

/* Readable from then on; -1 before stop_watch: both for poll(2). */
int	stop_fd(void);

bool	stop_asked(void);

/* If asked: says so, and dies of the signal. */
void	stop_die(void);

#endif
