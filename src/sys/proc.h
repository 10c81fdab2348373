#ifndef KDCSYNC_PROC_H
#define KDCSYNC_PROC_H

#include "../format/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Children.  Nothing else in kdcsync forks.  A child has its own session (no
 * terminal to ask on), default signal dispositions, no descriptors but 0, 1, 2
 * and those named, no core dump; it is killed (with its process group) when its
 * time is up or we are asked to stop (stop.h), dies when we die, and is always
 * reaped.  Failures are said.  Deadlines: milliseconds, -1 for none.
 */

/* This process: umask 077, no core dumps, not dumpable, SIGPIPE ignored,
 * SIGCHLD not, descriptors 0 to 2 open.  (What the last three do is done again
 * before every child: a parent that ignores SIGCHLD never learns how one
 * ended.) */
void	proc_harden(void);

/* Sees to it that so many descriptors can be open, as far as the hard limit goes.
 * How many of them can. */
size_t	proc_room(size_t descriptors);

/* Becomes another program, with what proc_harden changed as it was.  Returns
 * only when that failed (said). */
void	proc_become(char *const argv[]);

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t	proc_now(void);

/* Called five times a second or more often while proc_run or proc_call wait;
 * NULL: not. */
void	proc_meanwhile(void (*fn)(void));

/* Runs a program to its end: in is its standard input, what it prints on stdout
 * and stderr (each at most max bytes, or it is killed) is appended to out and
 * err.  in, out, err may be NULL: /dev/null, but err NULL means our stderr.
 * keep: descriptors the child also gets, under the same numbers, ended by -1,
 * or NULL.  Answers the exit status 0 to 255, or -1: could not run, died by a
 * signal, took over deadline_ms, printed too much (all said).  What the program
 * leaves running is left alone; its output counts for one second more. */
int	proc_run(const char *const argv[], const int *keep, struct span in,
	    struct bytes *out, struct bytes *err, size_t max, int deadline_ms);

/* Runs fn(arg) in a child and brings back the size bytes it leaves in result,
 * which the child gets as it was.  For code that a damaged file may crash:
 * the answer is fn's own 0 to 255; PROC_CRASHED for a crash, a deadline, a result
 * that did not arrive; -1 when this host could not run it, or killed it.  what names the work in messages ("walk of /var/..."). keep
 * as above: the descriptors that stay open, or NULL for all (no exec is meant
 * to happen).  file_max bounds every file the child writes, bytes; 0: no
 * bound.  What it says while lines are captured here is captured, too. */
#define PROC_CRASHED (-2)
int	proc_call(const char *what, int (*fn)(void *arg, void *result),
	    void *arg, void *result, size_t size, const int *keep,
	    uint64_t file_max, int deadline_ms);

/* A child to talk to, without ever waiting for it: the descriptors do not block
 * and are for poll(2), the caller has the deadlines. */
struct proc {
	pid_t pid;
	int in;				/* write here; -1: closed */
	int out, err;			/* read here; -1: closed */
	int watch;			/* readable when it has ended */
};
#define PROC_NONE { -1, -1, -1, -1, -1 }

/* 0; -1, said with name. */
int	proc_start(struct proc *p, const char *name, const char *const argv[]);

/* Closes a descriptor of p, if it is open: the end of what we send, say. */
void	proc_close(int *fd);

/* Closes all, reaps the child, and kills it first, with its process group, if it
 * still runs.  Its exit status, or -1 when a signal ended it.  p is PROC_NONE
 * afterwards.  Accepts PROC_NONE (-1).  Nothing is said. */
int	proc_end(struct proc *p);

#endif
