#include "lines.h"

#include <stdlib.h>

int
lines_add(struct lines *l, struct span line)
{
	struct line_at *grown;
	size_t cap = l->cap * 2 + 64;

	if (l->n == l->cap) {
		grown = realloc(l->index, cap * sizeof(*grown));
		if (grown == NULL)
			return -1;
		l->index = grown;
		l->cap = cap;
	}
	l->index[l->n] = (struct line_at){ l->heap.len, line.len };
	if (bytes_add(&l->heap, line.p, line.len) == -1)
		return -1;
	l->n++;
	return 0;
}

static int
by_princ(const void *a, const void *b)
{
	return span_compare(dump_name(DUMP_PRINC, *(const struct span *)a),
	    dump_name(DUMP_PRINC, *(const struct span *)b));
}

static int
by_policy(const void *a, const void *b)
{
	return span_compare(dump_name(DUMP_POLICY, *(const struct span *)a),
	    dump_name(DUMP_POLICY, *(const struct span *)b));
}

int
lines_sort(struct lines *l, enum dump_line kind)
{
	l->sorted = calloc(l->n + 1, sizeof(*l->sorted));
	if (l->sorted == NULL)
		return -1;
	for (size_t i = 0; i < l->n; i++)
		l->sorted[i] = (struct span){ l->heap.p + l->index[i].at,
			l->index[i].len };
	if (l->n > 1)
		qsort(l->sorted, l->n, sizeof(*l->sorted),
		    kind == DUMP_PRINC ? by_princ : by_policy);
	return 0;
}

void
lines_release(struct lines *l)
{
	bytes_release(&l->heap);
	free(l->index);
	free(l->sorted);
	*l = (struct lines)LINES_NONE;
}
