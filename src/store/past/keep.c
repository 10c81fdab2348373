#include "keep.h"

#include "../config.h"

#include <stdio.h>
#include <string.h>

#define BLANKS " \t"
#define WORD 64

/* The next word of text, which a comma may end, too. */
static bool
take_word(const char **text, char word[WORD])
{
	size_t n;

	*text += strspn(*text, BLANKS);
	n = strcspn(*text, BLANKS ",");
	if (n == 0 || n >= WORD)
		return false;
	memcpy(word, *text, n);
	word[n] = '\0';
	*text += n;
	*text += strspn(*text, BLANKS);
	return true;
}

/* One rule, and the comma behind it.  NULL, or what is wrong. */
static const char *
take_rule(const char **text, struct keep_rule *r)
{
	static const char shape[] = "a rule is EVERY LENGTH, like 1h 2d, and "
				    "rules stand between commas";
	char every[WORD], length[WORD];

	if (!take_word(text, every) || !take_word(text, length))
		return shape;
	if (**text != '\0' && **text != ',')
		return shape;
	if (**text == ',')
		(*text)++;
	r->every = 0;
	if (config_duration(length, &r->length) == -1 ||
	    (strcmp(every, "all") != 0 &&
		(config_duration(every, &r->every) == -1 || r->every == 0)))
		return "EVERY is `all` or a length of time like 1h or 1d, "
		       "LENGTH one like 2d";
	if (r->every >= r->length)
		return "a rule's EVERY must be shorter than its LENGTH";
	return NULL;
}

static const char *
complaint(const char *text, struct keep *k)
{
	const char *at = text, *why;
	struct keep_rule r;

	do {
		why = take_rule(&at, &r);
		if (why != NULL)
			return why;
		if (k->n > 0 &&
		    (r.every <= k->rule[k->n - 1].every ||
			r.length <= k->rule[k->n - 1].length))
			return "each rule must be coarser and longer than the "
			       "one before";
		if (k->n == KEEP_RULES)
			return "more than 8 rules";
		k->rule[k->n++] = r;
	} while (at[-1] == ',');
	return NULL;
}

int
keep_decode(const char *text, struct keep *k, const char **why)
{
	memset(k, 0, sizeof(*k));
	*why = NULL;
	if (strcmp(text, "none") != 0)
		*why = complaint(text, k);
	return *why == NULL ? 0 : -1;
}

/* As config_duration reads it: 129600 is "1d12h". */
static size_t
put_duration(char *text, size_t size, int64_t s)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = { { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 } };
	size_t at = 0;

	for (size_t u = 0; u < 4; u++) {
		if (s < units[u].seconds)
			continue;
		at += (size_t)snprintf(text + at, size - at, "%lld%c",
		    (long long)(s / units[u].seconds), units[u].unit);
		s %= units[u].seconds;
	}
	return at;
}

void
keep_encode(const struct keep *k, char text[KEEP_TEXT])
{
	size_t at = 0;

	if (k->n == 0)
		at = (size_t)snprintf(text, KEEP_TEXT, "none");
	for (unsigned i = 0; i < k->n; i++) {
		const struct keep_rule *r = &k->rule[i];

		at += (size_t)snprintf(
		    text + at, KEEP_TEXT - at, i == 0 ? "" : ", ");
		if (r->every == 0)
			at +=
			    (size_t)snprintf(text + at, KEEP_TEXT - at, "all");
		else
			at += put_duration(text + at, KEEP_TEXT - at, r->every);
		at += (size_t)snprintf(text + at, KEEP_TEXT - at, " ");
		at += put_duration(text + at, KEEP_TEXT - at, r->length);
	}
}

static int64_t
period(int64_t t, int64_t every)
{
	int64_t p = t / every;

	return t % every < 0 ? p - 1 : p;
}

void
keep_mark(const struct keep *k, int64_t now, const int64_t *taken, size_t n,
    bool *stays)
{
	int64_t newer = now, t;
	bool last;

	for (size_t i = 0; i < n; i++, newer = t) {
		t = taken[i] < newer ? taken[i] : newer;
		stays[i] = i == 0;
		for (unsigned j = 0; j < k->n && !stays[i]; j++) {
			const struct keep_rule *r = &k->rule[j];

			/* Periods only grow older, so the next newer one
			 * tells. */
			last = r->every == 0 ||
			    period(t, r->every) != period(newer, r->every);
			stays[i] = last && now - t < r->length;
		}
	}
}

int64_t
keep_longest(const struct keep *k)
{
	return k->n == 0 ? 0 : k->rule[k->n - 1].length;
}
