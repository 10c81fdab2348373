#ifndef KDCSYNC_CHATTER_H
#define KDCSYNC_CHATTER_H

/*
 * What a replica's command prints on stderr, ssh's complaints most often.  Each
 * line is said behind the replica's name when the next one comes: the last one
 * is held back, because it mostly is the reason for what happens then, and fits
 * into our own line about it.  Only so many lines are said.
 */
#define CHATTER_LINE 512	/* bytes; longer ones are broken */

struct chatter {
	const char *name;
	char line[CHATTER_LINE];	/* the one that is coming in */
	unsigned long len;
	char last[CHATTER_LINE];	/* the last whole one, not said yet; or "" */
	unsigned lines;
};

/* Reads once from fd, which does not block, and closes it at its end. */
void	chatter_hear(struct chatter *c, int *fd);

/* All that a process which has ended left there. */
void	chatter_hear_rest(struct chatter *c, int *fd);

/* Says the last line, or forgets it. */
void	chatter_say(struct chatter *c);
void	chatter_forget(struct chatter *c);

#endif
