#include "chatter.h"

#include "../sys/proc.h"
#include "../sys/say.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define SHOWN 10     /* lines */
#define READS_MAX 32 /* of 4 KB: more than a pipe holds */

void
chatter_say(struct chatter *c)
{
	if (c->last[0] != '\0')
		say("%s: %s", c->name, c->last);
	chatter_forget(c);
}

void
chatter_forget(struct chatter *c)
{
	c->last[0] = '\0';
}

static void
line_done(struct chatter *c)
{
	c->line[c->len] = '\0';
	c->len = 0;
	if (c->line[0] == '\0')
		return;
	if (++c->lines <= SHOWN)
		chatter_say(c);
	if (c->lines == SHOWN)
		say("%s: prints more, which is not shown", c->name);
	memcpy(c->last, c->line, sizeof(c->last));
}

void
chatter_hear(struct chatter *c, int *fd)
{
	char buf[4096];
	ssize_t n;

	n = read(*fd, buf, sizeof(buf));
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		proc_close(fd);
	for (ssize_t i = 0; i < n; i++) {
		if (buf[i] == '\n' || c->len == sizeof(c->line) - 1)
			line_done(c);
		if (buf[i] != '\n' && buf[i] != '\r' && buf[i] != '\0')
			c->line[c->len++] = buf[i];
	}
}

void
chatter_hear_rest(struct chatter *c, int *fd)
{
	for (int i = 0; i < READS_MAX && *fd != -1; i++)
		chatter_hear(c, fd);
	line_done(c);
}
