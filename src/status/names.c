#include "names.h"

#include <string.h>

#define NARROWEST 16

static bool
ends_in(const char *name, const char *domain)
{
	size_t n = strlen(name), d = strlen(domain);

	return n > d && strcmp(name + n - d, domain) == 0;
}

/* The longest that all of several have; NULL: none. */
static const char *
common_domain(const struct fleet *f)
{
	const char *domain = NULL;

	if (fleet_configured(f) < 2)
		return NULL;
	domain = strchr(f->cf->replicas[0].name, '.');
	for (size_t i = 1; i < fleet_configured(f); i++)
		while (
		    domain != NULL && !ends_in(f->cf->replicas[i].name, domain))
			domain = strchr(domain + 1, '.');
	return domain;
}

static size_t
longest(const struct fleet *f, const struct names *n)
{
	size_t most = NARROWEST, len;

	for (size_t i = 0; i < fleet_configured(f); i++) {
		len = names_shown(n, f->cf->replicas[i].name);
		if (len > most)
			most = len;
	}
	return most;
}

void
names_fit(const struct fleet *f, size_t rest, size_t columns, struct names *n)
{
	size_t room = rest + NARROWEST < columns ? columns - rest : NARROWEST;
	size_t width;

	n->domain = NULL;
	width = longest(f, n);
	if (width > room) {
		n->domain = common_domain(f);
		width = longest(f, n);
	}
	n->width = (int)(width > room ? room : width);
}

size_t
names_shown(const struct names *n, const char *name)
{
	size_t len = strlen(name);

	return n->domain != NULL ? len - strlen(n->domain) : len;
}
