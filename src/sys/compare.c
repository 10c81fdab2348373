#include "compare.h"

#include "file.h"
#include "say.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#define WORTH_A_THREAD 1024 /* pages */

int
compare_map(int fd, const char *name, struct span *map)
{
	int64_t size = file_size(fd, name);
	void *p;

	if (size == -1)
		return -1;
	if (size == 0) {
		*map = (struct span){ "", 0 };
		return 0;
	}
	p = mmap(
	    NULL, (size_t)size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (p == MAP_FAILED) {
		say("%s: mmap: %s", name, strerror(errno));
		return -1;
	}
	*map = (struct span){ p, (size_t)size };
	return 0;
}

struct half {
	const char *a, *b;
	size_t page, n;
	uint8_t *differs;
};

static void *
compare(void *arg)
{
	const struct half *h = arg;

	for (size_t i = 0; i < h->n; i++)
		h->differs[i] = memcmp(h->a + i * h->page, h->b + i * h->page,
				    h->page) != 0;
	return NULL;
}

void
compare_pages(
    const char *a, const char *b, size_t page, size_t n, uint8_t *differs)
{
	size_t m = n < WORTH_A_THREAD ? 0 : n / 2;
	struct half first = { a, b, page, m, differs };
	struct half second = { a + m * page, b + m * page, page, n - m,
		differs + m };
	pthread_t other;
	int started =
	    m > 0 && pthread_create(&other, NULL, compare, &first) == 0;

	(void)compare(&second);
	if (!started)
		(void)compare(&first);
	else
		(void)pthread_join(other, NULL);
}
