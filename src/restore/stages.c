#include "stages.h"

#include "../sys/proc.h"
#include "../sys/progress.h"
#include "../sys/work.h"

#include <stdio.h>
#include <string.h>

#define PIECE 8 /* characters of the bar a stage */
#define OFTEN_MS 150

static const struct stages *shown;
static int64_t drawn;

static void
draw(void)
{
	const struct stages *s = shown;
	char bar[STAGES_MAX * PIECE + 1] = "", words[WORK_WORDS];
	int64_t ms = proc_now() - s->began;

	if (ms > 0 && proc_now() - drawn < OFTEN_MS)
		return;
	drawn = proc_now();

	for (size_t i = 0; i < s->n * PIECE; i++)
		bar[i] = i < s->at * PIECE + PIECE / 2 ? '#' : '.';
	progress_line("[%s] %zu of %zu: %s, %d s", bar, s->at + 1, s->n,
	    s->name[s->at], (int)(ms / 1000));
	work_words(words);
	if (words[0] != '\0')
		progress_line("%s", words);
	progress_draw();
}

static void
start(struct stages *s)
{
	s->began = proc_now();
	if (shown == s)
		draw();
}

void
stages_begin(struct stages *s, const char *const name[], size_t n, bool quiet)
{
	*s = (struct stages){ .name = name,
		.n = n < STAGES_MAX ? n : STAGES_MAX };
	if (!quiet && progress_begin()) {
		shown = s;
		proc_meanwhile(draw);
	}
	start(s);
}

static void
stop(struct stages *s)
{
	s->ms[s->at] = proc_now() - s->began;
}

void
stages_next(struct stages *s)
{
	stop(s);
	if (s->at + 1 < s->n)
		s->at++;
	start(s);
}

void
stages_end(struct stages *s)
{
	stop(s);
	if (shown != s)
		return;
	proc_meanwhile(NULL);
	progress_end();
	shown = NULL;
}

int64_t
stages_ms(const struct stages *s)
{
	int64_t ms = 0;

	for (size_t i = 0; i < s->n; i++)
		ms += s->ms[i];
	return ms;
}
