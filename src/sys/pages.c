#include "pages.h"

#include "compare.h"
#include "file.h"
#include "say.h"

#include <stdlib.h>

int
pages_map(struct pages *p, int from, int to, const char *name)
{
	size_t n;

	*p = (struct pages){ .from = from, .to = to };
	if (compare_map(from, name, &p->new) == -1 ||
	    compare_map(to, name, &p->old) == -1)
		goto fail;
	n = (p->new.len < p->old.len ? p->new.len : p->old.len) / PAGES_SIZE;
	p->differs = malloc(n + 1);
	if (p->differs != NULL)
		return 0;
	say("%s: no memory to compare it", name);
fail:
	pages_unmap(p);
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
		if (file_write_at(p->to, name, p->new.p + i *PAGES_SIZE,
			PAGES_SIZE, i * PAGES_SIZE) == -1)
			return -1;
		++*moved;
	}
	both = n * PAGES_SIZE;
	if (size > both)
		*moved += (size - both + PAGES_SIZE - 1) / PAGES_SIZE;
	return file_copy_rest(p->from, p->to, both, size, name);
}
