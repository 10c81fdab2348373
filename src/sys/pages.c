#include "pages.h"

#include "compare.h"
#include "file.h"
#include "say.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK ((size_t)32)   /* pages read at once */
#define WORTH_A_THREAD 1024u /* pages */

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

/* Page i of the copy becomes what is at `is`.  *other as in struct pages. */
static int
put(const struct pages *p, size_t i, const char *is, const char *name,
    bool *other)
{
	const size_t at = i * PAGES_SIZE;

	if (p->same == NULL ||
	    !p->same((struct span){ p->old.p + at, PAGES_SIZE },
		(struct span){ is, PAGES_SIZE }))
		*other = true;
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
		if (put(p, i, p->new.p + i *PAGES_SIZE, name, &p->other) == -1)
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

/* Pages n to end of it. */
struct part {
	const struct pages *p;
	const char *name;
	size_t n, end;
	uint64_t moved;
	bool other;
	int rc;
};

/* Until the file ends, or the part: n says where. */
static void *
level_part(void *arg)
{
	struct part *a = arg;
	char chunk[CHUNK * PAGES_SIZE];
	size_t have;

	do {
		have = a->end - a->n < CHUNK ? a->end - a->n : CHUNK;
		have = read_chunk(a->p, chunk, a->n, have);
		for (size_t i = 0; i < have && a->rc == 0; i++, a->n++) {
			const char *is = chunk + i * PAGES_SIZE;

			if (memcmp(is, a->p->old.p + a->n * PAGES_SIZE,
				PAGES_SIZE) == 0)
				continue;
			a->rc = put(a->p, a->n, is, a->name, &a->other);
			a->moved++;
		}
	} while (have > 0 && a->rc == 0);
	return NULL;
}

/* Both halves at once. */
static void
level_parts(struct part half[2])
{
	pthread_t other;
	bool apart = half[0].end >= WORTH_A_THREAD &&
	    pthread_create(&other, NULL, level_part, &half[0]) == 0;

	if (!apart)
		(void)level_part(&half[0]);
	(void)level_part(&half[1]);
	if (apart)
		(void)pthread_join(other, NULL);
}

int
pages_level_restless(struct pages *p, const char *name, uint64_t *moved)
{
	const size_t all = p->old.len / PAGES_SIZE, middle = all / 2;
	struct part half[2] = { { .p = p, .name = name, .end = middle },
		{ .p = p, .name = name, .n = middle, .end = all } };
	size_t n;
	int64_t size;

	level_parts(half);
	*moved += half[0].moved + half[1].moved;
	p->other = p->other || half[0].other || half[1].other;
	if (half[0].rc == -1 || half[1].rc == -1)
		return -1;
	n = half[0].n < middle ? half[0].n : half[1].n;
	size = file_size(p->from, name);
	if (size == -1)
		return -1;
	if ((uint64_t)size != n * PAGES_SIZE || p->old.len != (size_t)size)
		p->other = true;
	return file_copy_restless(p->from, p->to, n * PAGES_SIZE, name);
}
