#include "when.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define YEAR_10000 INT64_C(253402300800)

int
when_encode(int64_t t, char text[WHEN_TEXT])
{
	time_t moment = (time_t)t;
	struct tm tm;

	if (t < 0 || t >= YEAR_10000 || gmtime_r(&moment, &tm) == NULL)
		return -1;
	if (strftime(text, WHEN_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return -1;
	return 0;
}

/* The number that n digits make, or -1. */
static int
digits(const char *p, int n)
{
	int v = 0;

	while (n-- > 0) {
		if (*p < '0' || *p > '9')
			return -1;
		v = v * 10 + (*p++ - '0');
	}
	return v;
}

int
when_decode(const char *text, size_t len, int64_t *t)
{
	char again[WHEN_TEXT];
	struct tm tm = { .tm_isdst = 0 };

	if (len != WHEN_TEXT - 1)
		return -1;
	tm.tm_year = digits(text, 4) - 1900;
	tm.tm_mon = digits(text + 5, 2) - 1;
	tm.tm_mday = digits(text + 8, 2);
	tm.tm_hour = digits(text + 11, 2);
	tm.tm_min = digits(text + 14, 2);
	tm.tm_sec = digits(text + 17, 2);
	/* timegm takes 31 February for 3 March; the comparison does not. */
	*t = timegm(&tm);
	if (when_encode(*t, again) == -1)
		return -1;
	return memcmp(again, text, len) == 0 ? 0 : -1;
}

void
when_span(int64_t seconds, char text[16])
{
	static const struct {
		uint64_t size;
		const char *name;
	} unit[] = { { 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" } };
	const uint64_t longest = UINT64_C(86400) * 99999999;
	uint64_t left;
	size_t i = 0;

	left = seconds < 0 ? -(uint64_t)seconds : (uint64_t)seconds;
	if (left > longest)
		left = longest;
	while (unit[i].size > 1 && left < unit[i].size)
		i++;
	snprintf(text, 16, "%s%" PRIu32 " %s", seconds < 0 ? "-" : "",
	    (uint32_t)(left / unit[i].size), unit[i].name);
}
