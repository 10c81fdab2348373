#include "work.h"

#include "proc.h"
#include "progress.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define SOON_MS 1000
#define OFTEN_MS 150
#define SHARE 256 /* records */
#define DONE_MAX (UINT64_MAX / 1000)

/* What parent and children count in.  A child can write nonsense there, and then
 * nonsense is shown. */
struct count {
	_Atomic uint64_t done, expected;
};

static struct {
	struct count *count; /* NULL: nobody watches */
	const char *what;    /* NULL: no work */
	int64_t began, drawn;
	unsigned steps; /* not shared yet */
	bool draws;	/* it is our picture */
} work;

void
work_watch(bool quiet)
{
	void *p;

	if (quiet || work.count != NULL || !isatty(STDERR_FILENO))
		return;
	p = mmap(NULL, sizeof(struct count), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (p != MAP_FAILED)
		work.count = p;
}

/* "3 s", "12 min" */
static void
tell_left(char *text, size_t size, uint64_t s)
{
	if (s <= 120)
		(void)snprintf(text, size, ", %" PRIu64 " s left", s);
	else
		(void)snprintf(text, size, ", %" PRIu64 " min left", s / 60);
}

void
work_tell(char words[WORK_WORDS], const char *what, uint64_t done,
    uint64_t expected, int64_t ms)
{
	char of[32] = "", rate[48] = "", left[48] = "";
	uint64_t a_second = 0;

	if (ms > 0 && done < DONE_MAX)
		a_second = done * 1000 / (uint64_t)ms;
	if (expected >= done && expected > 0)
		(void)snprintf(of, sizeof(of), " of %" PRIu64, expected);
	if (a_second > 0) {
		(void)snprintf(
		    rate, sizeof(rate), ", %" PRIu64 " a second", a_second);
		if (of[0] != '\0')
			tell_left(
			    left, sizeof(left), (expected - done) / a_second);
	}
	(void)snprintf(words, WORK_WORDS, "%s: %" PRIu64 "%s records%s%s", what,
	    done, of, rate, left);
}

void
work_words(char words[WORK_WORDS])
{
	words[0] = '\0';
	if (work_watched())
		work_tell(words, work.what, atomic_load(&work.count->done),
		    atomic_load(&work.count->expected),
		    proc_now() - work.began);
}

static void
draw(void)
{
	char words[WORK_WORDS];
	int64_t now = proc_now();

	if (now - work.began < SOON_MS || now - work.drawn < OFTEN_MS)
		return;
	work.drawn = now;
	work_words(words);
	progress_line("%s", words);
	progress_draw();
}

void
work_begin(const char *what)
{
	if (work.count == NULL)
		return;
	work_end();
	atomic_store(&work.count->done, 0);
	atomic_store(&work.count->expected, 0);
	work.steps = 0;
	work.what = what;
	work.began = proc_now();
	work.draws = progress_room() == 0 && progress_begin();
	if (work.draws)
		proc_meanwhile(draw);
}

void
work_expect(uint64_t records)
{
	if (work.count != NULL)
		atomic_fetch_add(&work.count->expected, records);
}

bool
work_watched(void)
{
	return work.count != NULL && work.what != NULL;
}

void
work_step(void)
{
	if (++work.steps < SHARE || work.count == NULL)
		return;
	atomic_fetch_add(&work.count->done, work.steps);
	work.steps = 0;
}

void
work_end(void)
{
	if (work.draws) {
		proc_meanwhile(NULL);
		progress_end();
	}
	work.draws = false;
	work.what = NULL;
}
