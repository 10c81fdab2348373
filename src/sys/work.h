#ifndef KDCSYNC_WORK_H
#define KDCSYNC_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How far long work on records has come, for whoever waits at a terminal: counted
 * where it is done, in a child as well, and shown while that child is waited for
 * (proc.h).  One piece of work at a time.  What takes less than a second is not
 * worth a line, and without a terminal on stderr nothing is ever shown.
 */
#define WORK_WORDS 160

/* From now on, unless quiet; who never calls it shows nothing. */
void	work_watch(bool quiet);

/* Before the child is made.  what: "proved".  If something draws already (a ship,
 * the stages of a restore), it shows the words of work_words. */
void	work_begin(const char *what);

/* So many records it will be, when somebody learns it, in a child as well; several
 * add up. */
void	work_expect(uint64_t records);

/* Does it pay to find that out?  No, when nobody watches. */
bool	work_watched(void);

/* One more is done.  Costs nothing: shared once in a while. */
void	work_step(void);

/* The line is taken away. */
void	work_end(void);

/* "proved: 345000 of 1000004 records, 210000 a second, 3 s left"; empty when
 * there is nothing to tell. */
void	work_words(char words[WORK_WORDS]);

/* The same of given numbers; expected 0: not known; ms: since it began. */
void	work_tell(char words[WORK_WORDS], const char *what, uint64_t done,
	    uint64_t expected, int64_t ms);

#endif
