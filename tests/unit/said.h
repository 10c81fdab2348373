#ifndef KDCSYNC_TEST_SAID_H
#define KDCSYNC_TEST_SAID_H

/* What was said between begin and end: how many lines, and their text. */

#include "scratch.h"

#include "sys/say.h"

struct said {
	int fd, saved;
	char text[65536];
};

static inline void
said_begin(struct said *s)
{
	static unsigned n;

	s->fd = scratch_file("", 0);
	s->saved = scratch_hush(s->fd);
	/* A line that was said just before would not be said again. */
	say("case %u", ++n);
	assert_int_equal(ftruncate(s->fd, 0), 0);
	assert_int_equal(lseek(s->fd, 0, SEEK_SET), 0);
}

static inline unsigned
said_end(struct said *s)
{
	unsigned lines = 0;
	size_t n;
	char *p;

	scratch_unhush(s->saved);
	p = scratch_read(s->fd, &n);
	close(s->fd);
	assert_true(n < sizeof(s->text));
	memcpy(s->text, p, n + 1);
	free(p);
	for (const char *q = s->text; *q != '\0'; q++)
		lines += *q == '\n';
	return lines;
}

/* Exactly one line, with all of these in it (NULL: nothing more). */
static inline void
said_one(struct said *s, const char *a, const char *b)
{
	unsigned lines = said_end(s);

	if (lines != 1 || (a != NULL && strstr(s->text, a) == NULL) ||
	    (b != NULL && strstr(s->text, b) == NULL))
		fail_msg("%u lines said, not one of '%s' and '%s': %s", lines,
		    a == NULL ? "" : a, b == NULL ? "" : b, s->text);
}

static inline void
said_nothing(struct said *s)
{
	unsigned lines = said_end(s);

	if (lines != 0)
		fail_msg("said: %s", s->text);
}

#endif
