#include "plan.h"

#include "../sys/say.h"
#include "../store/kdb/ulog.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WIDTH (2 * PATH_MAX)

static void __attribute__((format(printf, 2, 3)))
line(bool to_stdout, const char *fmt, ...)
{
	char text[WIDTH];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (to_stdout)
		printf("%s\n", text);
	else
		say_info("%s", text);
}

static void
print_stash(const struct plan *p, bool out)
{
	const struct restore *r = p->r;

	if (!p->stash_there)
		line(out, "stash: %s: MISSING: %s", r->place->stash,
		    !r->source->archived_stash
			? "nothing opens the database without it"
			: r->identity == NULL
			? "the archive has one; --identity FILE opens it"
			: "the archive has one, which will be put there");
	else if (r->source->archived_stash)
		line(out, "stash: %s stays, the archive's is not needed",
		    r->place->stash);
}

static void
print_database(const struct plan *p, bool out)
{
	const struct restore *r = p->r;
	char path[PATH_MAX];

	line(out, "database: %s: %s", r->place->db,
	    p->same ? "has these records already" : p->changes);
	if (strcmp(p->before, "-") == 0)
		return;
	state_path(r->state, p->before, path);
	line(out, "what is there: %s in %s",
	    access(path, F_OK) == 0 ? "was kept" : "will be kept", path);
}

static void
print_processes(const struct plan *p, bool out)
{
	char words[USERS_WORDS];

	users_words(&p->users, words);
	line(out, "in use by: %s", words);
	if (ulog_exists(p->r->place))
		line(out,
		    "update log of iprop: %s: reset, so that its replicas ask "
		    "for the whole database",
		    p->r->place->ulog);
}

void
plan_print(const struct plan *p, bool to_stdout)
{
	const struct manifest *m = &p->r->source->seal.m;
	char words[SOURCE_WORDS];

	if (!to_stdout && p->r->quiet)
		return;
	print_stash(p, to_stdout);
	source_words(p->r->source, words);
	line(to_stdout, "%s: %s, %" PRIu64 " principals, %" PRIu64 " policies",
	    p->r->promote ? "to be primary with" : "to be restored", words,
	    m->dump.principals, m->dump.policies);
	print_database(p, to_stdout);
	print_processes(p, to_stdout);
	if (p->grant.granted)
		line(to_stdout, "epoch: %" PRIu64 ", by the grant in %s",
		    p->grant.g.epoch, p->r->grant);
	else
		line(to_stdout,
		    "epoch: %" PRIu64 ", when an operator has granted it",
		    p->newest + 1);
}
