#include "pages.h"

#include "compare.h"
#include "file.h"
#include "say.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK ((size_t)32) /* pages read at once */

int
pages_map(struct pages *p, int from, int to, const char *name)
{
	p->from = from;
	p->to = to;
	return compare_map(to, name, &p->old);
}

int
pages_look(struct pages *p, const char *name)
{
	size_t n;

	file_unmap(&p->old);
	file_unmap(&p->new);
	free(p->differs);
	p->differs = NULL;
	if (compare_map(p->to, name, &p->old) == -1 ||
	    compare_map(p->from, name, &p->new) == -1)
		return -1;
	n = (p->new.len < p->old.len ? p->new.len : p->old.len) / PAGES_SIZE;
	p->differs = malloc(n + 1);
	if (p->differs != NULL)
		return 0;
	say("%s: no memory to compare it", name);
	return -1;
}

void
pages_unmap(struct pages *p)
{
	file_unmap(&p->old);
	file_unmap(&p->new);
	free(p->differs);
	*p = (struct pages)PAGES_NONE;
}

/* Page i of the copy becomes what is at `is`. */
static int
put(struct pages *p, size_t i, const char *is, const char *name)
{
	const size_t at = i * PAGES_SIZE;

	if (p->same == NULL ||
	    !p->same((struct span){ p->old.p + at, PAGES_SIZE },
		(struct span){ is, PAGES_SIZE }))
		p->other = true;
	return file_write_at(p->to, name, is, PAGES_SIZE, at);
}

/* What stands behind the first n pages. */
static int
put_rest(
    struct pages *p, size_t n, uint64_t size, const char *name, uint64_t *moved)
{
	uint64_t at = n * PAGES_SIZE;

	if (size > at || p->old.len > at) {
		*moved += (size - at + PAGES_SIZE - 1) / PAGES_SIZE;
		p->other = true;
	}
	return file_copy_rest(p->from, p->to, at, size, name);
}

int
pages_level(struct pages *p, uint64_t size, const char *name, uint64_t *moved)
{
	size_t both = p->new.len < p->old.len ? p->new.len : p->old.len, n;

	if (size < both)
		both = (size_t)size;
	n = both / PAGES_SIZE;
	compare_pages(p->new.p, p->old.p, PAGES_SIZE, n, p->differs);
	for (size_t i = 0; i < n; i++) {
		if (p->differs[i] == 0)
			continue;
		if (put(p, i, p->new.p + i *PAGES_SIZE, name) == -1)
			return -1;
		++*moved;
	}
	return put_rest(p, n, size, name, moved);
}

/* Reads, and never from the map: a file that was cut would not be there. */
static size_t
read_chunk(const struct pages *p, char *to, size_t at, size_t n)
{
	ssize_t have;

	do
		have = pread(
		    p->from, to, n * PAGES_SIZE, (off_t)(at * PAGES_SIZE));
	while (have == -1 && errno == EINTR);
	return have < 0 ? 0 : (size_t)have / PAGES_SIZE;
}

int
pages_level_restless(struct pages *p, const char *name, uint64_t *moved)
{
	const size_t all = p->old.len / PAGES_SIZE;
	char chunk[CHUNK * PAGES_SIZE];
	size_t n = 0, have;
	int64_t size;

	do {
		have =
		    read_chunk(p, chunk, n, all - n < CHUNK ? all - n : CHUNK);
		for (size_t i = 0; i < have; i++, n++) {
			const char *is = chunk + i * PAGES_SIZE;

			if (memcmp(is, p->old.p + n * PAGES_SIZE, PAGES_SIZE) ==
			    0)
				continue;
			if (put(p, n, is, name) == -1)
				return -1;
			++*moved;
		}
	} while (have > 0);
	size = file_size(p->from, name);
	if (size == -1)
		return -1;
	if ((uint64_t)size != n * PAGES_SIZE || p->old.len != (size_t)size)
		p->other = true;
	return file_copy_restless(p->from, p->to, n * PAGES_SIZE, name);
}
