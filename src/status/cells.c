#include "cells.h"

#include "../format/when.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *title;
	int width;
} column[CELLS] = {
	[CELL_BEHIND] = { "BEHIND", 6 },
	[CELL_AGE] = { "AGE", 6 },
	[CELL_PROVED] = { "PROVED", 6 },
	[CELL_STASH] = { "STASH", 5 },
	[CELL_KM] = { "K/M", 4 },
	[CELL_KRBTGT] = { "KRBTGT", 6 },
	[CELL_BYTES] = { "BYTES", 6 },
	[CELL_TOOK] = { "TOOK", 6 },
};

const char *
cell_title(enum cell c)
{
	return column[c].title;
}

int
cell_width(enum cell c)
{
	return column[c].width;
}

/* "3072", "1.2 M", "93 G" */
static void
put_bytes(char text[CELL_TEXT], uint64_t n)
{
	static const char name[] = "KMGTPE";
	uint64_t unit = 1024, whole;
	size_t i = 0;

	if (n <= 999999) {
		(void)snprintf(text, CELL_TEXT, "%" PRIu64, n);
		return;
	}
	while (n / unit > 999) {
		unit *= 1024;
		i++;
	}
	whole = n / unit;
	if (whole < 10)
		(void)snprintf(text, CELL_TEXT, "%u.%u %c", (unsigned)whole,
		    (unsigned)(n % unit * 10 / unit), name[i]);
	else
		(void)snprintf(
		    text, CELL_TEXT, "%u %c", (unsigned)whole, name[i]);
}

/* "437 ms", "9.9 s", "3 min" */
static void
put_ms(char text[CELL_TEXT], uint64_t ms)
{
	if (ms < 1000)
		(void)snprintf(text, CELL_TEXT, "%u ms", (unsigned)ms);
	else if (ms < 9950)
		(void)snprintf(text, CELL_TEXT, "%.1f s", (double)ms / 1000);
	else
		when_span((int64_t)(ms / 1000), text);
}

/* A clock that is a little ahead there is none. */
static void
put_age(char text[CELL_TEXT], int64_t age)
{
	when_span(age < 0 && age >= -300 ? 0 : age, text);
}

static void
put_km(char text[CELL_TEXT], const struct replica *r)
{
	const char *word = r->l.verdict.n_mkey == 0 ? "none" : "some";

	(void)snprintf(text, CELL_TEXT, "%s", r->opens ? "all" : word);
}

/* Of what it proved. */
static void
put_proved(
    enum cell c, const struct replica *r, int64_t now, char text[CELL_TEXT])
{
	const struct verdict *v = &r->l.verdict;

	if (c == CELL_BEHIND && r->counted && r->behind > 0)
		(void)snprintf(text, CELL_TEXT, "%" PRIu64, r->behind);
	else if (c == CELL_AGE)
		put_age(text, r->age);
	else if (c == CELL_PROVED && v->proof != 0)
		put_age(text, now - v->proof);
	else if (c == CELL_STASH && v->stash_kvno != 0)
		(void)snprintf(text, CELL_TEXT, "%" PRIu32, v->stash_kvno);
	else if (c == CELL_KM && r->known)
		put_km(text, r);
	else if (c == CELL_KRBTGT && r->krbtgt_kvno != 0)
		(void)snprintf(text, CELL_TEXT, "%" PRIu32, r->krbtgt_kvno);
}

void
cell_text(
    enum cell c, const struct replica *r, int64_t now, char text[CELL_TEXT])
{
	(void)snprintf(text, CELL_TEXT, "-");
	if (c == CELL_BYTES && r->l.sealed != 0)
		put_bytes(text, r->l.bytes);
	else if (c == CELL_TOOK && r->l.sealed != 0)
		put_ms(text, r->l.ms);
	else if (r->proved)
		put_proved(c, r, now, text);
	/* What somebody made up. */
	if (strlen(text) > (size_t)column[c].width)
		(void)snprintf(text, CELL_TEXT, "long");
}
