#include "pages.h"

#include "file.h"
#include "say.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <unistd.h>

/* So much is compared at once; less than LARGE in all is one thread's work. */
#define STRIDE ((size_t)64 * 1024)
#define LARGE ((size_t)4 * 1024 * 1024)

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22 /* Linux 5.14 */
#endif

/* A part of the two that one thread compares. */
struct part {
	const struct pages *pages;
	size_t at, end;
	uint64_t moved;
	int error; /* errno, or 0 */
};

/* An older kernel refuses, and what is not in memory is read when it is met. */
static void
bring_in(struct span map)
{
	if (map.len > 0)
		(void)madvise(
		    (void *)(uintptr_t)map.p, map.len, MADV_POPULATE_READ);
}

int
pages_map(struct pages *p, int from, int to, const char *name)
{
	*p = (struct pages){ from, to, { NULL, 0 }, { NULL, 0 } };
	if (file_map(from, name, &p->new) == -1 ||
	    file_map(to, name, &p->old) == -1) {
		pages_unmap(p);
		return -1;
	}
	bring_in(p->new);
	bring_in(p->old);
	return 0;
}

void
pages_unmap(struct pages *p)
{
	file_unmap(&p->old);
	file_unmap(&p->new);
	*p = (struct pages)PAGES_NONE;
}

static int
put(int fd, const char *from, size_t n, size_t at)
{
	ssize_t done;

	while (n > 0) {
		done = pwrite(fd, from, n, (off_t)at);
		if (done == -1 && errno == EINTR)
			continue;
		if (done == -1)
			return errno;
		from += done;
		at += (size_t)done;
		n -= (size_t)done;
	}
	return 0;
}

/* The pages of a stretch that differs. */
static void
level_pages(struct part *w, size_t at, size_t end)
{
	const struct pages *p = w->pages;
	size_t n;

	for (; at < end && w->error == 0; at += n) {
		n = end - at < PAGES_SIZE ? end - at : PAGES_SIZE;
		if (memcmp(p->new.p + at, p->old.p + at, n) == 0)
			continue;
		w->error = put(p->to, p->new.p + at, n, at);
		w->moved++;
	}
}

static void *
level_part(void *arg)
{
	struct part *w = arg;
	const struct pages *p = w->pages;
	size_t n;

	for (size_t at = w->at; at < w->end && w->error == 0; at += n) {
		n = w->end - at < STRIDE ? w->end - at : STRIDE;
		if (memcmp(p->new.p + at, p->old.p + at, n) != 0)
			level_pages(w, at, at + n);
	}
	return NULL;
}

/* Both halves; the second one here where there is no other thread. */
static void
level_mapped(struct part w[2])
{
	pthread_t other;
	bool two = w[1].end >= LARGE && get_nprocs() > 1 &&
	    pthread_create(&other, NULL, level_part, &w[1]) == 0;

	level_part(&w[0]);
	if (two)
		(void)pthread_join(other, NULL);
	else
		level_part(&w[1]);
}

int
pages_level(struct pages *p, uint64_t size, const char *name, uint64_t *moved)
{
	size_t both = p->new.len < p->old.len ? p->new.len : p->old.len, half;
	struct part w[2] = { { .pages = p }, { .pages = p } };

	if (size < both)
		both = (size_t)size;
	half = both / 2 / STRIDE * STRIDE;
	w[0].end = w[1].at = half;
	w[1].end = both;
	level_mapped(w);
	*moved += w[0].moved + w[1].moved;
	for (int i = 0; i < 2; i++)
		if (w[i].error != 0) {
			say("%s: write: %s", name, strerror(w[i].error));
			return -1;
		}
	if (size > both)
		*moved += (size - both + PAGES_SIZE - 1) / PAGES_SIZE;
	return file_copy_rest(p->from, p->to, both, size, name);
}
