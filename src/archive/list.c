#include "list.h"

#include "../format/when.h"
#include "../store/show.h"

#include <inttypes.h>
#include <string.h>

#define WIDTH 78

/* Words of text on lines that begin with two blanks. */
static void
fold(const char *text)
{
	size_t at = WIDTH, n;

	for (; *text != '\0'; text += n + strspn(text + n, " ")) {
		n = strcspn(text, " ");
		if (at + 1 + n > WIDTH) {
			printf("%s ", at == WIDTH ? "" : "\n");
			at = 1;
		}
		printf(" %.*s", (int)n, text);
		at += 1 + n;
	}
	printf("\n");
}

static void
line(const struct manifest *m)
{
	char id[SHOW_ID], taken[WHEN_TEXT] = "";

	show_id(m, id);
	(void)when_encode(m->taken, taken);
	printf("%-12s %-20s %10" PRIu64 " %8" PRIu64 " %14" PRIu64 "  %s\n", id,
	    taken, m->dump.principals, m->dump.policies, m->dump.size,
	    m->held ? "yes" : "-");
}

static void
lines(const struct history *h)
{
	const struct manifest *m = h->m;
	char id[SHOW_ID], since[WHEN_TEXT] = "";

	printf("%-12s %-20s %10s %8s %14s  %s\n", "GENERATION", "TAKEN",
	    "PRINCIPALS", "POLICIES", "BYTES", "HELD");
	for (size_t i = 0; i < h->n; i++)
		line(&m[i]);
	for (size_t i = 0; i < h->n; i++) {
		if (!m[i].held)
			continue;
		show_id(&m[i], id);
		(void)when_encode(m[i].held_since, since);
		printf("%s: what is newer is held since %s:\n", id, since);
		fold(m[i].held_why);
	}
}

static void
json_lines(const struct stock *k)
{
	const struct manifest *now = &k->now.m;

	printf("{\"schema\":1,\"role\":\"%s\",\"realm\":",
	    k->state->role == ROLE_PRIMARY ? "primary" : "replica");
	show_json_text(stdout, (struct span){ now->realm, strlen(now->realm) });
	printf(",\"generations\":[");
	for (size_t i = 0; i < k->all.n; i++) {
		printf("%s{", i == 0 ? "" : ",");
		show_json_manifest(stdout, &k->all.m[i]);
		printf("}");
	}
	printf("]}\n");
}

int
list(const struct stock *k, bool json)
{
	if (json)
		json_lines(k);
	else
		lines(&k->all);
	return show_end();
}
