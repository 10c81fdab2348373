#include "exam.h"

#include "../../sys/file.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "walk.h"

#define CHUNK (256 * 1024)

int
exam_flaw(struct exam *x, enum examine_flaw what, const char *fmt, ...)
{
	va_list ap;

	x->e->flaw = what;
	va_start(ap, fmt);
	(void)vsnprintf(x->e->why, sizeof(x->e->why), fmt, ap);
	va_end(ap);
	return EXAM_FLAW;
}

int
exam_walked(struct exam *x, int rc)
{
	if (rc == WALK_FAILED)
		x->e->flaw = EXAMINE_UNREADABLE;
	else if (rc == WALK_RECORD)
		x->e->flaw = EXAMINE_RECORD;
	return rc < 0 ? EXAM_FLAW : rc;
}

int
exam_name(struct exam *x, struct span name)
{
	if (name.len <= DUMP_NAME_MAX)
		return 0;
	return exam_flaw(x, EXAMINE_ORDER,
	    "a name of %zu bytes; past %d libdb2 loses records", name.len,
	    DUMP_NAME_MAX);
}

int
exam_flush(struct exam *x)
{
	if (digest_add(x->digest, x->chunk.p, x->chunk.len) == -1 ||
	    file_write(x->out, "dump", x->chunk.p, x->chunk.len) == -1)
		return EXAM_HOST;
	x->e->facts.size += x->chunk.len;
	x->chunk.len = 0;
	if (x->kept)
		outward_begin(&x->outward, x->out, x->e->facts.size);
	return 0;
}

static int
emit(struct exam *x, struct span line)
{
	if (bytes_add(&x->chunk, line.p, line.len) == -1)
		return EXAM_HOST;
	return x->chunk.len < CHUNK ? 0 : exam_flush(x);
}

int
exam_write(struct exam *x, struct span name, struct span line)
{
	struct span last = { x->last.p, x->last.len };

	if (exam_name(x, name) != 0)
		return EXAM_FLAW;
	if (last.len > 0 && span_compare(name, last) <= 0)
		return exam_flaw(
		    x, EXAMINE_ORDER, "a name out of order or twice");
	x->last.len = 0;
	if (bytes_add(&x->last, name.p, name.len) == -1)
		return EXAM_HOST;
	return emit(x, line);
}

int
exam_begin(struct exam *x)
{
	static const struct span header = { DUMP_HEADER,
		sizeof(DUMP_HEADER) - 1 };

	x->digest = digest_begin();
	if (x->digest == NULL)
		return EXAM_HOST;
	return emit(x, header);
}

int
exam_end(struct exam *x)
{
	int rc = exam_flush(x);

	if (rc == 0 && x->kept)
		outward_end(&x->outward, x->out, x->e->facts.size);
	if (rc == 0 && digest_end(x->digest, &x->e->facts.digest) == -1)
		rc = EXAM_HOST;
	else if (rc != 0)
		digest_drop(x->digest);
	x->digest = NULL;
	return rc;
}
